//! Database credentials of every service in every environment.

use super::{Content, PLAIN, Sample, version};

pub const SAMPLES: &[Sample] = &[
    Sample {
        name: "prod/payments/database",
        description: "Credentials of the payments database in prod",
        tags: &[("environment", "prod"), ("team", "team-payments"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "pay-db.prod.example.internal", "port": 5432, "dbname": "payments", "username": "payments_app", "password": "fake-prod-payments-password-0"}"#,
                ),
                &["before-migration"],
                120,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "pay-db.prod.example.internal", "port": 5432, "dbname": "payments", "username": "payments_app", "password": "fake-prod-payments-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "pay-db.prod.example.internal", "port": 5432, "dbname": "payments", "username": "payments_app", "password": "fake-prod-payments-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "pay-db.prod.example.internal", "port": 5432, "dbname": "payments", "username": "payments_app", "password": "fake-prod-payments-password-3"}"#,
                ),
                &["AWSPENDING"],
                0,
            ),
        ],
        age_days: 420,
        accessed_days_ago: Some(1),
        kms_key_id: Some("arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ..PLAIN
    },
    Sample {
        name: "prod/web/database",
        description: "Credentials of the web database in prod",
        tags: &[("environment", "prod"), ("team", "team-web"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "web-db.prod.example.internal", "port": 5432, "dbname": "web", "username": "web_app", "password": "fake-prod-web-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "web-db.prod.example.internal", "port": 5432, "dbname": "web", "username": "web_app", "password": "fake-prod-web-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
        ],
        age_days: 420,
        accessed_days_ago: Some(1),
        replica_regions: &["eu-central-1", "us-west-2"],
        ..PLAIN
    },
    Sample {
        name: "prod/search/database",
        description: "Credentials of the search database in prod",
        tags: &[("environment", "prod"), ("team", "team-search"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "search-db.prod.example.internal", "port": 5432, "dbname": "search", "username": "search_app", "password": "fake-prod-search-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "search-db.prod.example.internal", "port": 5432, "dbname": "search", "username": "search_app", "password": "fake-prod-search-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
        ],
        age_days: 420,
        accessed_days_ago: Some(1),
        ..PLAIN
    },
    Sample {
        name: "prod/data/database",
        description: "Credentials of the data database in prod",
        tags: &[("environment", "prod"), ("team", "team-data"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "warehouse.prod.example.internal", "port": 5432, "dbname": "data", "username": "data_app", "password": "fake-prod-data-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "warehouse.prod.example.internal", "port": 5432, "dbname": "data", "username": "data_app", "password": "fake-prod-data-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
        ],
        age_days: 420,
        accessed_days_ago: Some(1),
        ..PLAIN
    },
    Sample {
        name: "staging/payments/database",
        description: "Credentials of the payments database in staging",
        tags: &[("environment", "staging"), ("team", "team-payments"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "pay-db.staging.example.internal", "port": 5432, "dbname": "payments", "username": "payments_app", "password": "fake-staging-payments-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "pay-db.staging.example.internal", "port": 5432, "dbname": "payments", "username": "payments_app", "password": "fake-staging-payments-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
        ],
        age_days: 300,
        accessed_days_ago: Some(4),
        ..PLAIN
    },
    Sample {
        name: "staging/web/database",
        description: "Credentials of the web database in staging",
        tags: &[("environment", "staging"), ("team", "team-web"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "web-db.staging.example.internal", "port": 5432, "dbname": "web", "username": "web_app", "password": "fake-staging-web-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "web-db.staging.example.internal", "port": 5432, "dbname": "web", "username": "web_app", "password": "fake-staging-web-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
        ],
        age_days: 300,
        accessed_days_ago: Some(4),
        ..PLAIN
    },
    Sample {
        name: "staging/search/database",
        description: "Credentials of the search database in staging",
        tags: &[("environment", "staging"), ("team", "team-search"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "search-db.staging.example.internal", "port": 5432, "dbname": "search", "username": "search_app", "password": "fake-staging-search-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "search-db.staging.example.internal", "port": 5432, "dbname": "search", "username": "search_app", "password": "fake-staging-search-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
        ],
        age_days: 300,
        accessed_days_ago: Some(4),
        ..PLAIN
    },
    Sample {
        name: "staging/data/database",
        description: "Credentials of the data database in staging",
        tags: &[("environment", "staging"), ("team", "team-data"), ("kind", "database")],
        versions: &[
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "warehouse.staging.example.internal", "port": 5432, "dbname": "data", "username": "data_app", "password": "fake-staging-data-password-1"}"#,
                ),
                &["AWSPREVIOUS"],
                60,
            ),
            version(
                Content::Text(
                    r#"{"engine": "postgres", "host": "warehouse.staging.example.internal", "port": 5432, "dbname": "data", "username": "data_app", "password": "fake-staging-data-password-2"}"#,
                ),
                &["AWSCURRENT"],
                12,
            ),
        ],
        age_days: 300,
        accessed_days_ago: Some(4),
        ..PLAIN
    },
    Sample {
        name: "dev/payments/database",
        description: "Credentials of the payments database in dev",
        tags: &[("environment", "dev"), ("team", "team-payments"), ("kind", "database")],
        versions: &[version(
            Content::Text(
                r#"{"engine": "postgres", "host": "pay-db.dev.example.internal", "port": 5432, "dbname": "payments", "username": "payments_app", "password": "fake-dev-payments-password-2"}"#,
            ),
            &["AWSCURRENT"],
            12,
        )],
        age_days: 200,
        ..PLAIN
    },
    Sample {
        name: "dev/web/database",
        description: "Credentials of the web database in dev",
        tags: &[("environment", "dev"), ("team", "team-web"), ("kind", "database")],
        versions: &[version(
            Content::Text(
                r#"{"engine": "postgres", "host": "web-db.dev.example.internal", "port": 5432, "dbname": "web", "username": "web_app", "password": "fake-dev-web-password-2"}"#,
            ),
            &["AWSCURRENT"],
            12,
        )],
        age_days: 200,
        ..PLAIN
    },
    Sample {
        name: "dev/search/database",
        description: "Credentials of the search database in dev",
        tags: &[("environment", "dev"), ("team", "team-search"), ("kind", "database")],
        versions: &[version(
            Content::Text(
                r#"{"engine": "postgres", "host": "search-db.dev.example.internal", "port": 5432, "dbname": "search", "username": "search_app", "password": "fake-dev-search-password-2"}"#,
            ),
            &["AWSCURRENT"],
            12,
        )],
        age_days: 200,
        ..PLAIN
    },
    Sample {
        name: "dev/data/database",
        description: "Credentials of the data database in dev",
        tags: &[("environment", "dev"), ("team", "team-data"), ("kind", "database")],
        versions: &[version(
            Content::Text(
                r#"{"engine": "postgres", "host": "warehouse.dev.example.internal", "port": 5432, "dbname": "data", "username": "data_app", "password": "fake-dev-data-password-2"}"#,
            ),
            &["AWSCURRENT"],
            12,
        )],
        age_days: 200,
        ..PLAIN
    },
];
