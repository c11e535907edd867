//! Lines for a POSIX shell, so that the AWS CLI works on what the window shows.

use std::fmt::Write;

use latchkey_domain::connection::{Connection, CopyTerminalExports};
use latchkey_domain::shell_text::{ControlCharacters, quote};
use latchkey_domain::value::Copied;
use latchkey_domain::{ApiError, Region};
use zeroize::Zeroizing;

use crate::Engine;
use crate::aws::client::Access;
use crate::aws::hosts::Service;
use crate::ports::Question;

/// Room for the lines, so that growing leaves no copy of a key behind.
const CAPACITY: usize = 16 * 1024;

impl Engine {
    /// Puts `export AWS_...` lines on the clipboard; the front end never sees them. Asks first where the connection asks
    /// before a value is shown: who has its key reads every value.
    pub(crate) async fn copy_terminal_exports(
        &self,
        request: CopyTerminalExports,
    ) -> Result<Copied, ApiError> {
        super::check_region(&request.scope.region)?;
        let known = self.known_connections().list;
        let asking =
            known.iter().find(|known| known.id == request.scope.connection && known.marks.reveal_asks);
        if let Some(Connection { name, .. }) = asking
            && !self.ask(question(name)).await?
        {
            let message = format!("The access key of {name} was not copied: the confirmation was declined.");
            return Err(ApiError::invalid("confirmation", message));
        }
        let access = self.access(&request.scope.connection).await?;
        let lines = lines(&access, &request.scope.region).map_err(|problem| {
            ApiError::internal(format!("The terminal settings were not copied. {problem}"))
        })?;
        self.copy(lines).await
    }
}

fn question(name: &str) -> Question {
    Question {
        title: format!("Copy the access key of {name} for a terminal?"),
        text: format!(
            "{name} asks before a value is shown, copied or exported, and a terminal with its key can read all of them."
        ),
        verb: "Copy".to_owned(),
    }
}

/// What a terminal may have set before and does not belong to this connection is unset.
fn lines(access: &Access, region: &Region) -> Result<Zeroizing<String>, ControlCharacters> {
    let token = access.session_token.as_ref().map(|token| token.expose());
    let mut lines = Zeroizing::new(String::with_capacity(CAPACITY));
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", Some(access.access_key_id.as_str())),
        ("AWS_SECRET_ACCESS_KEY", Some(access.secret_access_key.expose())),
        ("AWS_SESSION_TOKEN", token),
        ("AWS_REGION", Some(region.as_str())),
        ("AWS_DEFAULT_REGION", Some(region.as_str())),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", access.routes.url(Service::SecretsManager)),
        ("AWS_USE_FIPS_ENDPOINT", access.routes.variant.fips.then_some("true")),
        ("AWS_USE_DUALSTACK_ENDPOINT", access.routes.variant.dual_stack.then_some("true")),
    ] {
        // Writing to a String cannot fail.
        let _ = match value {
            Some(value) => writeln!(lines, "export {name}={}", *quote(value)?),
            None => writeln!(lines, "unset {name}"),
        };
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use latchkey_domain::secret_text::SecretInput;

    use super::{Access, lines};
    use crate::aws::routes::Routes;

    fn shell(script: &str) -> Vec<u8> {
        let output = Command::new("sh").args(["-c", script]).env_clear().output().expect("a POSIX shell");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    #[test]
    fn the_shell_ends_up_with_the_keys_of_the_connection_and_no_others() {
        let access = Access {
            routes: Routes::typed(Some("http://127.0.0.1:4000".into()), Default::default()),
            access_key_id: "AKIAFAKE".into(),
            secret_access_key: SecretInput::new("fake'$(id)`\"\\ key"),
            session_token: None,
        };
        let script = format!(
            "AWS_SESSION_TOKEN=stale\n{}printf '%s|%s|%s|%s|%s' \"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\" \
             \"${{AWS_SESSION_TOKEN-none}}\" \"$AWS_REGION\" \"$AWS_ENDPOINT_URL_SECRETS_MANAGER\"",
            *lines(&access, &"eu-central-1".into()).expect("no control characters")
        );
        let printed = String::from_utf8(shell(&script)).expect("UTF-8");
        assert_eq!(printed, "AKIAFAKE|fake'$(id)`\"\\ key|none|eu-central-1|http://127.0.0.1:4000");
    }
}
