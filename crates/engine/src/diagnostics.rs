//! A text about the program that is safe to post publicly: counts and kinds, never a name or a value.

use std::collections::BTreeMap;

use latchkey_domain::ApiError;
use latchkey_domain::connection::{Connection, ConnectionKind, ConnectionState};
use latchkey_domain::diagnostics::{CopyDiagnostics, Diagnostics, TakeDiagnostics};

use crate::Engine;

impl Engine {
    /// Writes the diagnostics as they are now.
    pub(crate) async fn take_diagnostics(&self, _: TakeDiagnostics) -> Result<Diagnostics, ApiError> {
        Ok(Diagnostics { text: self.diagnostics() })
    }

    /// Puts the diagnostics that were looked at on the clipboard.
    pub(crate) async fn copy_diagnostics(&self, request: CopyDiagnostics) -> Result<(), ApiError> {
        self.clipboard.put_plain(request.text).await
    }

    fn diagnostics(&self) -> String {
        let head = [
            format!("Latchkey {}", env!("CARGO_PKG_VERSION")),
            format!("System: {} {}", std::env::consts::OS, std::env::consts::ARCH),
            format!("Taken at: {}", self.clock.now().format("%Y-%m-%d %H:%M:%S UTC")),
            format!("Settings that differ from the defaults: {}", listed(self.settings.differing())),
        ];
        let connections = counted(&self.known_connections().list);
        let requests = self.transport.requests.last();
        let mut lines = head.to_vec();
        lines.push("Connections:".to_owned());
        lines.extend(connections.into_iter().map(|(kind, count)| format!("- {count} × {kind}")));
        lines.push("Last requests, the oldest first:".to_owned());
        lines.extend(requests.iter().map(|passed| format!("- {passed}")));
        lines.join("\n") + "\n"
    }
}

fn listed(names: Vec<String>) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// How many connections there are of each kind and state.
fn counted(connections: &[Connection]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for connection in connections {
        let kind = match connection.kind {
            ConnectionKind::LocalVault { .. } => "local vault",
            ConnectionKind::VaultFile { .. } => "vault in a file",
            ConnectionKind::AccessKey { .. } => "access key",
            ConnectionKind::Environment { .. } => "environment",
            ConnectionKind::AssumedRole { .. } => "assumed role",
            ConnectionKind::SsoRole { .. } => "role of IAM Identity Center",
            ConnectionKind::Profile { .. } => "AWS profile",
        };
        let state = match &connection.state {
            ConnectionState::Opening => "opening",
            ConnectionState::Ready => "ready",
            ConnectionState::NeedsPassphrase(_) => "needs a passphrase",
            ConnectionState::NeedsCode(_) => "needs a code",
            ConnectionState::Failed(_) => "failed",
        };
        *counts.entry(format!("{kind}, {state}")).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use latchkey_domain::catalog::LoadInventory;
    use latchkey_domain::settings::{SaveSettings, Settings};
    use latchkey_domain::value::{OpenValue, VersionRef};
    use serde_json::json;

    use crate::testing::{Bench, fault, ok, scope};

    #[tokio::test]
    async fn the_diagnostics_tell_what_happened_and_nothing_of_whom_or_what() {
        let bench = Bench::new(|operation, _| match operation {
            "ListSecrets" => {
                ok(json!({ "SecretList": [{ "ARN": "arn:fake:canary-name", "Name": "canary-name" }] }))
            }
            _ => fault(400, "AccessDeniedException", "canary-message"),
        })
        .await;
        let settings = Settings {
            hide_after_seconds: 5,
            favourite_regions: vec!["ap-south-2".into()],
            ..Settings::default()
        };
        bench.engine.save_settings(SaveSettings { settings }).await.expect("writable");
        bench.engine.load_inventory(LoadInventory { scope: scope() }).await.expect("listed");
        let version = VersionRef::current(scope(), "canary-name".into());
        bench.engine.open_value(OpenValue { version }).await.expect_err("denied");

        let text = bench.engine.diagnostics();
        assert!(text.starts_with(&format!("Latchkey {}\n", env!("CARGO_PKG_VERSION"))), "{text}");
        for told in [
            "- 1 × local vault, ready",
            "favourite_regions, hide_after_seconds",
            "- ListSecrets 200 ",
            "- GetSecretValue 400 ",
        ] {
            assert!(text.contains(told), "{told} is told in\n{text}");
        }
        let folder = bench.folder.path().display().to_string();
        for kept in ["canary", "ap-south-2", scope().region.as_str(), "127.0.0.1", "AKIA", folder.as_str()] {
            assert!(!text.contains(kept), "{kept} is kept back in\n{text}");
        }
    }
}
