//! Lines for a POSIX shell, so that the AWS CLI works on what the window shows.

use std::fmt::Write;

use latchkey_domain::connection::{Connection, CopyTerminalExports};
use latchkey_domain::shell_text::{ControlCharacters, quote};
use latchkey_domain::value::Copied;
use latchkey_domain::{ApiError, Region};
use zeroize::Zeroizing;

use super::resolution::variable_of;
use crate::Engine;
use crate::aws::client::Access;
use crate::aws::endpoint::is_loopback;
use crate::aws::hosts::Service;
use crate::aws::trust::CA_BUNDLE;
use crate::ports::Question;

/// Room for the lines, so that growing leaves no copy of a key behind.
const CAPACITY: usize = 16 * 1024;

/// In place of the files of the AWS CLI, whose default profile would count.
const NO_FILE: &str = "/dev/null";

/// No proxy stands before this machine. A star excludes every host already, and only if it stands alone.
const PAST_PROXIES: &str = r#"case ",${NO_PROXY-},${no_proxy-}," in
*,\*,*) export NO_PROXY='*' no_proxy='*' ;;
*) export NO_PROXY="127.0.0.1,localhost,::1${NO_PROXY:+,$NO_PROXY}${no_proxy:+,$no_proxy}"
   export no_proxy="$NO_PROXY" ;;
esac
"#;

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

/// Settles all that decides where the CLI and the SDKs send and who signs: what a terminal has set before, and a default
/// profile, do not count.
fn lines(access: &Access, region: &Region) -> Result<Zeroizing<String>, ControlCharacters> {
    let Access { routes, .. } = access;
    // No profile names it there.
    let bundle = routes.bundle.as_ref().map(|own| own.bundle.path.display().to_string());
    let token = access.session_token.as_ref().map(|token| token.expose());
    let secrets = routes.url(Service::SecretsManager);
    // What answers for all services gets the requests to others too: these credentials are good nowhere else.
    let for_all = secrets.filter(|url| routes.url(Service::Sts) == Some(url));
    let mut lines = Zeroizing::new(String::with_capacity(CAPACITY));
    let endpoints = Service::ALL.map(|service| (variable_of(service), routes.url(service).or(for_all)));
    for (name, value) in [
        ("AWS_PROFILE", None),
        ("AWS_DEFAULT_PROFILE", None),
        ("AWS_CONFIG_FILE", Some(NO_FILE)),
        ("AWS_SHARED_CREDENTIALS_FILE", Some(NO_FILE)),
        ("AWS_ACCESS_KEY_ID", Some(access.access_key_id.as_str())),
        ("AWS_SECRET_ACCESS_KEY", Some(access.secret_access_key.expose())),
        ("AWS_SESSION_TOKEN", token),
        ("AWS_SECURITY_TOKEN", None),
        ("AWS_CREDENTIAL_EXPIRATION", None),
        ("AWS_REGION", Some(region.as_str())),
        ("AWS_DEFAULT_REGION", Some(region.as_str())),
        ("AWS_USE_FIPS_ENDPOINT", routes.variant.fips.then_some("true")),
        ("AWS_USE_DUALSTACK_ENDPOINT", routes.variant.dual_stack.then_some("true")),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", None),
        ("AWS_ENDPOINT_URL", for_all),
    ]
    .into_iter()
    .chain(endpoints)
    .chain(bundle.as_deref().map(|path| (CA_BUNDLE, Some(path))))
    {
        // Writing to a String cannot fail.
        let _ = match value {
            Some(value) => writeln!(lines, "export {name}={}", *quote(value)?),
            None => writeln!(lines, "unset {name}"),
        };
    }
    if secrets.is_some_and(is_loopback) {
        lines.push_str(PAST_PROXIES);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests;
