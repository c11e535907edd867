//! The rotation functions that AWS publishes as templates, with the keys that each needs in the value.
//!
//! The source is the user guide, "Rotation function templates".

use serde::{Deserialize, Serialize};

use crate::scope::Scope;
use crate::template::{Field, Finding, Strategy, Template};

/// A function that AWS publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionTemplate {
    /// As in the user guide and in its repository.
    pub name: &'static str,
    pub structure: Template,
    pub strategy: Strategy,
}

const fn single(name: &'static str, structure: Template) -> FunctionTemplate {
    FunctionTemplate { name, structure, strategy: Strategy::SingleUser }
}

const fn alternating(name: &'static str, structure: Template) -> FunctionTemplate {
    FunctionTemplate { name, structure, strategy: Strategy::AlternatingUsers }
}

/// In the order of the user guide. The general one, SecretsManagerRotationTemplate, is not here: it needs no key.
pub const FUNCTION_TEMPLATES: [FunctionTemplate; 21] = [
    single("SecretsManagerRDSDb2RotationSingleUser", Template::Db2),
    alternating("SecretsManagerRDSDb2RotationMultiUser", Template::Db2),
    single("SecretsManagerRDSMariaDBRotationSingleUser", Template::MariaDb),
    alternating("SecretsManagerRDSMariaDBRotationMultiUser", Template::MariaDb),
    single("SecretsManagerRDSMySQLRotationSingleUser", Template::MySql),
    alternating("SecretsManagerRDSMySQLRotationMultiUser", Template::MySql),
    single("SecretsManagerRDSOracleRotationSingleUser", Template::Oracle),
    alternating("SecretsManagerRDSOracleRotationMultiUser", Template::Oracle),
    single("SecretsManagerRDSPostgreSQLRotationSingleUser", Template::PostgreSql),
    alternating("SecretsManagerRDSPostgreSQLRotationMultiUser", Template::PostgreSql),
    single("SecretsManagerRDSSQLServerRotationSingleUser", Template::SqlServer),
    alternating("SecretsManagerRDSSQLServerRotationMultiUser", Template::SqlServer),
    single("SecretsManagerMongoDBRotationSingleUser", Template::DocumentDb),
    alternating("SecretsManagerMongoDBRotationMultiUser", Template::DocumentDb),
    single("SecretsManagerRedshiftRotationSingleUser", Template::Redshift),
    alternating("SecretsManagerRedshiftRotationMultiUser", Template::Redshift),
    single("SecretsManagerInfluxDBRotationSingleUser", Template::InfluxDb),
    alternating("SecretsManagerInfluxDBRotationMultiUser", Template::InfluxDb),
    single("SecretsManagerElasticacheUserRotation", Template::ElastiCache),
    single("SecretsManagerActiveDirectoryRotationSingleUser", Template::ActiveDirectory),
    single("SecretsManagerActiveDirectoryAndKeytabRotationSingleUser", Template::ActiveDirectoryKeytab),
];

impl FunctionTemplate {
    /// The template of this name; it may be a part of the name of a function, as people name theirs after it.
    pub fn named(name: &str) -> Option<&'static Self> {
        FUNCTION_TEMPLATES.iter().find(|template| name.contains(template.name))
    }

    /// The template that fits a structure, with one user.
    pub fn for_structure(structure: Template) -> Option<&'static Self> {
        // Serverless differs in what AWS's console needs, not in the function.
        let structure =
            if structure == Template::RedshiftServerless { Template::Redshift } else { structure };
        FUNCTION_TEMPLATES.iter().find(|template| template.structure == structure)
    }

    /// "PostgreSQL, alternating users".
    pub fn title(&self) -> String {
        let title = self.structure.title();
        let has_both =
            FUNCTION_TEMPLATES.iter().filter(|other| other.structure == self.structure).count() > 1;
        match (has_both, self.strategy) {
            (false, _) => title.to_owned(),
            (true, Strategy::SingleUser) => format!("{title}, single user"),
            (true, Strategy::AlternatingUsers) => format!("{title}, alternating users"),
        }
    }

    /// The keys without which it fails.
    pub fn needed(&self) -> impl Iterator<Item = &'static Field> {
        self.structure.needed(self.strategy)
    }

    /// What these keys lack.
    pub fn check(&self, keys: &[String]) -> Finding {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        Finding { template: Some(self.structure), missing: self.structure.check(&keys, self.strategy) }
    }
}

/// Reads the value with AWSCURRENT, on a person's click, and tells its keys alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListKeys {
    pub scope: Scope,
    pub secret_id: String,
}

/// The keys of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretKeys {
    /// The version that was read.
    pub version_id: String,
    /// None if the value is no JSON object.
    pub keys: Option<Vec<String>>,
    /// The structure that the keys, and the value of `engine`, belong to.
    pub recognised: Option<Template>,
}
