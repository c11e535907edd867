//! The search box over a full Region: 500,000 secrets filtered, and the query read from its text.
//!
//! `cargo bench -p latchkey-domain --bench filter`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use latchkey_domain::filter::{Matcher, Query};
use latchkey_domain::secret::{SecretSummary, Tag};

const SECRETS: usize = 500_000;

/// A made-up inventory: paths of environment, team and service, two tags each, a description on most.
fn inventory() -> Vec<SecretSummary> {
    let environments = ["prod", "staging", "test", "dev"];
    let teams = ["payments", "identity", "search", "billing", "webShop", "dataPlatform", "mobile"];
    let kinds = ["database", "api-key", "sessionKey", "OAuthClient", "smtp", "tls-certificate"];
    (0..SECRETS)
        .map(|n| {
            let pick = |words: &[&'static str], step: usize| words[n / step % words.len()];
            let (environment, team, kind) = (pick(&environments, 1), pick(&teams, 4), pick(&kinds, 28));
            SecretSummary {
                arn: format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:sample-{n:06}"),
                name: format!("{environment}/{team}/{kind}-{n}"),
                description: (n % 10 > 0)
                    .then(|| format!("The {kind} of {team} in {environment}, rotated by the platform team")),
                tags: vec![
                    Tag { key: "team".into(), value: team.into() },
                    Tag { key: "cost-centre".into(), value: format!("CC{}", n % 97) },
                ],
                owning_service: (n % 20 == 0).then(|| "rds".into()),
                primary_region: (n % 15 == 0).then(|| "eu-central-1".into()),
                ..SecretSummary::default()
            }
        })
        .collect()
}

fn matching(c: &mut Criterion) {
    let secrets = inventory();
    let mut group = c.benchmark_group("500,000 secrets");
    group.throughput(Throughput::Elements(SECRETS as u64)).sample_size(20);
    for line in [
        "name:prod/payments/",
        "description:data,api",
        "tag-key:team tag-value:pay",
        "owning-service:RDS",
        "payments",
        "prod shop database",
        "nothingLikeThis",
        "!staging",
        "name:prod/ tag-key:team !certificate",
    ] {
        let filters = Query::parse(line).filters();
        group.bench_function(line, |b| {
            b.iter(|| {
                let matcher = Matcher::new(black_box(&filters));
                secrets.iter().filter(|secret| matcher.matches(*secret)).count()
            });
        });
    }
    group.finish();
}

fn reading(c: &mut Criterion) {
    let line = r#"name:prod/ tag-key:team,!legacy description:"old one" database !staging"#;
    c.bench_function("query from its text", |b| b.iter(|| Query::parse(black_box(line))));
}

criterion_group!(benches, matching, reading);
criterion_main!(benches);
