//! A guard holds whatever the window asks for, and only a system dialog loosens it.
#![allow(clippy::unwrap_used)]

use latchkey_domain::change::{ApplyChanges, Change};
use latchkey_domain::connection::{Connection, ListConnections};
use latchkey_domain::contract::{
    CopyTerminalExports, CopyValue, EditConnection, RevealFunctionOutput, RevealValue, Revealed,
    SearchJournal,
};
use latchkey_domain::guard::{Colour, Emblem, Guard};
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::value::{NewValue, Part, VersionRef};
use latchkey_domain::writes::{StageChange, ValueChange};
use latchkey_domain::{ApiError, Code, ConnectionId};
use serde_json::json;

use crate::aws::gate::Refused;
use crate::testing::changes::{PlanCreation, PlanSave, PlanStages, SaveReview};
use crate::testing::wire::RealVault;
use crate::testing::{Bench, FakeVault, edit_of, network, ok, scope};

fn edit(guard: Guard) -> EditConnection {
    edit_of(&ConnectionId::local(), guard)
}

async fn local(bench: &Bench) -> Connection {
    bench.engine.list_connections(ListConnections {}).await.unwrap().list.remove(0)
}

fn field_of(error: &ApiError) -> Option<&str> {
    match &error.code {
        Code::Invalid(field) => Some(field),
        _ => None,
    }
}

/// Sends every operation of the SDK bare; what matters is whether it leaves, not what it says.
macro_rules! send_all {
    ($client:ident: $($method:ident)*) => {
        vec![$((stringify!($method), $client.$method().send().await.err().and_then(|error| Refused::find(&error)))),*]
    };
}

#[tokio::test]
async fn through_a_read_only_connection_every_read_and_no_write_of_the_sdk_is_sent() {
    let bench = Bench::new(|_, _| ok(json!({}))).await;
    bench.engine.edit_connection(edit(Guard::ReadOnly)).await.unwrap();
    let client = bench.engine.client(&scope()).await.unwrap().into_all();
    let sent = send_all!(client:
        batch_get_secret_value cancel_rotate_secret create_secret delete_resource_policy delete_secret describe_secret
        get_random_password get_resource_policy get_secret_value list_secret_version_ids list_secrets
        put_resource_policy put_secret_value remove_regions_from_replication replicate_secret_to_regions
        restore_secret rotate_secret stop_replication_to_replica tag_resource untag_resource update_secret
        update_secret_version_stage validate_resource_policy);
    assert_eq!(sent.len(), 23, "every operation that the SDK has");
    let left: Vec<String> = bench.log.all().into_iter().map(|sent| sent.operation).collect();
    let reads = [
        "BatchGetSecretValue",
        "DescribeSecret",
        "GetRandomPassword",
        "GetResourcePolicy",
        "GetSecretValue",
        "ListSecretVersionIds",
        "ListSecrets",
        "ValidateResourcePolicy",
    ];
    assert_eq!(left, reads, "only what reads was sent");
    let refused: Vec<_> = sent.into_iter().filter_map(|(_, refusal)| refusal).collect();
    assert_eq!(refused.len(), 23 - reads.len(), "and all the rest was refused");
    assert!(refused.iter().all(|refusal| refusal.code == Code::ReadOnly));
}

#[tokio::test]
async fn a_read_only_connection_refuses_before_the_journal_begins_an_entry() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let arn = bench.create("fake/db", "fake-1").await.summary.arn;
    bench.engine.edit_connection(edit(Guard::ReadOnly)).await.unwrap();
    let describe = Change::Description { description: "another".into() };
    let refused = bench.change(&arn, describe, None).await.unwrap_err();
    assert_eq!(refused.code, Code::ReadOnly);
    let all =
        SearchJournal { text: String::new(), secret_id: None, unfinished_only: false, offset: 0, limit: 10 };
    let entries = bench.engine.search_journal(all).await.unwrap().entries;
    assert_eq!(entries.len(), 1, "the creation of before, and no change that was cut off");
}

