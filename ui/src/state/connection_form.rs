//! What is typed and chosen to mark one connection: its name, its looks and its guard.

use latchkey_domain::ConnectionId;
use latchkey_domain::connection::{Connection, ConnectionKind, TestConnection};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::guard::{Colour, EditConnection, Emblem, Guard};
use leptos::prelude::*;

use super::connection_test::ConnectionTest;
use super::request::Request;
use super::session::Session;
use crate::ipc;

const FIELDS: [&str; 5] = ["name", "guard", "writes_through", "variant", "endpoint_url"];

/// The form of one connection.
#[derive(Clone, Copy)]
pub struct ConnectionForm {
    session: Session,
    connection: StoredValue<Connection>,
    pub name: RwSignal<String>,
    pub guard: RwSignal<Guard>,
    pub colour: RwSignal<Option<Colour>>,
    pub icon: RwSignal<Option<Emblem>>,
    pub reveal_asks: RwSignal<bool>,
    pub saves_by_put: RwSignal<bool>,
    /// The id of the connection that writes for it; empty for itself.
    pub writes_through: RwSignal<String>,
    /// Which of AWS's own endpoints, for a saved connection that sends there.
    pub fips: RwSignal<bool>,
    pub dual_stack: RwSignal<bool>,
    /// Where a role that is assumed sends to; empty for the endpoint of its base.
    pub endpoint_url: RwSignal<String>,
    former_endpoint_url: StoredValue<String>,
    pub test: ConnectionTest,
    pub request: Request,
}

impl ConnectionForm {
    /// Begins with what the connection has.
    pub fn new(session: Session, connection: Connection) -> Self {
        let marks = connection.marks.clone();
        let request = Request::of_form(&FIELDS);
        let endpoint_url = untrack(|| own_endpoint(session, &connection)).unwrap_or_default();
        Self {
            session,
            name: RwSignal::new(connection.name.clone()),
            guard: RwSignal::new(marks.guard),
            colour: RwSignal::new(marks.colour),
            icon: RwSignal::new(marks.icon),
            reveal_asks: RwSignal::new(marks.reveal_asks),
            saves_by_put: RwSignal::new(marks.saves_by_put),
            writes_through: RwSignal::new(
                marks.writes_through.map(|other| other.connection.0).unwrap_or_default(),
            ),
            fips: RwSignal::new(connection.variant.fips),
            dual_stack: RwSignal::new(connection.variant.dual_stack),
            endpoint_url: RwSignal::new(endpoint_url.clone()),
            former_endpoint_url: StoredValue::new(endpoint_url),
            test: ConnectionTest::new(request),
            connection: StoredValue::new(connection),
            request,
        }
    }

    /// Whether a system dialog will confirm this before it is saved; tracks.
    pub fn is_looser(self) -> bool {
        let (guard, reveal_asks) = (self.guard.get(), self.reveal_asks.get());
        self.connection.with_value(|connection| {
            guard < connection.marks.guard || (connection.marks.reveal_asks && !reveal_asks)
        })
    }

    /// The connections that may write for it, by id and name: those of its account, as far as that is known, that send
    /// to its endpoint and write themselves. The one that is set is among them. Tracks.
    pub fn possible_writers(self) -> Vec<(String, String)> {
        let (own, set) = (self.connection.get_value(), self.writes_through.get());
        self.session.connections.with(|connections| {
            let list = connections.as_ref().map(|known| known.list.as_slice()).unwrap_or_default();
            if own.id.is_vault() || list.iter().any(|known| known.writes_through(&own.id)) {
                return Vec::new();
            }
            let may_write = |other: &&Connection| {
                other.id.0 == set
                    || (other.id != own.id
                        && !other.id.is_vault()
                        && other.endpoint_url == own.endpoint_url
                        && other.marks.writes_through.is_none()
                        && !own.kind.is_of_another_account(&other.kind))
            };
            let mut found: Vec<_> =
                list.iter().filter(may_write).map(|known| (known.id.0.clone(), known.name.clone())).collect();
            if !set.is_empty() && found.iter().all(|(id, _)| *id != set) {
                found.push((set.clone(), "A connection that is gone".to_owned()));
            }
            found
        })
    }

