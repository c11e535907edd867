//! What the applications need: keys, tokens, certificates, binary stores.

use super::{Content, PLAIN, Sample, version};

pub const SAMPLES: &[Sample] = &[
    Sample {
        name: "prod/payments/card-gateway",
        description: "Key of the card gateway",
        tags: &[("environment", "prod"), ("team", "team-payments"), ("pci", "true")],
        versions: &[version(
            Content::Text(
                r#"{"merchant_id": 100200300, "api_key": "fake-gateway-key-prod", "timeout_seconds": 2.5, "sandbox": false}"#,
            ),
            &["AWSCURRENT"],
            30,
        )],
        age_days: 400,
        accessed_days_ago: Some(2),
        ..PLAIN
    },
    Sample {
        name: "prod/web/session-key",
        description: "Signs the session cookies",
        tags: &[("environment", "prod"), ("team", "team-web")],
        versions: &[
            version(Content::Text("fake-session-key-prod-previous"), &["AWSPREVIOUS"], 40),
            version(Content::Text("fake-session-key-prod-current"), &["AWSCURRENT"], 10),
        ],
        age_days: 380,
        accessed_days_ago: Some(1),
        ..PLAIN
    },
    Sample {
        name: "prod/search/api-token",
        tags: &[("environment", "prod"), ("team", "team-search")],
        versions: &[version(Content::Text("fake-search-token-prod"), &["AWSCURRENT"], 90)],
        age_days: 90,
        ..PLAIN
    },
    Sample {
        name: "staging/payments/card-gateway",
        description: "Key of the card gateway",
        tags: &[("environment", "staging"), ("team", "team-payments"), ("pci", "true")],
        versions: &[version(
            Content::Text(
                r#"{"merchant_id": 100200300, "api_key": "fake-gateway-key-staging", "timeout_seconds": 2.5, "sandbox": true}"#,
            ),
            &["AWSCURRENT"],
            30,
        )],
        age_days: 280,
        accessed_days_ago: Some(2),
        ..PLAIN
    },
    Sample {
        name: "staging/web/session-key",
        description: "Signs the session cookies",
        tags: &[("environment", "staging"), ("team", "team-web")],
        versions: &[
            version(Content::Text("fake-session-key-staging-previous"), &["AWSPREVIOUS"], 40),
            version(Content::Text("fake-session-key-staging-current"), &["AWSCURRENT"], 10),
        ],
        age_days: 260,
        accessed_days_ago: Some(4),
        ..PLAIN
    },
    Sample {
        name: "staging/search/api-token",
        tags: &[("environment", "staging"), ("team", "team-search")],
        versions: &[version(Content::Text("fake-search-token-staging"), &["AWSCURRENT"], 90)],
        age_days: 90,
        ..PLAIN
    },
    Sample {
        name: "prod/web/oauth-clients",
        description: "OAuth clients by provider",
        tags: &[("environment", "prod"), ("team", "team-web")],
        versions: &[version(
            Content::Text(
                r#"{"note": "every value here is fake", "providers": {"example": {"client_id": "fake-client", "client_secret": "fake-client-secret", "scopes": ["openid", "email"]}, "sample": {"client_id": "fake-client-2", "client_secret": null}}, "retries": 3, "enabled": true}"#,
            ),
            &["AWSCURRENT"],
            25,
        )],
        age_days: 250,
        accessed_days_ago: Some(6),
        ..PLAIN
    },
    Sample {
        name: "prod/web/tls-key",
        description: "Private key of www.example.com; a fake",
        tags: &[("environment", "prod"), ("team", "team-web"), ("kind", "certificate")],
        versions: &[version(
            Content::Text(
                "-----BEGIN FAKE PRIVATE KEY-----\nVGhpcyBpcyBub3QgYSBrZXkuIEl0IGlzIGZha2Uu\n-----END FAKE PRIVATE KEY-----\n",
            ),
            &["AWSCURRENT"],
            80,
        )],
        age_days: 80,
        accessed_days_ago: Some(1),
        ..PLAIN
    },
    Sample {
        name: "prod/data/keystore",
        description: "Java keystore of the loader",
        tags: &[("environment", "prod"), ("team", "team-data"), ("kind", "keystore")],
        versions: &[version(
            Content::Binary(b"\xfe\xed\xfe\xed\x00\x00\x00\x02FAKE KEYSTORE\x00\x01\x02\x03\xff"),
            &["AWSCURRENT"],
            70,
        )],
        age_days: 70,
        accessed_days_ago: Some(9),
        ..PLAIN
    },
    Sample {
        name: "dev/data/sample-blob",
        description: "Bytes that are no text",
        tags: &[("environment", "dev")],
        versions: &[version(Content::Binary(b"\x00\x01FAKE\xff\xfe\x00bytes"), &["AWSCURRENT"], 15)],
        age_days: 15,
        ..PLAIN
    },
    Sample {
        name: "rds!cluster-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        description: "Secret managed by Amazon RDS for the cluster orders",
        tags: &[
            ("aws:rds:primaryDBClusterArn", "arn:aws:rds:us-east-1:123456789012:cluster:orders"),
            ("aws:secretsmanager:owningService", "rds"),
        ],
        versions: &[
            version(
                Content::Text(r#"{"username": "admin", "password": "fake-rds-password-old"}"#),
                &["AWSPREVIOUS"],
                14,
            ),
            version(
                Content::Text(r#"{"username": "admin", "password": "fake-rds-password"}"#),
                &["AWSCURRENT", "AWSPENDING"],
                7,
            ),
        ],
        age_days: 150,
        accessed_days_ago: Some(1),
        owning_service: Some("rds"),
        ..PLAIN
    },
    Sample {
        name: "events!connection/partner-orders/0a1b2c3d",
        description: "Managed by EventBridge for a connection",
        versions: &[version(
            Content::Text(r#"{"api_key_name": "x-api-key", "api_key_value": "fake-events-key"}"#),
            &["AWSCURRENT"],
            50,
        )],
        age_days: 50,
        accessed_days_ago: Some(3),
        owning_service: Some("events"),
        ..PLAIN
    },
    Sample {
        name: "staging/legacy/ftp-account",
        description: "Replaced by the new importer",
        tags: &[("environment", "staging"), ("team", "team-data")],
        versions: &[version(
            Content::Text("ftp://fake-user:fake-password@ftp.example.internal"),
            &["AWSCURRENT"],
            380,
        )],
        age_days: 380,
        accessed_days_ago: Some(200),
        is_being_deleted: true,
        ..PLAIN
    },
    Sample {
        name: "prod/data/reporting/warehouse/eu-central-1/nightly-export/customer-orders/read-only-replica/service-account-of-the-exporter",
        description: "A name as long as paths get when every folder is in it",
        tags: &[("environment", "prod"), ("team", "team-data")],
        versions: &[version(
            Content::Text(r#"{"user": "exporter", "password": "fake-exporter-password"}"#),
            &["AWSCURRENT"],
            33,
        )],
        age_days: 33,
        accessed_days_ago: Some(5),
        ..PLAIN
    },
];