#[tokio::test]
async fn a_read_only_connection_refuses_a_copy_before_the_value_is_read() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("fake/db", "fake-1").await;
    bench.engine.edit_connection(edit(Guard::ReadOnly)).await.unwrap();
    let version = VersionRef {
        scope: scope(),
        secret_id: made.summary.arn,
        version_id: made.versions[0].version_id.clone(),
    };
    let request = PlanCreation {
        scope: scope(),
        name: "fake/copy".into(),
        description: None,
        kms_key_id: None,
        value: NewValue::CopyOf(version),
        tags: Vec::new(),
    };
    let refused = bench.create_as(request).await.unwrap_err();
    assert_eq!(refused.code, Code::ReadOnly);
    assert!(bench.log.of("GetSecretValue").is_empty(), "nothing is read for a write that is refused");
}

#[tokio::test]
async fn a_confirming_connection_takes_no_value_stage_or_rotation_without_the_typed_name() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("fake/db", "fake-1").await;
    let arn = made.summary.arn;
    let base = made.versions[0].version_id.clone();
    bench.engine.edit_connection(edit(Guard::Confirm)).await.unwrap();

    let change = ValueChange::Text(SecretInput::new("fake-2"));
    let request = PlanSave {
        scope: scope(),
        secret_id: arn.clone(),
        base_version_id: Some(base.clone()),
        change,
        put: false,
    };
    let SaveReview::Save(review) = bench.plan_save(request).await.unwrap() else {
        panic!("nobody saved in between")
    };
    assert!(review.needs_name, "the dialog has to ask");
    for typed in [None, Some("fake/d"), Some("FAKE/DB")] {
        let request = ApplyChanges {
            plan_id: review.plan_id.clone(),
            typed: typed.map(str::to_owned),
            acknowledged: false,
            is_reviewed: true,
        };
        let refused = bench.apply(request).await.unwrap_err();
        assert_eq!(field_of(&refused), Some("typed_name"), "{typed:?} is not the name");
    }
    let request = ApplyChanges {
        plan_id: review.plan_id,
        typed: Some("fake/db".into()),
        acknowledged: false,
        is_reviewed: true,
    };
    let saved = bench.apply(request).await.unwrap();
    assert_eq!(
        saved.detail.as_ref().unwrap().versions.len(),
        2,
        "the plan waited for the name, and was carried out with it"
    );

    let change = StageChange::Attach { label: "blue".into(), version_id: base };
    let request = PlanStages { scope: scope(), secret_id: arn.clone(), change, keep_under: None };
    let preview = bench.plan_stages(request).await.unwrap();
    assert!(preview.needs_name);
    let word = |typed: Option<&str>| ApplyChanges {
        plan_id: preview.plan_id.clone(),
        typed: typed.map(str::to_owned),
        acknowledged: true,
        is_reviewed: true,
    };
    let refused = bench.apply(word(None)).await.unwrap_err();
    assert_eq!(field_of(&refused), Some("typed_name"));
    bench.apply(word(Some("fake/db"))).await.unwrap();

    let refused = bench.change(&arn, Change::RotateNow { version_id: None }, None).await.unwrap_err();
    assert_eq!(field_of(&refused), Some("typed_name"), "a rotation changes the value too");
}

#[tokio::test]
async fn only_a_window_of_the_system_loosens_a_guard() {
    let bench = Bench::new(|_, _| ok(json!({}))).await;
    for guard in [Guard::Confirm, Guard::ReadOnly] {
        bench.engine.edit_connection(edit(guard)).await.unwrap();
    }
    assert_eq!(bench.person.take_asked(), [], "nobody is asked before a guard is tightened");
    let refused = bench.engine.edit_connection(edit(Guard::Free)).await.unwrap_err();
    assert_eq!(field_of(&refused), Some("guard"));
    assert_eq!(local(&bench).await.marks.guard, Guard::ReadOnly, "it stays");
    let asked = bench.person.take_asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].title, "Loosen the guard of Local vault?");
    assert_eq!(asked[0].text, "Its guard changes from read only to unrestricted.");
    bench.person.agree(true);
    bench.engine.edit_connection(edit(Guard::Free)).await.unwrap();
    assert_eq!(local(&bench).await.marks.guard, Guard::Free);
}