    /// Saves it; true if that was done. On a refusal everything typed stays.
    pub async fn save(self) -> bool {
        let answer = self.request.act(ipc::call(self.edited())).await;
        answer.map(|connections| self.session.receive(connections)).is_some()
    }

    /// Whether FIPS and dual-stack can be chosen: for what is saved here and sends to AWS's own endpoints.
    pub fn has_variant(self) -> bool {
        self.connection.with_value(|connection| connection.is_saved() && connection.endpoint_url.is_none())
    }

    /// Whether it may have an endpoint of its own, beside that of the connection which asks for it.
    pub fn has_endpoint(self) -> bool {
        self.connection.with_value(|connection| matches!(connection.kind, ConnectionKind::AssumedRole { .. }))
    }

    /// Checks the identity of the connection as edited, and of the one that would write. Nothing is saved.
    pub async fn test(self) {
        self.test.ask(Ok(TestConnection::Edited { edit: self.edited() })).await;
    }

    fn edited(self) -> EditConnection {
        let variant =
            EndpointVariant { fips: self.fips.get_untracked(), dual_stack: self.dual_stack.get_untracked() };
        EditConnection {
            connection: self.connection.with_value(|connection| connection.id.clone()),
            name: self.name.get_untracked(),
            guard: self.guard.get_untracked(),
            colour: self.colour.get_untracked(),
            icon: self.icon.get_untracked(),
            reveal_asks: self.reveal_asks.get_untracked(),
            saves_by_put: self.saves_by_put.get_untracked(),
            writes_through: Some(self.writes_through.get_untracked())
                .filter(|id| !id.is_empty())
                .map(ConnectionId),
            variant: self.has_variant().then_some(variant),
            endpoint_url: Some(self.endpoint_url.get_untracked().trim().to_owned())
                .filter(|typed| self.has_endpoint() && *typed != self.former_endpoint_url.get_value()),
        }
    }
}

/// The endpoint that a role has beside that of its base.
fn own_endpoint(session: Session, connection: &Connection) -> Option<String> {
    let ConnectionKind::AssumedRole { base, .. } = &connection.kind else { return None };
    let of_base = session.connections.with(|connections| {
        let list = connections.as_ref().map(|known| known.list.as_slice()).unwrap_or_default();
        list.iter().find(|known| known.id == *base)?.endpoint_url.clone()
    });
    connection.endpoint_url.clone().filter(|own| Some(own) != of_base.as_ref())
}

#[cfg(test)]
mod tests {
    use latchkey_domain::ApiError;
    use latchkey_domain::connection::{ConnectionState, Connections};
    use latchkey_domain::guard::{Marks, WritesThrough};
    use latchkey_domain::identity_center::SsoSession;
    use serde_json::json;

    use super::*;
    use crate::ipc::host;

    fn role(id: &str, account_id: &str) -> Connection {
        let session =
            SsoSession { start_url: "https://example.com/start".into(), region: "eu-west-1".into() };
        Connection {
            id: id.into(),
            name: id.to_uppercase(),
            kind: ConnectionKind::SsoRole { session, account_id: account_id.into(), role_name: id.into() },
            default_region: "eu-west-1".into(),
            account_name: None,
            endpoint_url: None,
            variant: EndpointVariant::default(),
            state: ConnectionState::Ready,
            marks: Marks::default(),
        }
    }

    #[test]
    fn a_connection_may_write_through_others_of_its_account_and_endpoint_that_write_themselves() {
        let _owner = Owner::new_root(None);
        let reader = role("reader", "111111111111");
        let elevated = WritesThrough { connection: "admin".into(), name: "ADMIN".into(), guard: Guard::Free };
        let second = Connection {
            marks: Marks { writes_through: Some(elevated), ..Marks::default() },
            ..role("second", "111111111111")
        };
        let private = Connection {
            endpoint_url: Some("https://vpce-1.example.com".into()),
            ..role("private", "111111111111")
        };
        let key = ConnectionKind::AccessKey { access_key_id: "AKIAFAKE".into() };
        let key = Connection { kind: key, ..role("key", "") };
        let admin = role("admin", "111111111111");
        let other = role("other", "222222222222");
        let session = Session::new();
        let list = vec![reader.clone(), admin.clone(), other, second, private, key];
        session.receive(Connections { list, ..Connections::default() });
        let names = |connection: &Connection| -> Vec<_> {
            let form = ConnectionForm::new(session, connection.clone());
            untrack(|| form.possible_writers()).into_iter().map(|(_, name)| name).collect()
        };
        assert_eq!(names(&reader), ["ADMIN", "KEY"], "the account of a key is asked when it is saved");
        assert!(names(&admin).is_empty(), "it writes for another one");
        let gone = WritesThrough { connection: "gone".into(), name: "gone".into(), guard: Guard::ReadOnly };
        let stuck = Connection { marks: Marks { writes_through: Some(gone), ..Marks::default() }, ..reader };
        assert_eq!(names(&stuck), ["ADMIN", "KEY", "A connection that is gone"], "there is a way out");
    }

