//! The JSON structures that AWS's rotation functions expect, recognised, filled in and checked by their keys.
//!
//! The source is the user guide, "JSON structure of AWS Secrets Manager secrets"; where it is silent (InfluxDB) or copied
//! a slip (the port of Db2), AWS's published rotation functions count. Only keys and the value of `engine` are looked
//! at, never another value.

mod table;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use table::{Field, Need, PasswordRules};

use crate::document::{Document, JsonKind};

/// A known structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    Db2,
    MariaDb,
    MySql,
    Oracle,
    PostgreSql,
    SqlServer,
    Redshift,
    RedshiftServerless,
    DocumentDb,
    InfluxDb,
    ElastiCache,
    ActiveDirectory,
    ActiveDirectoryKeytab,
}

impl Template {
    pub const ALL: [Self; 13] = [
        Self::PostgreSql,
        Self::MySql,
        Self::MariaDb,
        Self::Oracle,
        Self::SqlServer,
        Self::Db2,
        Self::Redshift,
        Self::RedshiftServerless,
        Self::DocumentDb,
        Self::InfluxDb,
        Self::ElastiCache,
        Self::ActiveDirectory,
        Self::ActiveDirectoryKeytab,
    ];

    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Db2 => "Db2",
            Self::MariaDb => "MariaDB",
            Self::MySql => "MySQL",
            Self::Oracle => "Oracle",
            Self::PostgreSql => "PostgreSQL",
            Self::SqlServer => "SQL Server",
            Self::Redshift => "Redshift",
            Self::RedshiftServerless => "Redshift Serverless",
            Self::DocumentDb => "DocumentDB",
            Self::InfluxDb => "Timestream for InfluxDB",
            Self::ElastiCache => "ElastiCache",
            Self::ActiveDirectory => "Active Directory credential",
            Self::ActiveDirectoryKeytab => "Active Directory keytab",
        }
    }

    /// Every key that the structure knows, in the order of the user guide.
    pub fn fields(self) -> &'static [Field] {
        table::fields(self)
    }

    /// What a generated password must keep to so that the service takes it.
    pub fn password_rules(self) -> PasswordRules {
        table::password_rules(self)
    }

    /// The values of `engine` that AWS's rotation functions accept for this structure; none if it has no such key.
    pub fn engines(self) -> &'static [&'static str] {
        match self {
            Self::Db2 => &["db2"],
            Self::MariaDb => &["mariadb"],
            Self::MySql => &["mysql", "aurora-mysql"],
            Self::Oracle => &["oracle"],
            Self::PostgreSql => &["postgres", "aurora-postgresql"],
            Self::SqlServer => &["sqlserver"],
            Self::Redshift | Self::RedshiftServerless => &["redshift"],
            Self::DocumentDb => &["mongo"],
            Self::InfluxDb => &["timestream-influxdb"],
            Self::ElastiCache | Self::ActiveDirectory | Self::ActiveDirectoryKeytab => &[],
        }
    }

    /// The structure that the keys, and the value of `engine` where there is one, belong to.
    pub fn recognise(keys: &[&str], engine: Option<&str>) -> Option<Self> {
        let has = |key: &str| keys.contains(&key);
        match engine {
            Some("redshift") if has("namespaceName") => Some(Self::RedshiftServerless),
            Some("redshift") => Some(Self::Redshift),
            Some(engine) => Self::ALL.into_iter().find(|template| template.takes_engine(engine)),
            None if has("keytabContents") => Some(Self::ActiveDirectoryKeytab),
            None if has("awsSeamlessDomainUsername") || has("awsSeamlessDomainPassword") => {
                Some(Self::ActiveDirectory)
            }
            None if has("user_arn") => Some(Self::ElastiCache),
            None if has("dbIdentifier") => Some(Self::InfluxDb),
            None if has("namespaceName") && is_database(keys) => Some(Self::RedshiftServerless),
            None => None,
        }
    }

    /// Whether a value of `engine` names this structure. RDS names editions in its own answers: `db2-se`, `oracle-ee`,
    /// `sqlserver-ex`.
    pub fn takes_engine(self, engine: &str) -> bool {
        let is_edition = |name: &str| engine.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        self.engines().iter().any(|&name| engine == name || is_edition(name))
    }

    /// The keys without which rotation fails.
    pub fn needed(self, strategy: Strategy) -> impl Iterator<Item = &'static Field> {
        self.fields().iter().filter(move |field| {
            field.need == Need::Required
                || (field.need == Need::AlternatingUsers && strategy == Strategy::AlternatingUsers)
        })
    }

    /// The keys that rotation needs and that are not there.
    pub fn check(self, keys: &[&str], strategy: Strategy) -> Vec<Missing> {
        missing_of(self.needed(strategy).map(|field| field.key), keys)
    }
}

