//! The structures themselves, as data.

use super::Template;
use crate::document::JsonKind;

/// One key of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub key: &'static str,
    pub need: Need,
    pub kind: JsonKind,
    /// What a new secret starts with, and what the rotation function takes where the key is absent.
    pub default: Option<&'static str>,
    /// What belongs there.
    pub hint: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Rotation fails without it.
    Required,
    /// Rotation with alternating users fails without it.
    AlternatingUsers,
    /// AWS's console needs it to set rotation up; one of the two where an instance and a cluster are named.
    Console,
    Optional,
}

/// What a service accepts as a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// Characters that it, or its rotation function, does not take: for GetRandomPassword's ExcludeCharacters.
    pub excluded: &'static str,
    /// In characters.
    pub min_length: usize,
    /// In characters.
    pub max_length: usize,
}

const fn text(key: &'static str, need: Need, hint: &'static str) -> Field {
    Field { key, need, kind: JsonKind::String, default: None, hint }
}

const fn of_kind(
    key: &'static str,
    kind: JsonKind,
    default: Option<&'static str>,
    hint: &'static str,
) -> Field {
    Field { key, need: Need::Optional, kind, default, hint }
}

const fn engine(name: &'static str) -> Field {
    Field {
        key: "engine",
        need: Need::Required,
        kind: JsonKind::String,
        default: Some(name),
        hint: "Tells the rotation function which service it connects to",
    }
}

const fn database(need: Need, default: Option<&'static str>) -> Field {
    Field { key: "dbname", need, kind: JsonKind::String, default, hint: "Name of the database" }
}

const fn port(number: &'static str) -> Field {
    of_kind("port", JsonKind::Number, Some(number), "TCP port")
}

const HOST: Field = text("host", Need::Required, "Host name of the instance or cluster");
const USERNAME: Field = text("username", Need::Required, "Name of the database user");
const PASSWORD: Field = text("password", Need::Required, "Password of the user");
const SUPERUSER: Field =
    text("masterarn", Need::AlternatingUsers, "ARN of the secret of a superuser, for alternating users");
const INSTANCE: Field = text("dbInstanceIdentifier", Need::Console, "ID of the instance");
const CLUSTER: Field = text("dbClusterIdentifier", Need::Console, "ID of the cluster");
const DIRECTORY: Field =
    text("awsSeamlessDomainDirectoryId", Need::Required, "ID of the directory, such as d-12345abc6e");

/// The keys that rotation needs whatever the database.
pub(super) const DATABASE: [&str; 4] = ["engine", "host", "username", "password"];
/// Keys that nothing but a database has.
pub(super) const ONLY_IN_DATABASES: [&str; 5] =
    ["dbname", "dbInstanceIdentifier", "dbClusterIdentifier", "masterarn", "namespaceName"];

/// The structure of RDS and Aurora, which its engines share.
const fn relational(
    name: &'static str,
    dbname: Field,
    tcp_port: &'static str,
    superuser: Field,
) -> [Field; 9] {
    [engine(name), HOST, USERNAME, PASSWORD, dbname, port(tcp_port), superuser, INSTANCE, CLUSTER]
}

/// The guide gives 3306 for Db2 too; AWS's rotation function takes 50000, as Db2 does. Users of Db2 cannot change their
/// own passwords, so that an elevated secret is always needed.
static DB2: [Field; 9] = relational(
    "db2",
    database(Need::Optional, None),
    "50000",
    text("masterarn", Need::Required, "ARN of the secret of an administrator"),
);
static MARIADB: [Field; 9] = relational("mariadb", database(Need::Optional, None), "3306", SUPERUSER);
static MYSQL: [Field; 9] = relational("mysql", database(Need::Optional, None), "3306", SUPERUSER);
static ORACLE: [Field; 9] = relational("oracle", database(Need::Required, None), "1521", SUPERUSER);
static POSTGRESQL: [Field; 9] =
    relational("postgres", database(Need::Optional, Some("postgres")), "5432", SUPERUSER);
static SQL_SERVER: [Field; 9] =
    relational("sqlserver", database(Need::Optional, Some("master")), "1433", SUPERUSER);