    #[tokio::test]
    async fn a_test_sends_what_is_edited_and_a_failure_is_told_at_its_field() {
        let _owner = Owner::new_root(None);
        let form = ConnectionForm::new(Session::new(), role("reader", "111111111111"));
        form.fips.set(true);
        form.writes_through.set("admin".into());
        host::answer_with(|name, arguments| {
            assert_eq!(name, "test_connection", "nothing is saved by a test");
            let sent: serde_json::Value = serde_json::from_str(arguments).expect("JSON");
            let edit = &sent["request"]["edit"];
            assert_eq!(edit["variant"], json!({ "fips": true, "dual_stack": false }));
            assert_eq!(edit["writes_through"], "admin");
            let failed = json!({ "finding": "failed", "detail": ApiError::internal("No such host.") });
            let report = json!({ "identity": failed, "listing": failed, "latency_ms": 7, "field_at_fault": "variant" });
            std::future::ready(Ok(report.to_string()))
        });
        form.test().await;
        assert_eq!(form.request.at("variant").as_deref(), Some("No such host."), "at the switches");
        assert!(form.test.report.with_untracked(Option::is_some), "beside the findings");
    }

    #[test]
    fn only_an_assumed_role_has_an_endpoint_to_edit_and_it_is_sent_once_it_was_changed() {
        let _owner = Owner::new_root(None);
        let session = Session::new();
        let at =
            |id: &str, url: &str| Connection { endpoint_url: Some(url.into()), ..role(id, "111111111111") };
        let base = at("base", "https://base.example.com");
        let assumed = |url: &str| {
            let arn = "arn:aws:iam::111111111111:role/admin".into();
            let kind = ConnectionKind::AssumedRole { base: "base".into(), role_arn: arn };
            Connection { kind, ..at("assumed", url) }
        };
        session.receive(Connections { list: vec![base.clone()], ..Connections::default() });
        assert!(!ConnectionForm::new(session, base).has_endpoint(), "its endpoint is typed once");
        let same = ConnectionForm::new(session, assumed("https://base.example.com"));
        assert!(same.has_endpoint());
        assert_eq!(same.endpoint_url.get_untracked(), "", "it is that of the base");
        assert_eq!(same.edited().endpoint_url, None, "nothing was changed");
        same.endpoint_url.set(" https://own.example.com ".into());
        assert_eq!(same.edited().endpoint_url.as_deref(), Some("https://own.example.com"));
        let own = ConnectionForm::new(session, assumed("https://own.example.com"));
        assert_eq!(own.endpoint_url.get_untracked(), "https://own.example.com");
        own.endpoint_url.set(String::new());
        assert_eq!(own.edited().endpoint_url.as_deref(), Some(""), "back to that of the base");
    }

    #[test]
    fn a_custom_endpoint_and_what_is_found_on_this_computer_have_no_switches() {
        let _owner = Owner::new_root(None);
        let has = |connection| ConnectionForm::new(Session::new(), connection).has_variant();
        assert!(has(role("reader", "111111111111")));
        let endpoint_url = Some("https://vpce-1.example.com".into());
        assert!(!has(Connection { endpoint_url, ..role("private", "111111111111") }));
        let kind = ConnectionKind::Profile { profile: "ops".into(), source: "fake".into() };
        assert!(!has(Connection { kind, ..role("profile:ops", "") }), "its file says it");
    }
}
