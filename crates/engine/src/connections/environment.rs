//! The connection that the environment of the program gives: `AWS_ACCESS_KEY_ID` and what belongs to it.

use latchkey_domain::connection::{AccessKeyDraft, Connection, ConnectionKind, ConnectionState};
use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId, Region};

use super::draft;
use crate::aws::client::Access;
use crate::aws::endpoint;

const ID: &str = "environment";
const NAME: &str = "Environment";
const DEFAULT_REGION: &str = "us-east-1";

/// The variables of the environment that make a connection; read once, at the start.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    access_key_id: Option<String>,
    secret_access_key: Option<SecretInput>,
    session_token: Option<SecretInput>,
    region: Option<String>,
    endpoint_url: Option<String>,
    variant: EndpointVariant,
}

impl Environment {
    /// What `variable` knows by the names that the AWS CLI uses; an empty variable is none.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let is_on = |name: &str| text(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        Self {
            access_key_id: text("AWS_ACCESS_KEY_ID"),
            secret_access_key: text("AWS_SECRET_ACCESS_KEY").map(SecretInput::new),
            session_token: text("AWS_SESSION_TOKEN").map(SecretInput::new),
            region: text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")),
            endpoint_url: text("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| text("AWS_ENDPOINT_URL")),
            variant: EndpointVariant {
                fips: is_on("AWS_USE_FIPS_ENDPOINT"),
                dual_stack: is_on("AWS_USE_DUALSTACK_ENDPOINT"),
            },
        }
    }

    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }
}

/// What stands in the environment, checked; nothing if no part of an access key does.
pub(super) struct Found(Option<(Connection, Result<Access, ApiError>)>);

impl Found {
    pub fn new(environment: Environment) -> Self {
        let Environment { access_key_id, secret_access_key, .. } = &environment;
        if access_key_id.is_none() && secret_access_key.is_none() {
            return Self(None);
        }
        let checked = check(&environment);
        let region = checked.as_ref().map_or(Region::from(DEFAULT_REGION), |draft| draft.region.clone());
        let endpoint_url =
            environment.endpoint_url.as_deref().and_then(|url| endpoint::check(url.trim()).ok());
        let known_id = checked.as_ref().map(|draft| draft.access_key_id.clone()).unwrap_or_default();
        let access = checked.map(|draft| Access {
            own_endpoint_url: None,
            endpoint_url: draft.endpoint_url,
            variant: draft.variant,
            access_key_id: draft.access_key_id,
            secret_access_key: draft.secret_access_key,
            session_token: draft.session_token,
        });
        let state = access.as_ref().err().cloned().map_or(ConnectionState::Ready, ConnectionState::Failed);
        let connection = Connection {
            id: ConnectionId::from(ID),
            name: NAME.to_owned(),
            kind: ConnectionKind::Environment { access_key_id: known_id },
            account_name: None,
            default_region: region,
            endpoint_url,
            variant: environment.variant,
            state,
            marks: Default::default(),
        };
        Self(Some((connection, access)))
    }

    pub fn shown(&self) -> Option<Connection> {
        self.0.as_ref().map(|(connection, _)| connection.clone())
    }

    /// The credentials, if `id` is this connection.
    pub fn access(&self, id: &ConnectionId) -> Option<Result<Access, ApiError>> {
        let (connection, access) = self.0.as_ref()?;
        (connection.id == *id).then(|| access.clone())
    }
}

/// Whether a connection is the one of the environment.
pub(super) fn is_environment(id: &ConnectionId) -> bool {
    id.as_str() == ID
}

