//! An access key that is being typed: tested, saved, and then removed from the window.

use latchkey_domain::Region;
use latchkey_domain::connection::{AccessKeyDraft, Connections, SaveAccessKey, TestConnection};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;
use leptos::prelude::*;

use super::connection_test::ConnectionTest;
use super::pasted_key::PastedKey;
use super::request::Request;
use crate::ipc;

/// The members of the request that have a field in the form.
const FIELDS: [&str; 6] =
    ["name", "access_key_id", "secret_access_key", "session_token", "region", "endpoint_url"];

/// The form of *Add access key*.
#[derive(Clone, Copy)]
pub struct AccessKeyForm {
    pub name: RwSignal<String>,
    pub access_key_id: RwSignal<String>,
    pub secret_access_key: RwSignal<String>,
    /// Empty for a long-lived key.
    pub session_token: RwSignal<String>,
    pub region: RwSignal<String>,
    /// Empty for AWS's own endpoint.
    pub endpoint_url: RwSignal<String>,
    pub fips: RwSignal<bool>,
    pub dual_stack: RwSignal<bool>,
    pub test: ConnectionTest,
    pub request: Request,
}

impl AccessKeyForm {
    /// An empty form; `region` is what the picker starts with.
    pub fn new(region: &Region) -> Self {
        let request = Request::of_form(&FIELDS);
        Self {
            name: RwSignal::default(),
            access_key_id: RwSignal::default(),
            secret_access_key: RwSignal::default(),
            session_token: RwSignal::default(),
            region: RwSignal::new(region.0.clone()),
            endpoint_url: RwSignal::default(),
            fips: RwSignal::default(),
            dual_stack: RwSignal::default(),
            test: ConnectionTest::new(request),
            request,
        }
    }

    /// Fills the fields from a pasted block of credentials. False if the text is none: then it is an ordinary paste.
    pub fn paste(self, text: &str) -> bool {
        let Some(pasted) = PastedKey::parse(text) else { return false };
        // A block replaces the whole key: a token left from the last one would not fit this one.
        self.access_key_id.set(pasted.access_key_id.unwrap_or_default());
        self.secret_access_key.set(exposed(pasted.secret_access_key));
        self.session_token.set(exposed(pasted.session_token));
        self.fips.set(pasted.variant.fips);
        self.dual_stack.set(pasted.variant.dual_stack);
        if let Some(profile) = pasted.profile.filter(|_| self.name.with_untracked(String::is_empty)) {
            self.name.set(profile);
        }
        if let Some(region) = pasted.region {
            self.region.set(region);
        }
        if let Some(endpoint_url) = pasted.endpoint_url {
            self.endpoint_url.set(endpoint_url);
        }
        true
    }

    /// Checks the identity of the key and whether it may list. Nothing is saved.
    pub async fn test(self) {
        self.test.ask(Ok(TestConnection::Draft { draft: self.typed() })).await;
    }

    /// Saves the key; its secret parts go to the OS keyring and leave the window. On failure everything typed stays.
    pub async fn save(self) -> Option<Connections> {
        let connections = self.request.act(ipc::call(SaveAccessKey { draft: self.typed() })).await?;
        self.drop_typed();
        Some(connections)
    }

    fn typed(self) -> AccessKeyDraft {
        let trimmed = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        let optional = |text: RwSignal<String>| Some(trimmed(text)).filter(|text| !text.is_empty());
        AccessKeyDraft {
            name: trimmed(self.name),
            access_key_id: trimmed(self.access_key_id),
            secret_access_key: SecretInput::new(trimmed(self.secret_access_key)),
            session_token: optional(self.session_token).map(SecretInput::new),
            region: Region(trimmed(self.region)),
            endpoint_url: optional(self.endpoint_url),
            variant: EndpointVariant {
                fips: self.fips.get_untracked(),
                dual_stack: self.dual_stack.get_untracked(),
            },
        }
    }

    /// Forgets the key.
    pub fn drop_typed(self) {
        for text in [self.access_key_id, self.secret_access_key, self.session_token] {
            text.try_set(String::new());
        }
    }
}

