//! The code of an MFA device while it is typed; cleared as soon as the engine has it.

use latchkey_domain::ConnectionId;
use latchkey_domain::assumed_role::AssumeRole;
use latchkey_domain::secret_text::SecretInput;
use leptos::prelude::*;

use super::request::Request;
use super::session::Session;
use crate::ipc;

/// The form that asks for a code.
#[derive(Clone, Copy)]
pub struct CodeForm {
    pub code: RwSignal<String>,
    pub request: Request,
}

impl CodeForm {
    pub fn new() -> Self {
        Self { code: RwSignal::default(), request: Request::of_form(&["code"]) }
    }

    /// Assumes the role of a connection with the code; whether that worked. The code is dropped here, right or wrong:
    /// it counts once.
    pub async fn send(self, session: Session, connection: ConnectionId) -> bool {
        let code = SecretInput::new(self.code.try_update(std::mem::take).unwrap_or_default());
        let answer = self.request.act(ipc::call(AssumeRole { connection, code })).await;
        answer.map(|connections| session.receive(connections)).is_some()
    }
}

impl Default for CodeForm {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::ApiError;

    use super::*;
    use crate::ipc::host;

    #[tokio::test]
    async fn a_code_leaves_the_window_even_if_it_was_refused() {
        let _owner = Owner::new_root(None);
        let form = CodeForm::new();
        form.code.set("123456".into());
        let refused = serde_json::to_string(&ApiError::invalid("code", "Not accepted.")).expect("JSON");
        host::answer_with(move |_, arguments| {
            assert!(arguments.contains("123456"), "the typed code is sent");
            let refused = refused.clone();
            async move { Err(refused) }
        });
        assert!(!form.send(Session::new(), ConnectionId::from("role")).await, "the role is not assumed");
        assert_eq!(form.request.at("code").as_deref(), Some("Not accepted."), "told at its field");
        assert!(form.code.with_untracked(String::is_empty), "a code counts once");
    }
}
