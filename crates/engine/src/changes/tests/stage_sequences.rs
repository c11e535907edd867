//! Whatever is done in whatever order, the labels are afterwards what the preview had shown.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use latchkey_domain::change::{ApplyChanges, ItemOutcome};
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS};
use latchkey_domain::writes::{PlanId, StageChange};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use crate::testing::changes::PlanStages;
use crate::testing::moto::Moto;
use crate::testing::wire::RealVault;
use crate::testing::{Bench, scope};

const LABELS: [&str; 5] = [CURRENT, PREVIOUS, PENDING, "LIVE", "KEPT"];

/// One thing that somebody does; versions and labels by their place.
#[derive(Debug, Clone)]
enum Action {
    Put { pending: bool },
    Rollback { version: usize, detach: bool, keep: bool },
    Attach { label: usize, version: usize },
    Move { label: usize, version: usize },
    Remove { label: usize },
    Undo,
}

fn action() -> impl Strategy<Value = Action> {
    let (version, label) = (0..6usize, 0..LABELS.len());
    prop_oneof![
        2 => any::<bool>().prop_map(|pending| Action::Put { pending }),
        4 => (version.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(version, detach, keep)| Action::Rollback { version, detach, keep }),
        2 => (label.clone(), version.clone()).prop_map(|(label, version)| Action::Attach { label, version }),
        3 => (label.clone(), version).prop_map(|(label, version)| Action::Move { label, version }),
        2 => label.prop_map(|label| Action::Remove { label }),
        2 => Just(Action::Undo),
    ]
}

/// A Secrets Manager with an engine and with somebody else on it.
struct Place {
    bench: Bench,
    client: Client,
    /// Whether a put moves AWSCURRENT as AWS does, also after AWSCURRENT was moved by hand.
    puts_current: bool,
}

#[test]
fn every_preview_equals_what_the_vault_then_shows() {
    hold(|vault| async move {
        let (bench, client) = (vault.engine().await, vault.client());
        Place { bench, client, puts_current: true }
    });
}

/// Moves of labels agree with AWS's behaviour as it was recorded. A put to AWSCURRENT does not: the server demotes the
/// version that was put last, not the one that is current, so that others put to AWSPENDING only.
#[test]
fn every_preview_equals_what_an_independent_server_then_shows() {
    let moto = Moto::start();
    hold(|vault| {
        let endpoint_url = moto.endpoint_url.clone();
        async move {
            let bench = vault.engine_through(&endpoint_url).await;
            Place { bench, client: vault.client_at(&endpoint_url), puts_current: false }
        }
    });
}

fn hold<F: Future<Output = Place>>(open: impl FnOnce(Arc<RealVault>) -> F) {
    let cases = std::env::var("LATCHKEY_SEQUENCES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let vault = runtime.block_on(RealVault::start());
    let place = runtime.block_on(open(vault.clone()));
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(&vec(action(), 1..10), |actions| {
        runtime.block_on(run(&place, actions));
        Ok(())
    });
    ran.unwrap();
}

async fn run(place: &Place, actions: Vec<Action>) {
    let bench = &place.bench;
    let name = Uuid::new_v4().to_string();
    let made = bench.create(&name, "fake").await;
    let arn = made.summary.arn.as_str();
    let mut versions = vec![made.version_map.holder(CURRENT).unwrap().to_owned()];
    let mut last = None;
    for action in actions {
        let Some(change) = change(&action, &versions, last.as_ref()) else {
            if let Action::Put { pending } = action {
                versions.push(put(&place.client, arn, pending || !place.puts_current).await);
            }
            continue;
        };
        let keep_under = matches!(action, Action::Rollback { keep: true, .. }).then(|| "SPARE".to_owned());
        let request = PlanStages { scope: scope(), secret_id: arn.to_owned(), change, keep_under };
        let Ok(preview) = bench.plan_stages(request).await else { continue };
        last = Some(preview.plan_id.clone());
        let request = ApplyChanges {
            plan_id: preview.plan_id.clone(),
            typed: Some(name.clone()),
            acknowledged: true,
            is_reviewed: true,
        };
        let applied = bench.apply(request).await.unwrap();
        assert_eq!(applied.outcome, ItemOutcome::Done, "{action:?} on {:?}", preview.before);
        let map = &applied.detail.as_ref().unwrap().version_map;
        assert!(map.same_as(&preview.after), "{action:?}: {:?} became {map:?}", preview.before);
    }
}

fn change(action: &Action, versions: &[String], last: Option<&PlanId>) -> Option<StageChange> {
    let version_id = |place: usize| versions[place % versions.len()].clone();
    let label = |place: usize| LABELS[place].to_owned();
    match *action {
        Action::Put { .. } => None,
        Action::Rollback { version, detach, .. } => {
            Some(StageChange::Rollback { version_id: version_id(version), detach_pending: detach })
        }
        Action::Attach { label: place, version } => {
            Some(StageChange::Attach { label: label(place), version_id: version_id(version) })
        }
        Action::Move { label: place, version } => {
            Some(StageChange::Move { label: label(place), version_id: version_id(version) })
        }
        Action::Remove { label: place } => Some(StageChange::Remove { label: label(place) }),
        Action::Undo => last.map(|plan_id| StageChange::Undo { plan_id: plan_id.clone() }),
    }
}

async fn put(client: &Client, arn: &str, pending: bool) -> String {
    let version_id = Uuid::new_v4().to_string();
    let label = if pending { PENDING } else { CURRENT };
    let put = client.put_secret_value().secret_id(arn).client_request_token(&version_id);
    put.version_stages(label).secret_string("fake").send().await.unwrap();
    version_id
}
