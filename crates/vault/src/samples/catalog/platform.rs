//! What the platform needs: secrets managed by AWS services, shared tokens, and what is seldom.

use super::{Content, PLAIN, Sample, version};

pub const SAMPLES: &[Sample] = &[
    Sample {
        name: "prod/chat/incident-webhook",
        description: "Posts to the incident channel 🚨 (see the runbook 📖)",
        tags: &[("environment", "prod"), ("team", "team-sre")],
        versions: &[version(
            Content::Text("https://hooks.example.com/fake/webhook/url"),
            &["AWSCURRENT"],
            45,
        )],
        age_days: 45,
        accessed_days_ago: Some(1),
        ..PLAIN
    },
    Sample {
        name: "prod/sre/on-call-api-key",
        description: "Key of the paging service",
        tags: &[("environment", "prod"), ("team", "team-sre")],
        versions: &[version(Content::Text("fake-paging-key"), &["AWSCURRENT"], 18)],
        age_days: 18,
        accessed_days_ago: Some(2),
        ..PLAIN
    },
    Sample {
        name: "shared/npm-read-token",
        description: "Read-only token of the package mirror",
        tags: &[("team", "team-platform")],
        versions: &[version(Content::Text("fake-npm-token"), &["AWSCURRENT"], 110)],
        age_days: 110,
        accessed_days_ago: Some(1),
        ..PLAIN
    },
    Sample {
        name: "shared/container-registry",
        description: "Pulls images",
        tags: &[("team", "team-platform")],
        versions: &[version(
            Content::Text(r#"{"username": "puller", "password": "fake-registry-password"}"#),
            &["AWSCURRENT"],
            75,
        )],
        age_days: 75,
        accessed_days_ago: Some(1),
        ..PLAIN
    },
    Sample {
        name: "shared/licence/report-designer",
        versions: &[version(Content::Text("FAKE-LICENCE-0000-0000-0000"), &["AWSCURRENT"], 600)],
        age_days: 600,
        ..PLAIN
    },
    Sample {
        name: "shared/signing/release-key-2019",
        description: "Signed releases until 2021; kept to verify old ones",
        tags: &[("team", "team-platform"), ("state", "retired")],
        versions: &[version(Content::Text("fake-release-signing-key"), &["AWSCURRENT"], 1500)],
        age_days: 1500,
        accessed_days_ago: Some(700),
        ..PLAIN
    },
    Sample {
        name: "dev/payments/card-gateway",
        description: "Sandbox of the card gateway",
        tags: &[("environment", "dev"), ("team", "team-payments")],
        versions: &[version(
            Content::Text(r#"{"merchant_id": 1, "api_key": "fake-gateway-key-dev", "sandbox": true}"#),
            &["AWSCURRENT"],
            5,
        )],
        age_days: 130,
        ..PLAIN
    },
    Sample {
        name: "dev/web/feature-flags",
        description: "Server key of the flag service",
        tags: &[("environment", "dev"), ("team", "team-web")],
        versions: &[
            version(Content::Text("fake-flag-key-dev-1"), &["AWSPREVIOUS"], 9),
            version(Content::Text("fake-flag-key-dev-2"), &["AWSCURRENT", "blue"], 2),
        ],
        age_days: 60,
        accessed_days_ago: Some(2),
        ..PLAIN
    },
    Sample {
        name: "dev/ana/scratch",
        tags: &[("owner", "ana")],
        versions: &[version(
            Content::Text("fake text with a tab\t, quotes \" ' and umlauts äöü"),
            &["AWSCURRENT"],
            1,
        )],
        age_days: 1,
        ..PLAIN
    },
    Sample {
        name: "dev/ben/empty",
        description: "Made without a value",
        tags: &[("owner", "ben")],
        age_days: 4,
        ..PLAIN
    },
    Sample {
        name: "ci/deploy-role-external-id",
        description: "External id of the deployment role",
        tags: &[("team", "team-platform")],
        versions: &[version(Content::Text("fake-external-id"), &["AWSCURRENT"], 220)],
        age_days: 220,
        accessed_days_ago: Some(0),
        ..PLAIN
    },
    Sample {
        name: "ci/coverage-upload-token",
        tags: &[("team", "team-platform")],
        versions: &[version(Content::Text("fake-coverage-token"), &["AWSCURRENT"], 95)],
        age_days: 95,
        accessed_days_ago: Some(0),
        ..PLAIN
    },
    Sample {
        name: "ml/model-registry",
        description: "Reads models",
        tags: &[("team", "team-ml"), ("environment", "prod")],
        versions: &[version(
            Content::Text(
                r#"{"endpoint": "https://models.example.internal", "token": "fake-model-token", "ttl": 3600}"#,
            ),
            &["AWSCURRENT"],
            21,
        )],
        age_days: 21,
        accessed_days_ago: Some(3),
        ..PLAIN
    },
];