static REDSHIFT: [Field; 8] = [
    engine("redshift"),
    HOST,
    USERNAME,
    PASSWORD,
    database(Need::Optional, None),
    CLUSTER,
    port("5439"),
    SUPERUSER,
];
static REDSHIFT_SERVERLESS: [Field; 8] = [
    engine("redshift"),
    HOST,
    USERNAME,
    PASSWORD,
    database(Need::Optional, None),
    text("namespaceName", Need::Console, "Name of the namespace"),
    port("5439"),
    SUPERUSER,
];
static DOCUMENTDB: [Field; 10] = [
    engine("mongo"),
    HOST,
    USERNAME,
    PASSWORD,
    database(Need::Optional, None),
    port("27017"),
    of_kind("ssl", JsonKind::Boolean, Some("false"), "Whether the connection is encrypted"),
    SUPERUSER,
    CLUSTER,
    INSTANCE,
];
/// The guide points to another guide; these are the keys of AWS's rotation function.
static INFLUXDB: [Field; 4] = [
    engine("timestream-influxdb"),
    USERNAME,
    PASSWORD,
    text("dbIdentifier", Need::Required, "ID of the DB instance or cluster"),
];
static ELASTICACHE: [Field; 3] =
    [PASSWORD, USERNAME, text("user_arn", Need::Required, "ARN of the ElastiCache user")];
static ACTIVE_DIRECTORY: [Field; 7] = [
    DIRECTORY,
    text("awsSeamlessDomainUsername", Need::Required, "Name of the directory user"),
    text("awsSeamlessDomainPassword", Need::Required, "Password of the user"),
    of_kind("directoryServiceSecretVersion", JsonKind::Number, None, "1, if keytab secrets belong to it"),
    of_kind("schemaVersion", JsonKind::String, None, "1.0, if keytab secrets belong to it"),
    of_kind("keytabArns", JsonKind::Array, None, "ARNs of the keytab secrets"),
    of_kind(
        "lastModifiedDateTime",
        JsonKind::String,
        None,
        "Such as 2021-07-19 17:06:58; rotation writes it",
    ),
];
static ACTIVE_DIRECTORY_KEYTAB: [Field; 8] = [
    DIRECTORY,
    of_kind("schemaVersion", JsonKind::String, Some("1.0"), "Version of this structure"),
    text("name", Need::Required, "Name of the keytab"),
    Field {
        key: "principals",
        need: Need::Required,
        kind: JsonKind::Array,
        default: Some("[]"),
        hint: "Principals of the keytab, such as aduser@MY.EXAMPLE.COM",
    },
    text("keytabContents", Need::Required, "The keytab, in base64"),
    text("parentSecretArn", Need::Required, "ARN of the secret of the user"),
    of_kind(
        "lastModifiedDateTime",
        JsonKind::String,
        None,
        "Such as 2021-07-19 17:06:58; rotation writes it",
    ),
    of_kind("version", JsonKind::Number, Some("1"), "Version of the keytab"),
];

pub(super) fn fields(template: Template) -> &'static [Field] {
    match template {
        Template::Db2 => &DB2,
        Template::MariaDb => &MARIADB,
        Template::MySql => &MYSQL,
        Template::Oracle => &ORACLE,
        Template::PostgreSql => &POSTGRESQL,
        Template::SqlServer => &SQL_SERVER,
        Template::Redshift => &REDSHIFT,
        Template::RedshiftServerless => &REDSHIFT_SERVERLESS,
        Template::DocumentDb => &DOCUMENTDB,
        Template::InfluxDb => &INFLUXDB,
        Template::ElastiCache => &ELASTICACHE,
        Template::ActiveDirectory => &ACTIVE_DIRECTORY,
        Template::ActiveDirectoryKeytab => &ACTIVE_DIRECTORY_KEYTAB,
    }
}

/// What AWS's services document for the passwords of their users, and what its rotation functions leave out by default.
pub(super) fn password_rules(template: Template) -> PasswordRules {
    let rules = |excluded, min_length, max_length| PasswordRules { excluded, min_length, max_length };
    match template {
        Template::Db2 => rules(":/@\"'\\;", 8, 255),
        Template::MariaDb | Template::MySql => rules(":/@\"'\\", 8, 41),
        Template::Oracle => rules(":/@\"'\\&", 8, 30),
        Template::PostgreSql | Template::SqlServer => rules(":/@\"'\\", 8, 128),
        Template::Redshift | Template::RedshiftServerless => rules(":/@\"'\\", 8, 64),
        Template::DocumentDb => rules(":/@\"'\\", 8, 100),
        Template::InfluxDb => rules("", 8, 64),
        // Of punctuation only ! & # $ ^ < > - are taken.
        Template::ElastiCache => rules("\"%'()*+,./:;=?@[\\]_`{|}~", 16, 128),
        Template::ActiveDirectory | Template::ActiveDirectoryKeytab => rules("/@\"'\\", 8, 127),
    }
}
