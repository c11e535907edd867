//! A role to assume while it is typed.

use latchkey_domain::assumed_role::{AssumedRoleDraft, SaveAssumedRole};
use latchkey_domain::connection::{Connections, TestConnection};
use latchkey_domain::{ApiError, ConnectionId, Region};
use leptos::prelude::*;

use super::connection_test::ConnectionTest;
use super::request::Request;
use crate::ipc;

/// The members of the request that have a field in the form.
const FIELDS: [&str; 9] = [
    "name",
    "base",
    "role_arn",
    "external_id",
    "session_name",
    "duration_minutes",
    "mfa_serial",
    "region",
    "endpoint_url",
];

/// The form of *Assume a role*.
#[derive(Clone, Copy)]
pub struct RoleForm {
    pub name: RwSignal<String>,
    /// The id of the connection that asks for the role.
    pub base: RwSignal<String>,
    pub role_arn: RwSignal<String>,
    pub external_id: RwSignal<String>,
    pub session_name: RwSignal<String>,
    pub duration_minutes: RwSignal<String>,
    pub mfa_serial: RwSignal<String>,
    pub region: RwSignal<String>,
    /// Where Secrets Manager is asked; empty for the endpoint of the base.
    pub endpoint_url: RwSignal<String>,
    pub test: ConnectionTest,
    pub request: Request,
}

impl RoleForm {
    /// An empty form; `base` and `region` are what the pickers start with.
    pub fn new(base: &str, region: &Region) -> Self {
        let request = Request::of_form(&FIELDS);
        Self {
            name: RwSignal::default(),
            base: RwSignal::new(base.to_owned()),
            role_arn: RwSignal::default(),
            external_id: RwSignal::default(),
            session_name: RwSignal::default(),
            duration_minutes: RwSignal::default(),
            mfa_serial: RwSignal::default(),
            region: RwSignal::new(region.0.clone()),
            endpoint_url: RwSignal::default(),
            test: ConnectionTest::new(request),
            request,
        }
    }

    /// Assumes the role and asks what it may do. Nothing is saved.
    pub async fn test(self) {
        self.test.ask(self.typed().map(|draft| TestConnection::Role { draft })).await;
    }

    /// Saves the role as a connection. On failure everything typed stays.
    pub async fn save(self) -> Option<Connections> {
        self.request.act(async { ipc::call(SaveAssumedRole { draft: self.typed()? }).await }).await
    }

    fn typed(self) -> Result<AssumedRoleDraft, ApiError> {
        let typed = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        let duration = Some(typed(self.duration_minutes)).filter(|text| !text.is_empty());
        let duration = duration.map(|text| text.parse::<u32>()).transpose();
        Ok(AssumedRoleDraft {
            name: typed(self.name),
            base: ConnectionId(typed(self.base)),
            role_arn: typed(self.role_arn),
            external_id: Some(typed(self.external_id)),
            session_name: Some(typed(self.session_name)),
            duration_minutes: duration.map_err(|_| {
                ApiError::invalid("duration_minutes", "Type a number of minutes, 60 for example.")
            })?,
            mfa_serial: Some(typed(self.mfa_serial)),
            region: Region(typed(self.region)),
            endpoint_url: Some(typed(self.endpoint_url)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::host;

    #[tokio::test]
    async fn what_is_no_number_of_minutes_is_told_at_its_field_without_asking() {
        let _owner = Owner::new_root(None);
        let form = RoleForm::new("base", &Region::from("us-east-1"));
        form.duration_minutes.set("an hour".into());
        host::answer_with(|_, _| async { panic!("the engine is not asked") });
        assert!(form.save().await.is_none(), "it cannot be saved");
        assert!(form.request.at("duration_minutes").is_some(), "told at its field");
    }

    #[tokio::test]
    async fn a_test_of_a_role_keeps_what_was_typed_and_saves_nothing() {
        let _owner = Owner::new_root(None);
        let form = RoleForm::new("base", &Region::from("us-east-1"));
        form.role_arn.set("arn:aws:iam::123456789012:role/x".into());
        form.endpoint_url.set(" https://vpce.example.com".into());
        host::answer_with(|name, arguments| {
            assert_eq!(name, "test_connection", "nothing is saved by a test");
            assert!(arguments.contains("role/x"), "the role that was typed");
            assert!(
                arguments.contains(r#""endpoint_url":"https://vpce.example.com""#),
                "at its own endpoint"
            );
            async {
                Ok(r#"{"identity":{"finding":"passed","detail":"arn"},"listing":{"finding":"passed","detail":"1"},"latency_ms":7}"#.to_owned())
            }
        });
        form.test().await;
        assert!(form.test.report.with_untracked(Option::is_some), "the findings are shown");
        assert_eq!(form.role_arn.get_untracked(), "arn:aws:iam::123456789012:role/x", "to be saved next");
    }

    #[tokio::test]
    async fn a_refused_role_can_be_corrected() {
        let _owner = Owner::new_root(None);
        let form = RoleForm::new("base", &Region::from("us-east-1"));
        form.role_arn.set("arn:aws:iam::1:role/x".into());
        let refused = serde_json::to_string(&ApiError::invalid("role_arn", "No role.")).expect("JSON");
        host::answer_with(move |name, _| {
            assert_eq!(name, "save_assumed_role");
            let refused = refused.clone();
            async move { Err(refused) }
        });
        assert!(form.save().await.is_none(), "the engine refused");
        assert_eq!(form.request.at("role_arn").as_deref(), Some("No role."), "told at its field");
        assert_eq!(form.role_arn.get_untracked(), "arn:aws:iam::1:role/x", "nothing typed is lost");
    }
}