fn check(environment: &Environment) -> Result<AccessKeyDraft, ApiError> {
    let Environment { access_key_id, secret_access_key, session_token, region, endpoint_url, variant } =
        environment;
    let draft = AccessKeyDraft {
        name: NAME.to_owned(),
        access_key_id: access_key_id.clone().ok_or_else(|| not_set("AWS_ACCESS_KEY_ID"))?,
        secret_access_key: secret_access_key.clone().ok_or_else(|| not_set("AWS_SECRET_ACCESS_KEY"))?,
        session_token: session_token.clone(),
        region: Region::from(region.as_deref().unwrap_or(DEFAULT_REGION)),
        endpoint_url: endpoint_url.clone(),
        variant: *variant,
    };
    draft::check(draft).map_err(|error| {
        let Code::Invalid(field) = &error.code else { return error };
        let variable = variable_of(field);
        ApiError::new(
            Code::SignInNeeded,
            format!("{variable} cannot be used. {} Then restart Latchkey.", error.message),
        )
    })
}

fn variable_of(field: &str) -> &'static str {
    match field {
        "access_key_id" => "AWS_ACCESS_KEY_ID",
        "secret_access_key" => "AWS_SECRET_ACCESS_KEY",
        "session_token" => "AWS_SESSION_TOKEN",
        "region" => "AWS_REGION",
        _ => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    }
}

fn not_set(variable: &str) -> ApiError {
    ApiError::new(
        Code::SignInNeeded,
        format!(
            "{variable} is not set, but another part of an access key is. Set it in the environment, then restart \
             Latchkey."
        ),
    )
}

#[cfg(test)]
mod tests {
    use latchkey_domain::ConnectionId;
    use latchkey_domain::connection::ConnectionState;

    use super::{Environment, Found};

    fn found(variables: &[(&str, &str)]) -> Found {
        let environment = Environment::read(|name| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        });
        Found::new(environment)
    }

    #[test]
    fn an_access_key_in_the_environment_is_a_connection_with_its_region() {
        let found = found(&[
            ("AWS_ACCESS_KEY_ID", "ASIAFAKEFAKEFAKEFAKE\n"),
            ("AWS_SECRET_ACCESS_KEY", "fake-secret\n"),
            ("AWS_SESSION_TOKEN", "fake-token"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
        ]);
        let shown = found.shown().expect("there is a key");
        assert_eq!((shown.default_region.as_str(), &shown.state), ("eu-west-1", &ConnectionState::Ready));
        let access = found.access(&shown.id).expect("it is this one").expect("it is complete");
        assert_eq!(access.access_key_id, "ASIAFAKEFAKEFAKEFAKE", "line breaks of a file are dropped");
        assert_eq!(access.secret_access_key.expose(), "fake-secret");
        assert!(!format!("{shown:?}").contains("fake-secret"), "only the id of the key is shown");
        assert!(found.access(&ConnectionId::local()).is_none(), "the vault has its own key");
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_by_the_name_of_its_variable() {
        let key = ("AWS_ACCESS_KEY_ID", "AKIAFAKEFAKEFAKEFAKE");
        let secret = ("AWS_SECRET_ACCESS_KEY", "fake-secret");
        for (variables, variable) in [
            (vec![key], "AWS_SECRET_ACCESS_KEY"),
            (vec![secret], "AWS_ACCESS_KEY_ID"),
            (vec![key, ("AWS_SECRET_ACCESS_KEY", "fake secret")], "AWS_SECRET_ACCESS_KEY"),
            (vec![("AWS_ACCESS_KEY_ID", "ASIAFAKEFAKEFAKEFAKE"), secret], "AWS_SESSION_TOKEN"),
            (vec![key, secret, ("AWS_REGION", "Frankfurt")], "AWS_REGION"),
            (vec![key, secret, ("AWS_ENDPOINT_URL", "http://example.com")], "AWS_ENDPOINT_URL"),
        ] {
            let shown = found(&variables).shown().expect("a part of a key is there");
            let ConnectionState::Failed(error) = shown.state else { panic!("{variable} is told") };
            assert!(error.message.starts_with(variable), "{}", error.message);
            assert!(!error.message.contains("fake"), "no part of a key in {}", error.message);
        }
    }

    #[test]
    fn without_a_key_there_is_no_such_connection() {
        assert!(found(&[("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", " ")]).shown().is_none());
    }
}