fn exposed(secret: Option<SecretInput>) -> String {
    secret.map(|secret| secret.expose().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use latchkey_domain::ApiError;
    use latchkey_domain::connection::{ConnectionReport, Finding};

    use super::*;
    use crate::ipc::host;

    fn pasted() -> AccessKeyForm {
        let form = AccessKeyForm::new(&Region::from("us-east-1"));
        let block = "export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAKE\nexport AWS_SECRET_ACCESS_KEY=fake-secret\n\
                     export AWS_REGION=eu-central-1";
        assert!(form.paste(block), "a block of credentials");
        form
    }

    #[test]
    fn a_pasted_block_fills_the_fields_and_replaces_the_whole_key() {
        let _owner = Owner::new_root(None);
        let form = AccessKeyForm::new(&Region::from("us-east-1"));
        form.session_token.set("fake-old-token".into());
        assert!(
            form.paste("AWS_ACCESS_KEY_ID=AKIANEW\nAWS_SECRET_ACCESS_KEY=fake-new"),
            "a block of credentials"
        );
        assert_eq!(form.access_key_id.get_untracked(), "AKIANEW", "from the block");
        assert_eq!(form.session_token.get_untracked(), "", "the old token does not belong to the new key");
        assert_eq!(form.region.get_untracked(), "us-east-1", "the block names none");
        assert!(!form.paste("fake-new"), "an ordinary paste goes where the cursor is");
    }

    #[tokio::test]
    async fn the_key_is_dropped_once_it_is_saved() {
        let _owner = Owner::new_root(None);
        let form = pasted();
        host::answer_with(|_, _| async { Ok(r#"{"list":[]}"#.to_owned()) });
        assert!(form.save().await.is_some(), "the engine took it");
        for text in [form.access_key_id, form.secret_access_key, form.session_token] {
            assert!(text.with_untracked(String::is_empty), "nothing of the key is left in the window");
        }
    }

    #[tokio::test]
    async fn a_key_that_was_refused_can_be_corrected() {
        let _owner = Owner::new_root(None);
        let form = pasted();
        let refused = serde_json::to_string(&ApiError::invalid("region", "No such Region.")).expect("JSON");
        host::answer_with(move |_, _| {
            let refused = refused.clone();
            async move { Err(refused) }
        });
        assert!(form.save().await.is_none(), "the engine refused");
        assert_eq!(form.request.at("region").as_deref(), Some("No such Region."), "told at its field");
        assert_eq!(form.secret_access_key.get_untracked(), "fake-secret", "nothing typed is lost");
    }

    #[tokio::test]
    async fn a_test_sends_the_draft_and_keeps_it() {
        let _owner = Owner::new_root(None);
        let form = pasted();
        host::answer_with(|name, arguments| {
            assert_eq!(name, "test_connection", "nothing is saved by a test");
            assert!(arguments.contains("eu-central-1"), "the Region of the block");
            async {
                Ok(r#"{"identity":{"finding":"passed","detail":"arn"},"listing":{"finding":"passed","detail":"1"},"latency_ms":7}"#.to_owned())
            }
        });
        form.test().await;
        assert_eq!(
            form.test.report.get_untracked().map(|report| report.latency_ms),
            Some(7),
            "the findings are shown"
        );
        assert_eq!(form.secret_access_key.get_untracked(), "fake-secret", "to be saved next");
    }

    #[tokio::test]
    async fn a_failed_test_is_told_at_the_field_that_is_to_blame() {
        let _owner = Owner::new_root(None);
        let form = pasted();
        let failed = Finding::Failed(ApiError::new(latchkey_domain::Code::SignInNeeded, "They have ended."));
        let report = ConnectionReport {
            account_alias: None,
            identity: failed.clone(),
            listing: failed,
            writer: None,
            latency_ms: 7,
            clock_skew_seconds: None,
            field_at_fault: Some("session_token".into()),
        };
        let told = serde_json::to_string(&report).expect("JSON");
        host::answer_with(move |_, _| {
            let told = told.clone();
            async move { Ok(told) }
        });
        form.test().await;
        assert_eq!(form.request.at("session_token").as_deref(), Some("They have ended."), "at its field");
        assert!(form.test.report.with_untracked(Option::is_some), "and the findings stay");
    }
}
