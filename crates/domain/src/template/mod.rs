//! The JSON structures that AWS's rotation functions expect, recognised, filled in and checked by their keys.
//!
//! The source is the user guide, "JSON structure of AWS Secrets Manager secrets"; where it is silent (InfluxDB) or copied
//! a slip (the port of Db2), AWS's published rotation functions count. Only keys and the value of `engine` are looked
//! at, never another value.

mod table;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use table::{Field, Need, PasswordRules};

use crate::document::Document;
use crate::value::JsonKind;

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
            // RDS names editions in its own answers: `db2-se`, `oracle-ee`, `sqlserver-ex`.
            Some(engine) => Self::ALL.into_iter().find(|template| {
                let edition =
                    |name: &str| engine.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
                template.engines().iter().any(|&name| engine == name || edition(name))
            }),
            None if has("keytabContents") => Some(Self::ActiveDirectoryKeytab),
            None if has("awsSeamlessDomainUsername") || has("awsSeamlessDomainPassword") => {
                Some(Self::ActiveDirectory)
            }
            None if has("user_arn") => Some(Self::ElastiCache),
            None if has("dbIdentifier") => Some(Self::InfluxDb),
            None => None,
        }
    }

    /// The keys that rotation needs and that are not there.
    pub fn check(self, keys: &[&str], strategy: Strategy) -> Vec<Missing> {
        let needed = self.fields().iter().filter(|field| {
            field.need == Need::Required
                || (field.need == Need::AlternatingUsers && strategy == Strategy::AlternatingUsers)
        });
        needed
            .filter(|field| !keys.contains(&field.key))
            .map(|field| Missing {
                key: field.key.to_owned(),
                written_as: keys
                    .iter()
                    .find(|key| key.eq_ignore_ascii_case(field.key))
                    .map(|&key| key.to_owned()),
            })
            .collect()
    }
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
    pub template: Template,
    pub missing: Vec<Missing>,
}

impl Finding {
    /// Looks at the keys of a secret. Nothing is found wrong with one that a service manages: the service rotates it, and
    /// keeps in it what it likes.
    pub fn of(keys: &[&str], engine: Option<&str>, strategy: Strategy, managed: bool) -> Option<Self> {
        let template = Template::recognise(keys, engine)?;
        let missing = if managed { Vec::new() } else { template.check(keys, strategy) };
        Some(Self { template, missing })
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
        let title = self.template.title();
        let article = if title.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
        write!(f, "This looks like {article} {title} secret")?;
        for (place, Missing { key, written_as }) in self.missing.iter().enumerate() {
            write!(f, "{} `{key}`", if place == 0 { ";" } else { "," })?;
            if let Some(other) = written_as {
                write!(f, " (written `{other}`; capitals count)")?;
            }
        }
        match self.missing.len() {
            0 => f.write_str("."),
            1 => f.write_str(" is missing, rotation would fail."),
            _ => f.write_str(" are missing, rotation would fail."),
        }
    }
}
