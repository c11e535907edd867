//! A value from a file lands in the field that consumers read, and in the other one only where a person chooses it.
#![allow(clippy::unwrap_used)]

use aws_sdk_secretsmanager::primitives::Blob;
use latchkey_domain::Code;
use latchkey_domain::change::ItemOutcome;
use latchkey_domain::secret_text::{SecretInput, ValueField};
use latchkey_domain::writes::ValueChange;

use super::saves::{apply, request, review};
use crate::testing::changes::PlanSave;
use crate::testing::wire::RealVault;

const TEXT: &[u8] = "fake-é text\n".as_bytes();
const BYTES: &[u8] = b"fake\xff\0";

/// What AWSCURRENT holds before the file comes.
#[derive(Debug, Clone, Copy)]
enum Before {
    Nothing,
    Text,
    Binary,
}

#[tokio::test]
async fn a_file_is_stored_where_consumers_find_the_value_now() {
    use ValueField::{SecretBinary, SecretString};
    let vault = RealVault::start().await;
    let client = vault.client();
    let bench = vault.engine().await;
    let file = bench.folder.path().join("value");
    bench.choose_file(&file);
    for (before, bytes, field) in [
        (Before::Text, TEXT, SecretString),
        (Before::Text, BYTES, SecretBinary),
        (Before::Binary, TEXT, SecretBinary),
        (Before::Binary, BYTES, SecretBinary),
        (Before::Nothing, TEXT, SecretString),
        (Before::Nothing, BYTES, SecretBinary),
    ] {
        let told = format!("{before:?} and {bytes:?}");
        std::fs::write(&file, bytes).unwrap();
        let made = client.create_secret().name(format!("file/{}", uuid::Uuid::new_v4()));
        let made = match before {
            Before::Nothing => made,
            Before::Text => made.secret_string("fake-old"),
            Before::Binary => made.secret_binary(Blob::new(*b"fake-old")),
        };
        let arn = made.send().await.unwrap().arn.unwrap();
        let secret = bench.describe(&arn).await;
        let preview = review(&bench, request(&secret, ValueChange::File)).await;
        let field_before = match before {
            Before::Nothing => None,
            Before::Text => Some(SecretString),
            Before::Binary => Some(SecretBinary),
        };
        assert_eq!((preview.field, preview.field_before), (field, field_before), "{told}");
        assert_eq!(preview.may_choose_field, bytes == TEXT, "{told}");
        assert_eq!(apply(&bench, &preview).await.outcome, ItemOutcome::Done, "{told}");
        let now = client.get_secret_value().secret_id(&arn).send().await.unwrap();
        match field {
            SecretString => {
                assert_eq!(now.secret_string.map(String::into_bytes).as_deref(), Some(bytes), "{told}")
            }
            SecretBinary => {
                assert_eq!(now.secret_binary.map(Blob::into_inner).as_deref(), Some(bytes), "{told}")
            }
        }
    }
}

#[tokio::test]
async fn the_other_field_is_a_choice_for_the_text_of_a_file_alone() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("prod/db", "fake-old").await;
    let file = bench.folder.path().join("value");
    bench.choose_file(&file);
    let plan = async |change| bench.plan_save(request(&made, change)).await;
    let in_field = |plan_id: &latchkey_domain::writes::PlanId, field| ValueChange::PlannedIn {
        plan_id: plan_id.clone(),
        field,
    };

    std::fs::write(&file, BYTES).unwrap();
    let bytes = review(&bench, request(&made, ValueChange::File)).await;
    let refused = plan(in_field(&bytes.plan_id, ValueField::SecretString)).await.unwrap_err();
    assert!(refused.message.contains("not text"), "{}", refused.message);
    let typed = review(&bench, request(&made, ValueChange::Text(SecretInput::new("fake-typed")))).await;
    assert!(!typed.may_choose_field);
    let refused = plan(in_field(&typed.plan_id, ValueField::SecretBinary)).await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid("change".into()));

    std::fs::write(&file, TEXT).unwrap();
    let text = review(&bench, request(&made, ValueChange::File)).await;
    std::fs::write(&file, "another file by now").unwrap();
    let chosen = PlanSave { put: true, ..request(&made, in_field(&text.plan_id, ValueField::SecretBinary)) };
    let binary = review(&bench, chosen).await;
    assert_eq!(binary.field, ValueField::SecretBinary);
    let back = review(&bench, request(&made, in_field(&binary.plan_id, ValueField::SecretString))).await;
    assert_eq!(back.field, ValueField::SecretString, "and back");
    apply(&bench, &binary).await;
    let now = vault.client().get_secret_value().secret_id("prod/db").send().await.unwrap();
    assert_eq!(
        now.secret_binary.map(Blob::into_inner).as_deref(),
        Some(TEXT),
        "the bytes that were reviewed"
    );
    assert_eq!(now.secret_string, None);
}
