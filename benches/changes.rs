//! What a plan over many secrets costs against as many plans of one: tags of a thousand secrets of the vault, planned,
//! applied, journalled and described.
//!
//! `cargo bench -p latchkey --bench changes`

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use latchkey::{Surroundings, VaultPlace};
use latchkey_domain::change::{
    AnyChange, ApplyChanges, Change, ItemOutcome, NewSecret, PlanChanges, SecretChange,
};
use latchkey_domain::connection::ConnectionState;
use latchkey_domain::contract::ListConnections;
use latchkey_domain::scope::{ConnectionId, Region, Scope};
use latchkey_domain::secret::Tag;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::NewValue;
use latchkey_engine::{Engine, Environment, ProfileFiles, SystemClock};
use latchkey_vault::folders::Folders;
use tauri::Manager;
use tauri::async_runtime::block_on;

const SECRETS: usize = 1_000;

fn scope() -> Scope {
    Scope { connection: ConnectionId::local(), region: Region::from("us-east-1") }
}

/// Plans these changes and applies them; every one is done.
async fn change(engine: &Engine, changes: Vec<SecretChange>) {
    let plan = PlanChanges { scope: scope(), changes };
    let review = engine.answer(plan).await.expect("they can be planned");
    let request = ApplyChanges {
        plan_id: review.plan_id,
        typed: review.must_type,
        acknowledged: false,
        is_reviewed: true,
    };
    let applied = engine.answer(request).await.expect("they can be applied");
    assert!(applied.items.iter().all(|item| item.outcome == ItemOutcome::Done));
}

async fn secrets(engine: &Engine) -> Vec<String> {
    while engine.answer(ListConnections {}).await.expect("connections").list[0].state
        == ConnectionState::Opening
    {
        tokio::task::yield_now().await;
    }
    let mut arns = Vec::with_capacity(SECRETS);
    for at in 0..SECRETS {
        let secret = NewSecret {
            description: None,
            kms_key_id: None,
            value: NewValue::Text(SecretInput::new("fake")),
            tags: Vec::new(),
        };
        let request = PlanChanges::one(scope(), format!("fake/{at}"), AnyChange::Create(secret));
        let plan_id = engine.answer(request).await.expect("it can be made").plan_id;
        let request = ApplyChanges { plan_id, typed: None, acknowledged: false, is_reviewed: false };
        let applied = engine.answer(request).await.expect("the vault takes it");
        arns.extend(applied.items.into_iter().map(|item| item.secret_id));
    }
    arns
}

fn changes(c: &mut Criterion) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let surroundings = Surroundings {
        browser: None,
        identity_center_url: None,
        profiles: ProfileFiles::below(&home.path().join("aws")),
        environment: Environment::default(),
        folders: Folders::below(home.path()),
        vault: VaultPlace::Memory,
        clock: Arc::new(SystemClock),
        files: None,
        confirmation: None,
    };
    let builder = tauri::test::mock_builder();
    let app = latchkey::assemble(builder, latchkey::context(), surroundings).expect("the app");
    let engine = app.state::<Arc<Engine>>().inner().clone();
    let arns = block_on(secrets(&engine));
    let mut round = 0;
    // Another value each time, so that there is something to write.
    let mut next = || {
        round += 1;
        let tags = vec![Tag { key: "round".to_owned(), value: round.to_string() }];
        let change = Change::Tags { tags };
        arns.iter()
            .map(|arn| SecretChange { secret_id: arn.clone(), change: AnyChange::plain(change.clone()) })
            .collect::<Vec<_>>()
    };
    let mut group = c.benchmark_group(format!("tags of {SECRETS} secrets"));
    group.sample_size(10);
    group.bench_function("one plan", |bench| bench.iter(|| block_on(change(&engine, next()))));
    group.bench_function("a plan for each", |bench| {
        bench.iter(|| {
            block_on(async {
                for one in next() {
                    change(&engine, vec![one]).await;
                }
            });
        });
    });
    group.finish();
}

criterion_group!(benches, changes);
criterion_main!(benches);
