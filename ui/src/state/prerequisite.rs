//! What the current connection needs before it can continue, and the dialog that asks for it.

use latchkey_domain::ConnectionId;
use latchkey_domain::connection::ConnectionState;
use latchkey_domain::identity_center::SsoSession;
use leptos::prelude::*;

use super::State;
use super::dialogs::NamedDialog;

/// What the user has to provide.
#[derive(Debug, Clone, PartialEq)]
pub enum Prerequisite {
    /// A sign-in to IAM Identity Center.
    SignIn(SsoSession),
    /// A code, for the role of a connection.
    Code {
        connection: ConnectionId,
        name: String,
        /// The ARN or the serial number of the MFA device.
        device: String,
    },
}

impl Prerequisite {
    /// What a button that asks for it says.
    pub fn verb(&self) -> String {
        match self {
            Self::SignIn(_) => "Sign in again".to_owned(),
            Self::Code { name, .. } => format!("Type the code for {name}…"),
        }
    }
}

impl State {
    /// What the connection in view, or one that it needs, waits for; tracks. A sign-in comes first: a role may be
    /// assumed with what it gives.
    pub fn prerequisite(self) -> Option<Prerequisite> {
        let code = || {
            self.session.needed().into_iter().find_map(|needed| match needed.state {
                ConnectionState::NeedsCode(device) => {
                    Some(Prerequisite::Code { connection: needed.id, name: needed.name, device })
                }
                _ => None,
            })
        };
        self.identity_center.missing_in_view().map(Prerequisite::SignIn).or_else(code)
    }

    /// Asks for it in a dialog over whatever stands there, which stays as it is.
    pub fn ask_for_what_is_missing(self) {
        match untrack(|| self.prerequisite()) {
            Some(Prerequisite::SignIn(session)) => {
                self.identity_center.sign_in_again(&session);
                self.dialogs.open_over(NamedDialog::SignIn);
            }
            Some(Prerequisite::Code { .. }) => self.dialogs.open_over(NamedDialog::TypeCode),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::connection::{Connection, ConnectionKind, Connections};
    use latchkey_domain::guard::{Guard, Marks, WritesThrough};
    use latchkey_domain::identity_center::KnownSession;

    use super::*;
    use crate::state::testing::{in_window, local_vault};

    const DEVICE: &str = "arn:aws:iam::123456789012:mfa/fake";

    fn session() -> SsoSession {
        SsoSession { start_url: "https://example.awsapps.com/start".into(), region: "eu-west-1".into() }
    }

    fn named(id: &str, kind: ConnectionKind) -> Connection {
        Connection { id: id.into(), name: id.into(), kind, ..local_vault().list.remove(0) }
    }

    /// A reader that writes through a role behind a device, which a sign-in leads to.
    fn connections(signed_in: bool, has_code: bool) -> Connections {
        let key = ConnectionKind::AccessKey { access_key_id: "AKIAFAKE".into() };
        let role = ConnectionKind::AssumedRole {
            base: "portal".into(),
            role_arn: "arn:aws:iam::123456789012:role/fake".into(),
        };
        let portal = ConnectionKind::SsoRole {
            session: session(),
            account_id: "123456789012".into(),
            role_name: "fake".into(),
        };
        let through =
            WritesThrough { connection: "writer".into(), name: "writer".into(), guard: Guard::Free };
        let marks = Marks { writes_through: Some(through), ..Marks::default() };
        let state = if has_code { ConnectionState::Ready } else { ConnectionState::NeedsCode(DEVICE.into()) };
        Connections {
            list: vec![
                Connection { marks, ..named("reader", key) },
                Connection { state, ..named("writer", role) },
                named("portal", portal),
            ],
            sso_sessions: vec![KnownSession { session: session(), name: None, signed_in }],
            detours: Vec::new(),
            ..local_vault()
        }
    }

    #[tokio::test]
    async fn what_a_writer_lacks_is_asked_for_the_sign_in_first_over_what_is_open() {
        in_window(async {
            let state = State::new(|| chrono::DateTime::UNIX_EPOCH);
            state.dialogs.open(NamedDialog::CreateSecret);
            state.session.receive(connections(false, false));
            let lacking = || untrack(|| state.prerequisite());
            assert_eq!(
                lacking(),
                Some(Prerequisite::SignIn(session())),
                "the role is assumed with what it gives"
            );
            state.session.receive(connections(true, false));
            assert_eq!(lacking().map(|lacking| lacking.verb()).as_deref(), Some("Type the code for writer…"));
            state.ask_for_what_is_missing();
            assert_eq!(state.dialogs.over.get_untracked(), Some(NamedDialog::TypeCode));
            state.dialogs.close();
            let both = (state.dialogs.over.get_untracked(), state.dialogs.current.get_untracked());
            assert_eq!(both, (None, Some(NamedDialog::CreateSecret)), "what stood below is as it was");
            state.session.receive(connections(true, true));
            assert_eq!(lacking(), None);
        })
        .await;
    }
}