/// Whether the keys are those of a database user, whatever the engine. A host, a port, a user and a password alone may
/// be those of a mail server.
fn is_database(keys: &[&str]) -> bool {
    let has = |key: &&str| keys.contains(key);
    table::ONLY_IN_DATABASES.iter().any(has) && ["username", "password"].iter().all(has)
}

fn missing_of(needed: impl Iterator<Item = &'static str>, keys: &[&str]) -> Vec<Missing> {
    let missing = needed.filter(|key| !keys.contains(key));
    let written_as = |needed: &str| keys.iter().find(|key| key.eq_ignore_ascii_case(needed));
    missing
        .map(|key| Missing { key: key.to_owned(), written_as: written_as(key).map(|&key| key.to_owned()) })
        .collect()
}

/// How the rotation function changes the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    #[default]
    SingleUser,
    /// A second user is cloned, with the rights of the superuser whose secret `masterarn` names.
    AlternatingUsers,
}

/// A key that rotation needs and does not find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    pub key: String,
    /// The same key with other capitals, which is another key to every reader.
    pub written_as: Option<String>,
}

/// What the keys of a secret look like, and what rotation would miss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// None for a database whose engine no key tells.
    pub template: Option<Template>,
    pub missing: Vec<Missing>,
}

impl Finding {
    /// Looks at the keys of a secret. Nothing is found wrong with one that a service manages: the service rotates it, and
    /// keeps in it what it likes.
    pub fn of(keys: &[&str], engine: Option<&str>, strategy: Strategy, managed: bool) -> Option<Self> {
        let template = Template::recognise(keys, engine);
        let missing = match template {
            Some(template) => template.check(keys, strategy),
            None if engine.is_none() && is_database(keys) => missing_of(table::DATABASE.into_iter(), keys),
            None => return None,
        };
        Some(Self { template, missing: if managed { Vec::new() } else { missing } })
    }

    /// Looks at a JSON object. Of its values only the one of `engine` is read.
    pub fn of_document(document: &Document) -> Option<Self> {
        let root = document.root();
        let keys: Vec<_> = root.members().filter_map(|member| member.key()).collect();
        let engine = root.members().find(|member| member.key().as_deref() == Some("engine"));
        let engine = engine.filter(|engine| engine.kind() == JsonKind::String).map(|engine| engine.shown());
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        Self::of(&keys, engine.as_deref().map(String::as_str), Strategy::SingleUser, false)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.template.map_or("database", Template::title);
        let article = if title.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
        write!(f, "This looks like {article} {title} secret")?;
        for (place, Missing { key, written_as }) in self.missing.iter().enumerate() {
            write!(f, "{} {key}", if place == 0 { ";" } else { "," })?;
            if let Some(other) = written_as {
                write!(f, " (written {other}; keys are case-sensitive)")?;
            }
        }
        match self.missing.len() {
            0 => f.write_str("."),
            1 => f.write_str(" is missing, rotation would fail."),
            _ => f.write_str(" are missing, rotation would fail."),
        }
    }
}