#[tokio::test]
async fn a_name_of_production_asks_for_the_name_until_somebody_decides_otherwise() {
    let bench = Bench::new(|_, _| ok(json!({}))).await;
    assert!(!local(&bench).await.marks.is_production);
    let named = EditConnection { name: "Vault of prod".into(), ..edit(Guard::Free) };
    bench.engine.edit_connection(named.clone()).await.unwrap();
    let shown = local(&bench).await;
    assert_eq!(shown.name, "Vault of prod");
    assert!(shown.marks.is_production, "the frame of the window is red");
    assert_eq!(shown.marks.guard, Guard::Free, "what was decided counts");

    bench.write_aws_config(
        "[profile acme-prod]\naws_access_key_id = AKIAFAKEFAKEFAKEFAKE\naws_secret_access_key = fake\n\
         [profile acme-nonprod]\naws_access_key_id = AKIAFAKEFAKEFAKEFAKE\naws_secret_access_key = fake\n",
    );
    let list = bench.engine.list_connections(ListConnections {}).await.unwrap().list;
    let guards: Vec<_> = list[1..].iter().map(|known| (known.name.as_str(), known.marks.guard)).collect();
    assert_eq!(guards, [("acme-nonprod", Guard::Free), ("acme-prod", Guard::Confirm)]);
}

#[tokio::test]
async fn a_value_of_an_asking_connection_stays_until_the_person_agrees_and_then_while_it_is_open() {
    let vault = RealVault::start().await;
    let bench = vault.engine().await;
    let made = bench.create("fake/db", "fake-1").await;
    bench.engine.edit_connection(EditConnection { reveal_asks: true, ..edit(Guard::Free) }).await.unwrap();
    let version = VersionRef {
        scope: scope(),
        secret_id: made.summary.arn,
        version_id: made.versions[0].version_id.clone(),
    };
    let reveal = || RevealValue { version: version.clone(), part: Part::All };
    let refused = bench.engine.reveal_value(reveal()).await.unwrap_err();
    assert_eq!(field_of(&refused), Some("confirmation"));
    let copy = CopyValue { version: version.clone(), part: Part::All };
    assert!(bench.engine.copy_value(copy).await.is_err(), "a copy asks as well");
    let output = RevealFunctionOutput { scope: scope(), secret_id: version.secret_id.clone() };
    let output = bench.engine.reveal_function_output(output).await.unwrap_err();
    assert_eq!(field_of(&output), Some("confirmation"), "what a function wrote may hold values");
    let terminal = bench.engine.copy_terminal_exports(CopyTerminalExports { scope: scope() }).await;
    assert_eq!(field_of(&terminal.unwrap_err()), Some("confirmation"), "who has the key reads the value");
    let asked = bench.person.take_asked();
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[3].title, "Copy the access key of Local vault for a terminal?");
    bench.person.agree(true);
    assert_eq!(bench.engine.reveal_value(reveal()).await.unwrap(), Revealed::Text("fake-1".into()));
    assert_eq!(bench.engine.reveal_value(reveal()).await.unwrap(), Revealed::Text("fake-1".into()));
    assert_eq!(bench.person.take_asked().len(), 1, "once while it is open");
    bench.person.agree(false);
    assert!(
        bench.engine.edit_connection(edit(Guard::Free)).await.is_err(),
        "that it asks is a guard too, and is loosened like one"
    );
}

