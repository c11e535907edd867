//! The structures of the user guide, recognised and checked by their keys.
#![allow(clippy::unwrap_used)]

use latchkey_domain::document::JsonKind;
use latchkey_domain::template::{Finding, Missing, Need, Strategy, Template};

fn keys(template: Template) -> Vec<&'static str> {
    template.fields().iter().map(|field| field.key).collect()
}

fn required(template: Template) -> Vec<&'static str> {
    template.fields().iter().filter(|field| field.need == Need::Required).map(|field| field.key).collect()
}

fn default_of(template: Template, key: &str) -> Option<&'static str> {
    template.fields().iter().find(|field| field.key == key).unwrap().default
}

#[test]
fn every_structure_is_recognised_from_its_own_keys_and_misses_none() {
    for template in Template::ALL {
        let engine = template.engines().first().copied();
        assert_eq!(Template::recognise(&keys(template), engine), Some(template), "{}", template.title());
        for strategy in [Strategy::SingleUser, Strategy::AlternatingUsers] {
            assert_eq!(template.check(&keys(template), strategy), [], "{}", template.title());
        }
        assert_eq!(template.check(&required(template), Strategy::SingleUser), []);
        let told: Vec<_> = template.check(&[], Strategy::SingleUser).into_iter().map(|m| m.key).collect();
        assert_eq!(told, required(template), "without any key all required ones are missing");
    }
}

#[test]
fn the_required_keys_are_those_of_the_guide() {
    let relational = ["engine", "host", "username", "password"];
    for template in [
        Template::MariaDb,
        Template::MySql,
        Template::PostgreSql,
        Template::SqlServer,
        Template::Redshift,
        Template::RedshiftServerless,
        Template::DocumentDb,
    ] {
        assert_eq!(required(template), relational, "{}", template.title());
    }
    assert_eq!(required(Template::Oracle), ["engine", "host", "username", "password", "dbname"]);
    assert_eq!(required(Template::Db2), ["engine", "host", "username", "password", "masterarn"]);
    assert_eq!(required(Template::InfluxDb), ["engine", "username", "password", "dbIdentifier"]);
    assert_eq!(required(Template::ElastiCache), ["password", "username", "user_arn"]);
    assert_eq!(
        required(Template::ActiveDirectory),
        ["awsSeamlessDomainDirectoryId", "awsSeamlessDomainUsername", "awsSeamlessDomainPassword"]
    );
    assert_eq!(
        required(Template::ActiveDirectoryKeytab),
        ["awsSeamlessDomainDirectoryId", "name", "principals", "keytabContents", "parentSecretArn"]
    );
}

#[test]
fn the_defaults_are_those_of_the_guide() {
    let ports = [
        (Template::Db2, "50000"),
        (Template::MariaDb, "3306"),
        (Template::MySql, "3306"),
        (Template::Oracle, "1521"),
        (Template::PostgreSql, "5432"),
        (Template::SqlServer, "1433"),
        (Template::Redshift, "5439"),
        (Template::RedshiftServerless, "5439"),
        (Template::DocumentDb, "27017"),
    ];
    for (template, port) in ports {
        assert_eq!(default_of(template, "port"), Some(port), "{}", template.title());
        assert_eq!(default_of(template, "engine"), template.engines().first().copied());
    }
    assert_eq!(default_of(Template::PostgreSql, "dbname"), Some("postgres"));
    assert_eq!(default_of(Template::SqlServer, "dbname"), Some("master"));
    assert_eq!(default_of(Template::DocumentDb, "ssl"), Some("false"));
}

#[test]
fn every_default_is_of_the_kind_of_its_field() {
    for field in Template::ALL.into_iter().flat_map(Template::fields) {
        if let (Some(default), false) = (field.default, field.kind == JsonKind::String) {
            let document = latchkey_domain::document::Document::parse(default).expect(field.key);
            assert_eq!(document.root().kind(), field.kind, "{}", field.key);
        }
    }
}

