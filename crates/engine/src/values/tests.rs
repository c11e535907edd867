//! Values are read when they are asked for, once, and do not stay.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use latchkey_domain::Code;
use latchkey_domain::contract::{CloseValue, CompareVersions, CopyValue, OpenValue, RevealValue, Revealed};
use latchkey_domain::diff::{Change, Detail};
use latchkey_domain::document::{FieldShape, JsonKind};
use latchkey_domain::value::{Layout, Part, VersionRef};
use serde_json::{Value, json};

use crate::testing::{ARN, Bench, fault, ok, scope};

fn version() -> VersionRef {
    VersionRef { scope: scope(), secret_id: ARN.into(), version_id: "v-1".into() }
}

async fn bench_with(value: &'static str) -> Bench {
    Bench::new(move |operation, body| {
        assert_eq!(operation, "GetSecretValue", "nothing else is needed");
        assert_eq!(body["SecretId"], ARN, "the full ARN: a recreated name is another secret");
        assert_eq!(body["VersionId"], "v-1");
        assert_eq!(body.get("VersionStage"), None, "a label may have moved");
        ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-1", "SecretString": value,
                   "VersionStages": ["AWSCURRENT"], "CreatedDate": 1_700_000_000.5 }))
    })
    .await
}

#[tokio::test]
async fn opening_tells_the_masked_shape_and_reads_once() {
    let bench = bench_with(r#"{"user":"fake-user","port":5432,"user":"fake-second"}"#).await;
    let shape = bench.engine.open_value(OpenValue { version: version() }).await.unwrap();
    let field = |key: &str, kind| FieldShape { key: key.into(), kind };
    let fields =
        [field("user", JsonKind::String), field("port", JsonKind::Number), field("user", JsonKind::String)];
    assert_eq!(shape.layout, Layout::Fields(fields.into()));
    assert_eq!((shape.stages, shape.size_bytes), (vec!["AWSCURRENT".to_owned()], 53));
    let reveal = |part| bench.engine.reveal_value(RevealValue { version: version(), part });
    assert_eq!(reveal(Part::Field(2)).await.unwrap(), Revealed::Field("fake-second".into()));
    let all = ["fake-user", "5432", "fake-second"].map(str::to_owned);
    assert_eq!(reveal(Part::All).await.unwrap(), Revealed::Fields(all.into()));
    let error = reveal(Part::Field(3)).await.expect_err("there are three fields");
    assert_eq!(error.code, Code::Invalid("part".into()));
    bench.engine.open_value(OpenValue { version: version() }).await.unwrap();
    assert_eq!(bench.log.of("GetSecretValue").len(), 1, "an open version is not read again");
}

#[tokio::test]
async fn what_readers_get_is_read_without_a_version_where_none_is_known() {
    let bench = Bench::new(|_, body| {
        assert_eq!(
            (&body["SecretId"], body.get("VersionId"), body.get("VersionStage")),
            (&json!("prod/db"), None, None)
        );
        ok(json!({ "ARN": ARN, "Name": "prod/db", "VersionId": "v-7", "SecretString": "fake",
                   "VersionStages": ["AWSCURRENT"], "CreatedDate": 1_700_000_000.5 }))
    })
    .await;
    let version = VersionRef::current(scope(), "prod/db".into());
    let shape = bench.engine.open_value(OpenValue { version }).await.unwrap();
    assert_eq!(shape.version_id, "v-7", "the answer names it");
}

#[tokio::test]
async fn a_value_is_wiped_when_its_time_is_over_and_every_look_starts_it_anew() {
    let bench = bench_with("fake-text").await;
    let reads = || bench.log.of("GetSecretValue").len();
    let reveal = || bench.engine.reveal_value(RevealValue { version: version(), part: Part::All });
    assert_eq!(reveal().await.unwrap(), Revealed::Text("fake-text".into()));
    bench.clock.advance(59).await;
    reveal().await.unwrap();
    bench.clock.advance(59).await;
    assert_eq!(bench.engine.values.slots().len(), 1, "118 seconds after the first look, 59 after the last");
    assert_eq!(reads(), 1);
    bench.clock.advance(1).await;
    assert_eq!(bench.engine.values.slots().len(), 0, "60 seconds after the last look nothing is left");
    reveal().await.unwrap();
    assert_eq!(reads(), 2, "what was wiped is read again");
}

#[tokio::test]
async fn closing_and_stopping_wipe_at_once() {
    let bench = bench_with("fake-text").await;
    bench.engine.open_value(OpenValue { version: version() }).await.unwrap();
    bench.engine.close_value(CloseValue { version: version() }).await.unwrap();
    assert_eq!(bench.engine.values.slots().len(), 0, "closed");
    bench.engine.open_value(OpenValue { version: version() }).await.unwrap();
    bench.engine.stop().await;
    assert_eq!(bench.engine.values.slots().len(), 0, "stopped");
}

#[tokio::test]
async fn a_value_that_was_closed_while_it_was_read_does_not_land() {
    let open_values: Arc<Mutex<Option<super::OpenValues>>> = Arc::default();
    let closed = open_values.clone();
    let bench = Bench::new(move |_, _| {
        // The person closes the pane while the answer is on its way.
        closed.lock().unwrap().as_ref().unwrap().slots().remove(&version());
        ok(json!({ "ARN": ARN, "VersionId": "v-1", "SecretString": "fake-late" }))
    })
    .await;
    *open_values.lock().unwrap() = Some(bench.engine.values.clone());
    let error =
        bench.engine.open_value(OpenValue { version: version() }).await.expect_err("closed meanwhile");
    assert_eq!(error.code, Code::Conflict);
    assert_eq!(bench.engine.values.slots().len(), 0, "the late value is gone");
}

#[tokio::test]
async fn a_refused_read_leaves_nothing_and_can_be_tried_again() {
    let denied = Arc::new(AtomicBool::new(true));
    let still_denied = denied.clone();
    let bench = Bench::new(move |_, _| match still_denied.load(Ordering::SeqCst) {
        true => fault(400, "AccessDeniedException", "no"),
        false => ok(json!({ "ARN": ARN, "VersionId": "v-1", "SecretBinary": "AGZha2U=" })),
    })
    .await;
    let open = || bench.engine.open_value(OpenValue { version: version() });
    assert_eq!(open().await.expect_err("denied").code, Code::AccessDenied);
    assert_eq!(bench.engine.values.slots().len(), 0);
    denied.store(false, Ordering::SeqCst);
    assert_eq!(open().await.unwrap().layout, Layout::Binary);
}

#[tokio::test]
async fn an_answer_without_a_value_is_an_error() {
    let bench = Bench::new(|_, _| ok(json!({ "ARN": ARN, "VersionId": "v-1" }))).await;
    let error = bench
        .engine
        .copy_value(CopyValue { version: version(), part: Part::All })
        .await
        .expect_err("there is nothing to copy");
    assert_eq!(error.code, Code::Internal);
    assert_eq!(bench.engine.values.slots().len(), 0);
}

async fn two_versions(old: Value, new: Value) -> (Bench, CompareVersions) {
    let bench = Bench::new(move |_, body| {
        let (id, mut answer) = match body["VersionId"].as_str() {
            Some("v-1") => ("v-1", old.clone()),
            _ => ("v-2", new.clone()),
        };
        answer["ARN"] = json!(ARN);
        answer["VersionId"] = json!(id);
        ok(answer)
    })
    .await;
    let right = VersionRef { version_id: "v-2".into(), ..version() };
    (bench, CompareVersions { left: version(), right })
}

#[tokio::test]
async fn versions_are_compared_by_key_and_no_value_comes_out() {
    let (old, new) = (r#"{"user":"fake-canary","port":1}"#, r#"{"port":"1","user":"fake-canary"}"#);
    let (bench, request) = two_versions(json!({ "SecretString": old }), json!({ "SecretString": new })).await;
    let difference = bench.engine.compare_versions(request).await.unwrap();
    let Detail::Fields(fields) = &difference.detail else { panic!("both are objects") };
    let changes: Vec<_> = fields.iter().map(|field| field.change).collect();
    assert_eq!(changes, [Change::Unchanged, Change::TypeChanged]);
    let wire = serde_json::to_string(&difference).unwrap();
    assert!(!wire.contains("canary"), "what crosses is masked: {wire}");
    assert_eq!(bench.log.of("GetSecretValue").len(), 2, "it reads two versions, and says so");
}

#[tokio::test]
async fn fingerprints_tell_equal_bytes_in_one_session_and_mean_nothing_in_the_next() {
    let binary = || json!({ "SecretBinary": "AGZha2U=" });
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (bench, request) = two_versions(binary(), binary()).await;
        let difference = bench.engine.compare_versions(request).await.unwrap();
        let Detail::Whole { old, new } = difference.detail else { panic!("both are binary") };
        assert_eq!(old, new, "equal values are recognisable as equal");
        seen.push(old.fingerprint);
    }
    assert_ne!(seen[0], seen[1], "a plain hash would let anybody test guesses");
}
