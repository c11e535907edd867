//! The connection that the environment of the program gives: `AWS_ACCESS_KEY_ID` and what belongs to it.

use latchkey_domain::connection::{AccessKeyDraft, Connection, ConnectionKind, ConnectionState};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Code, ConnectionId};

use super::draft;
use super::resolution::{Bundles, Resolution, Variables, default_region, resolve};
use crate::aws::client::Access;
use crate::aws::hosts::Service;
use crate::aws::routes::Routes;
use crate::aws_files::AwsFiles;

const ID: &str = "environment";
const NAME: &str = "Environment";
const DEFAULT_PROFILE: &str = "default";

/// The variables of the environment that count for AWS; read once, at the start.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    access_key_id: Option<String>,
    secret_access_key: Option<SecretInput>,
    session_token: Option<SecretInput>,
    /// The profile whose settings count for the key too.
    profile: Option<String>,
    variables: Variables,
}

impl Environment {
    /// What `variable` knows by the names that the AWS CLI uses; an empty variable is none.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        Self {
            access_key_id: text("AWS_ACCESS_KEY_ID"),
            secret_access_key: text("AWS_SECRET_ACCESS_KEY").map(SecretInput::new),
            session_token: text("AWS_SESSION_TOKEN").map(SecretInput::new),
            profile: text("AWS_PROFILE").or_else(|| text("AWS_DEFAULT_PROFILE")),
            variables: Variables::read(&variable),
        }
    }

    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    fn has_a_key(&self) -> bool {
        self.access_key_id.is_some() || self.secret_access_key.is_some()
    }
}

/// What stands in the environment, checked.
pub(super) struct Found {
    environment: Environment,
    /// None if no part of an access key is there.
    known: Option<Known>,
}

struct Known {
    connection: Connection,
    routes: Routes,
    access: Result<Access, ApiError>,
}

impl Found {
    pub fn new(environment: Environment) -> Self {
        let mut found = Self { environment, known: None };
        found.follow(&AwsFiles::default(), &Bundles::default());
        found
    }

    /// Resolves where requests go with the settings of the profile that the AWS CLI would take them from.
    pub fn follow(&mut self, files: &AwsFiles, bundles: &Bundles) {
        if !self.environment.has_a_key() {
            return;
        }
        let profile = self.environment.profile.as_deref().unwrap_or(DEFAULT_PROFILE);
        let profile = files.profiles.get(profile);
        let resolution = resolve(&self.environment.variables, files, bundles, profile);
        self.known = Some(Known::new(&self.environment, resolution));
    }

    /// What decides where requests go, for profiles too.
    pub fn variables(&self) -> &Variables {
        &self.environment.variables
    }

    pub fn shown(&self) -> Option<Connection> {
        self.known.as_ref().map(|known| known.connection.clone())
    }

    /// Where requests go, if `id` is this connection.
    pub fn routes(&self, id: &ConnectionId) -> Option<&Routes> {
        self.known.as_ref().filter(|known| known.connection.id == *id).map(|known| &known.routes)
    }

    /// The access key, for a profile that takes it from here and sends by its own routes; none if no part of one is set.
    pub fn key(&self, routes: &Routes) -> Option<Result<Access, ApiError>> {
        self.environment.has_a_key().then(|| check(&self.environment, routes, None))
    }

    /// The credentials, if `id` is this connection.
    pub fn access(&self, id: &ConnectionId) -> Option<Result<Access, ApiError>> {
        let known = self.known.as_ref()?;
        (known.connection.id == *id).then(|| known.access.clone())
    }
}

impl Known {
    fn new(environment: &Environment, resolution: Resolution) -> Self {
        let Resolution { region, routes, fault } = resolution;
        let access = check(environment, &routes, fault.as_ref());
        let known_id = access.as_ref().map(|access| access.access_key_id.clone()).unwrap_or_default();
        let state = access.as_ref().err().cloned().map_or(ConnectionState::Ready, ConnectionState::Failed);
        let connection = Connection {
            id: ConnectionId::from(ID),
            name: NAME.to_owned(),
            kind: ConnectionKind::Environment { access_key_id: known_id },
            account_name: None,
            default_region: region,
            endpoint_url: routes.url(Service::SecretsManager).map(str::to_owned),
            variant: routes.variant,
            state,
            marks: Default::default(),
        };
        Self { connection, routes, access }
    }
}

/// Whether a connection is the one of the environment.
pub(super) fn is_environment(id: &ConnectionId) -> bool {
    id.as_str() == ID
}

/// The key, for routes that have been checked; `fault` is what was found wrong with them.
fn check(environment: &Environment, routes: &Routes, fault: Option<&ApiError>) -> Result<Access, ApiError> {
    let Environment { access_key_id, secret_access_key, session_token, .. } = environment;
    let restart =
        |message: &str| ApiError::new(Code::SignInNeeded, format!("{message} Then restart Latchkey."));
    let (key_id, secret) = (access_key_id.clone(), secret_access_key.clone());
    let draft = AccessKeyDraft {
        name: NAME.to_owned(),
        access_key_id: key_id.ok_or_else(|| not_set("AWS_ACCESS_KEY_ID"))?,
        secret_access_key: secret.ok_or_else(|| not_set("AWS_SECRET_ACCESS_KEY"))?,
        session_token: session_token.clone(),
        region: default_region(),
        endpoint_url: routes.url(Service::SecretsManager).map(str::to_owned),
        variant: Default::default(),
    };
    if let Some(fault) = fault {
        return Err(restart(&fault.message));
    }
    let checked = draft::check(draft).map_err(|error| {
        let Code::Invalid(field) = &error.code else { return error };
        restart(&format!("{} cannot be used. {}", variable_of(field), error.message))
    })?;
    Ok(Access {
        routes: routes.clone(),
        access_key_id: checked.access_key_id,
        secret_access_key: checked.secret_access_key,
        session_token: checked.session_token,
    })
}

fn variable_of(field: &str) -> &'static str {
    match field {
        "access_key_id" => "AWS_ACCESS_KEY_ID",
        "secret_access_key" => "AWS_SECRET_ACCESS_KEY",
        _ => "AWS_SESSION_TOKEN",
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