#[tokio::test]
async fn marks_outlive_the_program_and_a_damaged_file_lets_nothing_be_written() {
    let (transport, log) = network(|_, _| ok(json!({})));
    let bench = Bench::on(transport, log, FakeVault { gate: None });
    let marked = EditConnection {
        colour: Some(Colour::Violet),
        icon: Some(Emblem::Flask),
        name: "Bench".into(),
        ..edit(Guard::Confirm)
    };
    bench.engine.edit_connection(marked).await.unwrap();
    let folder = bench.folder;
    let file = folder.path().join("data/marks.json");

    let (transport, log) = network(|_, _| ok(json!({})));
    let bench = Bench::in_folder(folder, transport, log, FakeVault { gate: None });
    let shown = local(&bench).await;
    assert_eq!((shown.name.as_str(), shown.marks.guard), ("Bench", Guard::Confirm));
    assert_eq!((shown.marks.colour, shown.marks.icon), (Some(Colour::Violet), Some(Emblem::Flask)));

    std::fs::write(&file, "{ damaged").unwrap();
    let (transport, log) = network(|_, _| ok(json!({})));
    let bench = Bench::in_folder(bench.folder, transport, log, FakeVault { gate: None });
    let marks = local(&bench).await.marks;
    assert_eq!((marks.guard, marks.reveal_asks), (Guard::ReadOnly, true), "nobody knows what they were");
    bench.person.agree(true);
    let refused = bench.engine.edit_connection(edit(Guard::ReadOnly)).await.unwrap_err();
    assert!(refused.message.contains("is damaged"), "{}", refused.message);
    assert_eq!(bench.person.take_asked(), [], "nobody could say what would be loosened");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{ damaged", "it is not overwritten");
}

/// The console that is started next in the same home.
async fn started_again(bench: Bench) -> Bench {
    let (transport, log) = network(|_, _| ok(json!({})));
    let bench = Bench::in_folder(bench.folder, transport, log, FakeVault { gate: None });
    bench.engine.start().await;
    bench
}

#[tokio::test]
async fn a_missing_file_of_guards_lets_nothing_be_written_until_somebody_says_there_are_none() {
    let mut bench = Bench::new(|_, _| ok(json!({}))).await;
    bench.engine.edit_connection(edit(Guard::Confirm)).await.unwrap();
    let file = bench.folder.path().join("data/marks.json");
    for what in ["deleted", "empty", "a link"] {
        std::fs::remove_file(&file).unwrap();
        match what {
            "empty" => std::fs::write(&file, "").unwrap(),
            #[cfg(unix)]
            "a link" => std::os::unix::fs::symlink("/dev/null", &file).unwrap(),
            _ => {}
        }
        bench = started_again(bench).await;
        let marks = local(&bench).await.marks;
        assert_eq!((marks.guard, marks.reveal_asks), (Guard::ReadOnly, true), "{what}");
        let refused = bench.engine.check_guard_of_writes(&ConnectionId::local()).unwrap_err();
        assert_eq!(refused.code, Code::ReadOnly, "{what}");
        if what == "deleted" {
            assert!(refused.message.contains("marks.json is missing"), "{}", refused.message);
            assert!(!file.exists(), "nothing is put in its place");
            std::fs::write(&file, "").unwrap();
        }
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "{}").unwrap();
    assert_eq!(local(&bench).await.marks.guard, Guard::Free, "somebody has said so");
    bench.engine.check_guard_of_writes(&ConnectionId::local()).unwrap();
}

#[tokio::test]
async fn the_first_start_of_all_has_no_guards_and_notes_that_from_now_on_there_are_some() {
    let (transport, log) = network(|_, _| ok(json!({})));
    let bench = started_again(Bench::on(transport, log, FakeVault { gate: None })).await;
    assert_eq!(local(&bench).await.marks.guard, Guard::Free, "nothing was set");
    let bench = started_again(bench).await;
    assert_eq!(local(&bench).await.marks.guard, Guard::Free, "nor since");
    std::fs::remove_file(bench.folder.path().join("data/marks.json")).unwrap();
    let bench = started_again(bench).await;
    assert_eq!(local(&bench).await.marks.guard, Guard::ReadOnly, "nobody knows what was set");

    // A home of an earlier version, which made the file when something was set first.
    std::fs::remove_file(bench.folder.path().join("data/marks.note.txt")).unwrap();
    let bench = started_again(bench).await;
    assert_eq!(local(&bench).await.marks.guard, Guard::Free);
}