#[test]
fn the_engine_decides_and_keys_only_where_there_is_none() {
    let common = ["engine", "host", "username", "password"];
    assert_eq!(Template::recognise(&common, Some("aurora-postgresql")), Some(Template::PostgreSql));
    assert_eq!(Template::recognise(&common, Some("sqlserver-ex")), Some(Template::SqlServer));
    assert_eq!(
        Template::recognise(&common, Some("mysqlite")),
        None,
        "a name that only begins alike is another"
    );
    assert_eq!(Template::recognise(&common, None), None, "host, username and password may be anything");
    assert_eq!(
        Template::recognise(&["engine", "namespaceName"], Some("redshift")),
        Some(Template::RedshiftServerless)
    );
    assert_eq!(Template::recognise(&["user_arn", "username"], None), Some(Template::ElastiCache));
}

#[test]
fn a_missing_key_is_told_in_a_sentence() {
    let finding = |keys: &[&str], managed| {
        Finding::of(keys, Some("mysql"), Strategy::SingleUser, managed).unwrap().to_string()
    };
    assert_eq!(
        finding(&["engine", "username", "password"], false),
        "This looks like a MySQL secret; host is missing, rotation would fail."
    );
    assert_eq!(
        finding(&["engine", "Host", "password"], false),
        "This looks like a MySQL secret; host (written Host; keys are case-sensitive), username are missing, rotation \
         would fail."
    );
    assert_eq!(
        finding(&["engine", "host", "username", "password"], false),
        "This looks like a MySQL secret."
    );
    assert_eq!(
        finding(&["engine", "password"], true),
        "This looks like a MySQL secret.",
        "a service that manages a secret keeps in it what it likes"
    );
    let oracle = Finding::of(&["engine"], Some("oracle"), Strategy::SingleUser, true).unwrap();
    assert!(oracle.to_string().starts_with("This looks like an Oracle"));
}

#[test]
fn a_database_without_its_engine_is_known_by_its_other_keys() {
    let finding = |keys: &[&str]| Finding::of(keys, None, Strategy::SingleUser, false);
    let found = finding(&["host", "username", "password", "port", "dbInstanceIdentifier"]).unwrap();
    assert_eq!(found.template, None, "no key tells which engine it is");
    assert_eq!(
        found.to_string(),
        "This looks like a database secret; engine is missing, rotation would fail."
    );
    let found = finding(&["Engine", "host", "username", "password", "dbname"]).unwrap();
    assert!(
        found.to_string().contains("engine (written Engine; keys are case-sensitive) is missing"),
        "{found}"
    );
    let serverless = finding(&["username", "password", "namespaceName"]).unwrap();
    assert_eq!(serverless.template, Some(Template::RedshiftServerless));
    assert_eq!(finding(&["host", "port", "username", "password"]), None, "a mail server has these too");
    assert_eq!(finding(&["dbname"]), None, "nobody rotates it");
    let managed = Finding::of(&["username", "password", "dbname"], None, Strategy::SingleUser, true).unwrap();
    assert_eq!(managed.missing, [], "a service that manages a secret keeps in it what it likes");
    let unknown = Finding::of(
        &["engine", "username", "password", "dbname"],
        Some("cassandra"),
        Strategy::SingleUser,
        false,
    );
    assert_eq!(unknown, None, "another engine is no slip");
}

#[test]
fn alternating_users_need_the_secret_of_a_superuser() {
    let keys = ["engine", "host", "username", "password"];
    let missing = Template::PostgreSql.check(&keys, Strategy::AlternatingUsers);
    assert_eq!(missing, [Missing { key: "masterarn".into(), written_as: None }]);
}

#[test]
fn generated_passwords_leave_out_what_an_engine_does_not_take() {
    for template in Template::ALL {
        let rules = template.password_rules();
        assert!(rules.min_length <= rules.max_length);
        assert!(rules.excluded.chars().all(|c| c.is_ascii_punctuation()), "GetRandomPassword has ASCII only");
    }
    assert!(Template::Oracle.password_rules().excluded.contains('&'));
    assert_eq!(
        Template::Oracle.password_rules().max_length,
        30,
        "GetRandomPassword's 32 are too many for Oracle"
    );
    let elasticache = Template::ElastiCache.password_rules().excluded;
    let taken: String = (33u8..127)
        .map(char::from)
        .filter(|c| c.is_ascii_punctuation() && !elasticache.contains(*c))
        .collect();
    assert_eq!(taken, "!#$&-<>^");
}
