//! The real clipboard of a display of its own, looked at by another program.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use latchkey_domain::contract::{CopyTerminalExports, CopyValue};
use latchkey_domain::value::{Part, VersionRef};
use serde_json::json;

use super::*;
use crate::testing::{ARN, Bench, ok, scope};

/// The display has one clipboard: one test at a time.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A display without any client resets itself and refuses the next one: this one stays to the end.
static LASTING_CLIENT: LazyLock<Mutex<arboard::Clipboard>> =
    LazyLock::new(|| Mutex::new(arboard::Clipboard::new().expect("these tests need a display")));

async fn xclip(target: &'static str) -> Option<String> {
    let read = || Command::new("xclip").args(["-selection", "clipboard", "-o", "-t", target]).output();
    let output = tokio::task::spawn_blocking(read).await.unwrap().expect("xclip is installed");
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Another program puts a text on the clipboard.
async fn copy_elsewhere(text: &'static str) {
    let write = move || {
        let mut xclip = Command::new("xclip")
            .args(["-selection", "clipboard", "-i"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("xclip is installed");
        std::io::Write::write_all(&mut xclip.stdin.take().unwrap(), text.as_bytes()).unwrap();
        assert!(xclip.wait().unwrap().success());
    };
    tokio::task::spawn_blocking(write).await.unwrap();
    // The program goes into the background before the display has heard of it.
    while xclip("UTF8_STRING").await.as_deref() != Some(text) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

async fn bench() -> Bench {
    LazyLock::force(&LASTING_CLIENT);
    Bench::new(|_, _| {
        ok(json!({ "ARN": ARN, "VersionId": "v-1", "SecretString": "{\"password\":\"fake-ü\"}" }))
    })
    .await
}

async fn copy_password(bench: &Bench) {
    let version = VersionRef { scope: scope(), secret_id: ARN.into(), version_id: "v-1".into() };
    let copied = bench.engine.copy_value(CopyValue { version, part: Part::Field(0) }).await.unwrap();
    assert_eq!(copied.clears_after_seconds, 30);
}

/// The clipboard's thread answers in its own time, not in the clock's.
async fn cleared(bench: &Bench) -> bool {
    for _ in 0..200 {
        if bench.events().contains(&Event::ClipboardCleared) {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn a_copied_value_is_marked_as_secret_and_cleared_after_its_time() {
    let _display = ONE_AT_A_TIME.lock().await;
    let bench = bench().await;
    copy_password(&bench).await;
    assert_eq!(xclip("UTF8_STRING").await.as_deref(), Some("fake-ü"));
    let targets = xclip("TARGETS").await.unwrap();
    assert!(targets.contains("x-kde-passwordManagerHint"), "histories must leave it alone: {targets}");
    bench.clock.advance(29).await;
    assert_eq!(xclip("UTF8_STRING").await.as_deref(), Some("fake-ü"), "29 seconds are not 30");
    bench.clock.advance(1).await;
    assert!(cleared(&bench).await, "the window is told");
    assert_ne!(xclip("UTF8_STRING").await.as_deref(), Some("fake-ü"), "after 30 seconds it is gone");
}

#[tokio::test]
async fn what_another_program_copied_stays() {
    let _display = ONE_AT_A_TIME.lock().await;
    let bench = bench().await;
    copy_password(&bench).await;
    copy_elsewhere("somebody else's").await;
    bench.clock.advance(30).await;
    assert!(cleared(&bench).await, "our value is not there any more, and that is told");
    assert_eq!(xclip("UTF8_STRING").await.as_deref(), Some("somebody else's"));
}

/// A clipboard that another program holds busy for some tries.
struct Busy {
    tries: u32,
    text: &'static str,
}

impl Board for Busy {
    fn text(&mut self) -> Result<Zeroizing<String>, Error> {
        Ok(Zeroizing::new(self.text.to_owned()))
    }

    fn empty(&mut self) -> Result<(), Error> {
        if self.tries > 0 {
            self.tries -= 1;
            return Err(Error::ClipboardOccupied);
        }
        self.text = "";
        Ok(())
    }
}

#[test]
fn what_could_not_be_cleared_is_not_told_as_cleared_and_tried_again() {
    let mut keeper = Keeper::default();
    keeper.last = Some((1, keeper.hash_key.hash_one("fake-canary")));
    let mut board = Busy { tries: 1, text: "fake-canary" };
    assert!(!keeper.clear_from(&mut board, Some(1)), "its time is over, and the clipboard is busy");
    assert!(keeper.clear_from(&mut board, None), "the lock tries again");
    assert_eq!(board.text, "", "now it is gone");
    assert!(!keeper.clear_from(&mut board, None), "and nothing is left to clear");
}

#[tokio::test]
async fn a_second_copy_has_its_own_time_and_the_end_clears_at_once() {
    let _display = ONE_AT_A_TIME.lock().await;
    let bench = bench().await;
    copy_password(&bench).await;
    bench.clock.advance(20).await;
    bench.engine.copy_terminal_exports(CopyTerminalExports { scope: scope() }).await.unwrap();
    let lines = xclip("UTF8_STRING").await.unwrap();
    assert!(lines.contains("export AWS_SECRET_ACCESS_KEY=fake-secret\n"), "{lines}");
    bench.clock.advance(15).await;
    assert_eq!(
        xclip("UTF8_STRING").await.as_deref(),
        Some(lines.as_str()),
        "the first copy's time is not its own"
    );
    bench.engine.stop().await;
    assert!(cleared(&bench).await);
    assert_ne!(xclip("UTF8_STRING").await.as_deref(), Some(lines.as_str()), "nothing stays behind");
}
