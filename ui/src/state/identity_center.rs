//! Signing in to IAM Identity Center, from the start URL to the roles that become connections.

use latchkey_domain::connection::{ConnectionKind, Connections};
use latchkey_domain::identity_center::{
    CancelSignIn, FinishSignIn, KnownSession, SignInPrompt, SignInWay, SignOut, SsoSession, StartSignIn,
};
use latchkey_domain::{ApiError, Region};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::request::{Request, RequestNumber};
use super::session::Session;
use crate::ipc;

const FIELDS: [&str; 2] = ["start_url", "region"];
const FIRST_REGION: &str = "us-east-1";

/// Where the dialog is.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A start URL and a Region are asked for.
    Asking,
    /// The engine begins: the browser opens, or a code is asked for.
    Starting,
    /// The person goes on outside of the window.
    Waiting(SignInPrompt),
    /// Signed in: roles are chosen.
    Choosing(SsoSession),
    /// Signed in again: there is nothing left to do.
    Done,
}

/// The dialog *Sign in with IAM Identity Center*.
#[derive(Clone, Copy)]
pub struct IdentityCenter {
    pub start_url: RwSignal<String>,
    pub region: RwSignal<String>,
    /// Whether a device code is to be used instead of the browser of this computer.
    pub with_code: RwSignal<bool>,
    /// The sign-in.
    pub request: Request,
    pub step: RwSignal<Step>,
    /// Whether the sign-in is for connections that are there already.
    is_again: RwSignal<bool>,
    session: Session,
}

impl IdentityCenter {
    pub fn new(session: Session) -> Self {
        Self {
            start_url: RwSignal::default(),
            region: RwSignal::new(FIRST_REGION.to_owned()),
            with_code: RwSignal::new(false),
            request: Request::of_form(&FIELDS),
            step: RwSignal::new(Step::Asking),
            is_again: RwSignal::new(false),
            session,
        }
    }

    /// Begins anew, with empty fields.
    pub fn ask(self) {
        self.begin(None, false);
    }

    /// Signs in to a session that is known; what follows is choosing roles.
    pub fn sign_in_to(self, session: &SsoSession) {
        self.begin(Some(session), false);
        spawn_local(self.sign_in());
    }

    /// Signs in to the session of connections whose sign-in has ended.
    pub fn sign_in_again(self, session: &SsoSession) {
        self.begin(Some(session), true);
        spawn_local(self.sign_in());
    }

    /// Goes to the roles of a session that somebody is signed in to.
    pub fn choose_roles(self, session: SsoSession) {
        self.begin(Some(&session), false);
        self.step.set(Step::Choosing(session));
    }

    fn begin(self, session: Option<&SsoSession>, is_again: bool) {
        self.request.forget();
        self.is_again.set(is_again);
        self.with_code.set(false);
        self.start_url.set(session.map(|session| session.start_url.clone()).unwrap_or_default());
        if let Some(session) = session {
            self.region.set(session.region.0.clone());
        }
        self.step.set(Step::Asking);
    }

    /// Signs in and waits for the person. On failure what was typed stays.
    pub async fn sign_in(self) {
        let way = if self.with_code.get_untracked() { SignInWay::DeviceCode } else { SignInWay::Browser };
        let number = self.request.begin();
        self.step.set(Step::Starting);
        let request = StartSignIn {
            start_url: self.start_url.get_untracked(),
            region: Region(self.region.get_untracked()),
            way,
        };
        let prompt = match ipc::call(request).await {
            Ok(prompt) => prompt,
            Err(error) => return self.fail(number, error),
        };
        let (sign_in_id, session) = (prompt.sign_in_id.clone(), prompt.session.clone());
        if !self.request.counts(number) {
            // It was cancelled while the engine began.
            drop(ipc::call(CancelSignIn { sign_in_id }).await);
            return;
        }
        self.step.set(Step::Waiting(prompt));
        match ipc::call(FinishSignIn { sign_in_id }).await {
            Ok(connections) => self.finish(number, session, connections),
            Err(error) => self.fail(number, error),
        }
    }

    /// Stops waiting for the person and goes back to the fields.
    pub async fn cancel(self) {
        self.request.forget();
        let before = self.step.try_maybe_update(|step| (true, std::mem::replace(step, Step::Asking)));
        if let Some(Step::Waiting(SignInPrompt { sign_in_id, .. })) = before {
            // A sign-in that is over by now needs no end.
            drop(ipc::call(CancelSignIn { sign_in_id }).await);
        }
    }

    /// The dialog was closed.
    pub fn leave(self) {
        spawn_local(self.cancel());
    }

    /// Ends a session here and at AWS.
    pub async fn sign_out(self, session: SsoSession) -> Result<(), ApiError> {
        let connections = ipc::call(SignOut { session }).await?;
        self.session.receive(connections);
        Ok(())
    }

