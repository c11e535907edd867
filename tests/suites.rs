//! Which suites `./test --changed` runs: what a change can touch, and no less.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A clone with the script as it is here.
fn clone_into(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    git(&["clone", "--quiet", "--shared", root.to_str().unwrap(), folder.to_str().unwrap()], root);
    fs::copy(root.join("test"), folder.join("test")).unwrap();
    let person = ["-c", "user.name=fake", "-c", "user.email=fake@example.invalid"];
    git(
        &[&person[..], &["commit", "--quiet", "--all", "--allow-empty", "--message=as it is"]].concat(),
        folder,
    );
}

fn git(arguments: &[&str], folder: &Path) {
    assert!(
        Command::new("git").args(arguments).current_dir(folder).status().unwrap().success(),
        "{arguments:?}"
    );
}

/// The suites that would run after a change of this file, with their commands.
fn planned(clone: &Path, changed: &str) -> BTreeMap<String, String> {
    let path = clone.join(changed);
    let before = fs::read(&path).unwrap();
    fs::write(&path, [&before[..], b"\n"].concat()).unwrap();
    let output =
        Command::new("bash").args(["test", "--plan", "--changed"]).current_dir(clone).output().unwrap();
    fs::write(&path, before).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let suites = text.split("\n==> ").skip(1).filter_map(|suite| suite.split_once('\n'));
    suites.map(|(name, command)| (name.to_owned(), command.trim().to_owned())).collect()
}

#[test]
fn a_change_runs_the_suites_that_it_can_touch() {
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    clone_into(&clone);

    let document = planned(&clone, "README.md");
    assert_eq!(document.keys().collect::<Vec<_>>(), ["build", "own-files", "rust"]);
    assert!(document["rust"].ends_with("-E binary(architecture) | binary(suites)"), "{document:?}");

    let script = planned(&clone, "docs/vault-for-tests.md");
    assert!(script.contains_key("vault"), "the script of this page is run: {script:?}");

    let journey = planned(&clone, "tests/e2e/edit.spec.ts");
    assert!(journey["journeys"].ends_with("--only-changed=HEAD"), "{journey:?}");
    assert!(!journey.contains_key("package"), "{journey:?}");
    let colleague = planned(&clone, "tests/e2e/colleague.py");
    assert!(colleague["journeys"].ends_with("--project journeys"), "no journey imports it: {colleague:?}");

    let vault = planned(&clone, "crates/vault/src/lib.rs");
    assert!(vault["rust"].ends_with("rdeps(latchkey-vault)"), "{vault:?}");
    for suite in ["format", "build", "vault", "journeys", "desktop", "package"] {
        assert!(vault.contains_key(suite), "{suite}: {vault:?}");
    }
    let system = planned(&clone, "crates/system/src/lib.rs");
    assert!(system["rust"].ends_with("rdeps(latchkey-system)") && system.contains_key("vault"), "{system:?}");
    let page = planned(&clone, "ui/src/app.rs");
    assert!(page.contains_key("journeys") && !page.contains_key("vault"), "{page:?}");

    // What everything stands on runs everything.
    for ground in ["Cargo.lock", "scripts/packages", "tests/linted", "tests/requirements.txt"] {
        let suites = planned(&clone, ground);
        assert!(!suites["rust"].contains(" -E "), "{ground}: {suites:?}");
        assert!(!suites["journeys"].contains("--only-changed"), "{ground}: {suites:?}");
        for suite in ["dependencies", "build", "vault", "desktop", "bundle", "package"] {
            assert!(suites.contains_key(suite), "{ground}, {suite}: {suites:?}");
        }
    }
    assert!(!clone.join("tests/artifacts").exists(), "a plan leaves nothing behind");
}

#[test]
fn a_suite_that_is_not_there_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output =
        Command::new("bash").args(["test", "--plan", "front-end"]).current_dir(root).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("There is no suite front-end."));
}