    /// The sessions that are known; tracks.
    pub fn known(self) -> Vec<KnownSession> {
        self.session.connections.with(|connections| {
            connections.as_ref().map(|connections| connections.sso_sessions.clone()).unwrap_or_default()
        })
    }

    /// The session of the connection in view, or of one that it needs, if nobody is signed in to it; tracks.
    pub fn missing_in_view(self) -> Option<SsoSession> {
        let known = self.known();
        let is_signed_in =
            |session: &SsoSession| known.iter().any(|known| known.session == *session && known.signed_in);
        let sessions = self.session.needed().into_iter().filter_map(|needed| match needed.kind {
            ConnectionKind::SsoRole { session, .. } => Some(session),
            _ => None,
        });
        sessions.into_iter().find(|session| !is_signed_in(session))
    }

    fn finish(self, number: RequestNumber, session: SsoSession, connections: Connections) {
        self.session.receive(connections);
        if self.request.end(number) {
            let is_again = self.is_again.get_untracked();
            self.step.set(if is_again { Step::Done } else { Step::Choosing(session) });
        }
    }

    fn fail(self, number: RequestNumber, error: ApiError) {
        if self.request.end(number) {
            self.request.fail(error);
            self.step.set(Step::Asking);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::ipc::host;

    const PROMPT: &str = r#"{"sign_in_id":"1","session":{"start_url":"https://example.awsapps.com/start","region":"eu-west-1"},
        "url":"https://example.com","opened":true,"user_code":null,"ends_at":"2026-11-21T02:10:00Z"}"#;
    const SIGNED_IN: &str = r#"{"list":[],"sso_sessions":[{"session":{"start_url":"https://example.awsapps.com/start",
        "region":"eu-west-1"},"name":null,"signed_in":true}]}"#;

    fn center() -> IdentityCenter {
        let center = IdentityCenter::new(Session::new());
        center.ask();
        center.start_url.set("https://example.awsapps.com/start".into());
        center
    }

    fn session() -> SsoSession {
        SsoSession { start_url: "https://example.awsapps.com/start".into(), region: "eu-west-1".into() }
    }

    fn answer(name: &str) -> Result<String, String> {
        Ok(match name {
            "start_sign_in" => PROMPT,
            "finish_sign_in" => SIGNED_IN,
            _ => "null",
        }
        .to_owned())
    }

    #[tokio::test]
    async fn a_first_sign_in_goes_on_to_the_roles_and_a_repeated_one_is_done() {
        let _owner = Owner::new_root(None);
        host::answer_with(|name, _| std::future::ready(answer(name)));
        let center = center();
        center.sign_in().await;
        assert_eq!(center.step.get_untracked(), Step::Choosing(session()), "to add connections");
        assert!(untrack(|| center.known())[0].signed_in, "the sessions are those of the answer");
        center.begin(Some(&session()), true);
        assert_eq!(center.region.get_untracked(), "eu-west-1", "nothing is to be typed");
        center.sign_in().await;
        assert_eq!(center.step.get_untracked(), Step::Done, "the connections are there");
    }

    #[tokio::test]
    async fn what_comes_after_cancelling_changes_nothing() {
        let _owner = Owner::new_root(None);
        let center = center();
        let asked = Rc::new(RefCell::new(Vec::new()));
        let heard = asked.clone();
        host::answer_with(move |name, _| {
            heard.borrow_mut().push(name.to_owned());
            let name = name.to_owned();
            async move {
                if name == "finish_sign_in" {
                    // The person changes their mind while the engine waits.
                    center.cancel().await;
                }
                answer(&name)
            }
        });
        center.sign_in().await;
        assert_eq!(center.step.get_untracked(), Step::Asking, "back at the fields");
        assert!(center.request.of_the_whole().is_none(), "cancelling is no failure");
        assert_eq!(*asked.borrow(), ["start_sign_in", "finish_sign_in", "cancel_sign_in"]);
    }

    #[tokio::test]
    async fn a_refusal_is_told_at_its_field_and_keeps_what_was_typed() {
        let _owner = Owner::new_root(None);
        let refused = serde_json::to_string(&ApiError::invalid("start_url", "not a URL")).expect("JSON");
        host::answer_with(move |_, _| std::future::ready(Err(refused.clone())));
        let center = center();
        center.with_code.set(true);
        center.sign_in().await;
        assert!(center.with_code.get_untracked(), "the way stays the one that was chosen");
        assert_eq!(center.request.at("start_url").as_deref(), Some("not a URL"), "at its field");
        assert_eq!(center.step.get_untracked(), Step::Asking, "to be corrected");
        assert!(!center.start_url.get_untracked().is_empty(), "nothing typed is lost");
    }
}
