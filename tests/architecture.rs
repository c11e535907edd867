//! Holds the house to its plan: who imports whom, what is shipped, what the window may do.
//!
//! Cargo keeps the crates apart; what Cargo cannot see is read here from the sources.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/private_memory.rs"]
mod private_memory;
#[path = "architecture/supply_chain.rs"]
mod supply_chain;
#[path = "architecture/system.rs"]
mod system;
#[path = "architecture/values.rs"]
mod values;

const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    font-src 'self'; img-src 'self' data:; connect-src 'self' ipc: http://ipc.localhost; object-src 'none'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// The files below a folder with one of these endings, by their path from the root.
fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    const NOT_OURS: [&str; 5] = ["node_modules", ".venv", "artifacts", "dist", "__pycache__"];
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() && !NOT_OURS.iter().any(|name| path.ends_with(name)) {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if endings.iter().any(|ending| path.extension().is_some_and(|found| found == *ending)) {
            found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
    assert!(!found.is_empty(), "{folder} has files to look at");
    found.sort();
    found
}

/// `path:line: text` of each line of code in `folder` that holds one of `words`. Comments may name anything.
fn lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder, &["rs"]) {
        for (number, line) in read(&path).lines().enumerate() {
            let code = line.trim();
            if !code.starts_with("//") && words.iter().any(|word| code.contains(word)) {
                found.push(format!("{path}:{}: {code}", number + 1));
            }
        }
    }
    found
}

fn assert_none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

fn without(found: Vec<String>, allowed: &[&str]) -> Vec<String> {
    found.into_iter().filter(|line| !allowed.iter().any(|path| line.starts_with(path))).collect()
}

fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn no_release_has_the_inspector_of_the_web_view() {
    let packages = metadata(&[])["resolve"]["nodes"].as_array().unwrap().clone();
    let tauri = packages.iter().filter(|node| {
        let id = node["id"].as_str().unwrap();
        ["#tauri@", "#wry@", "#tauri-runtime-wry@"].iter().any(|name| id.contains(name))
    });
    let features: Vec<_> = tauri.map(|node| node["features"].as_array().unwrap().clone()).collect();
    assert_eq!(features.len(), 3);
    assert!(features.iter().flatten().all(|feature| feature != "devtools"), "{features:?}");
}

#[test]
fn the_domain_has_no_clock_no_files_and_no_network() {
    let words =
        ["tokio", "std::fs", "std::net", "std::env", "SystemTime", "Instant::now", "Utc::now", "Local::now"];
    assert_none("domain decides from what it is given", lines_with("crates/domain/src", &words));
}

#[test]
fn the_engine_and_the_vault_know_no_host() {
    for folder in [
        "crates/engine/src",
        "crates/keyring/src",
        "crates/sealing/src",
        "crates/system/src",
        "crates/vault/src",
        "crates/domain/src",
    ] {
        assert_none(
            "only the shell has a window",
            lines_with(folder, &["tauri::", "leptos::", "wasm_bindgen"]),
        );
    }
    assert_none("the shell asks the engine", lines_with("src-tauri", &["aws_sdk"]));
    assert_none("the vault is a server, no client", lines_with("crates/vault/src", &["aws_sdk"]));
}

#[test]
fn the_sdk_stands_in_no_public_signature_of_the_engine() {
    let found = lines_with("crates/engine/src", &["aws_sdk", "aws_smithy"]);
    let public = |line: &String| {
        line.contains(": pub fn") || line.contains(": pub use") || line.contains(": pub type")
    };
    assert_none("callers speak the domain's language", found.into_iter().filter(public).collect());
}

#[test]
fn the_front_end_is_three_tiers() {
    assert_none("only state calls the engine", lines_with("ui/src/panes", &["ipc::"]));
    assert_none(
        "parts know no state",
        lines_with("ui/src/parts", &["ipc::", "crate::state", "crate::panes"]),
    );
    let above = ["latchkey_domain", "crate::", "super::super"];
    assert_none("controls know nothing of secrets", lines_with("ui/src/parts/controls", &above));
    assert_none(
        "state draws nothing",
        lines_with("ui/src/state", &["crate::panes", "crate::parts", "view!"]),
    );
    let browser = lines_with("ui/src", &["web_sys", "js_sys", "wasm_bindgen"]);
    assert_none("the DOM is touched in parts", without(browser, &["ui/src/ipc", "ui/src/parts/"]));
}

#[test]
fn no_pane_imports_a_pane() {
    let mut found = lines_with("ui/src/panes", &["crate::panes"]);
    let mods = ["ui/src/panes/mod.rs:"];
    found.extend(without(lines_with("ui/src/panes", &["super::super::"]), &mods));
    assert_none("panes meet in app.rs only", found);
}

#[test]
fn source_files_fit_in_a_head() {
    let folders = [
        "crates/domain/src",
        "crates/engine/src",
        "crates/keyring/src",
        "crates/sealing/src",
        "crates/system/src",
        "crates/vault/src",
        "src-tauri",
        "ui/src",
        "xtask/src",
    ];
    for path in folders.into_iter().flat_map(|folder| files(folder, &["rs"])) {
        let lines = read(&path).lines().count();
        assert!(lines <= 400, "{path} has {lines} lines: split it by subject");
    }
}

#[test]
fn every_module_says_its_job() {
    let folders = ["crates", "src-tauri", "ui/src", "xtask/src", "tests", "benches"];
    for path in folders.into_iter().flat_map(|folder| files(folder, &["rs"])) {
        assert!(read(&path).starts_with("//!"), "{path} begins with `//!` and one sentence: its job");
    }
}

#[test]
fn no_test_is_skipped_and_none_waits_for_a_time() {
    let marks = ["#[ignore", ".skip(", ".fixme(", "test.only(", "waitForTimeout", "mark.skip", "mark.xfail"];
    for path in files("tests", &["rs", "ts", "py"]).into_iter().chain(files("crates", &["rs"])) {
        if path == "tests/architecture.rs" {
            continue;
        }
        // `Iterator::skip` of Rust takes a number and is no mark.
        let marks = if path.ends_with(".rs") { &marks[..1] } else { &marks[..] };
        // It says NOT CHECKED as well, which `./test` repeats at its end.
        let tells = |mark: &str| path == "tests/vault/test_disks.py" && mark == ".skip(";
        for mark in marks.iter().filter(|mark| !tells(mark)) {
            assert!(!read(&path).contains(mark), "{path} holds {mark}");
        }
    }
}

#[test]
fn the_window_has_the_strict_policy() {
    let app = &json("tauri.conf.json")["app"];
    assert_eq!(app["security"]["csp"], CONTENT_POLICY);
    assert_eq!(app["security"]["freezePrototype"], true);
    assert_eq!(app["withGlobalTauri"], false);
    for window in app["windows"].as_array().unwrap() {
        assert_eq!(window["dragDropEnabled"], false, "a dropped file must not navigate the window");
    }
    let page = read("ui/index.html");
    assert!(
        !page.contains("<script>") && !page.contains("style="),
        "the policy refuses what stands in the page"
    );
}

#[test]
fn capabilities_name_one_window_and_single_permissions() {
    for path in files("src-tauri/capabilities", &["json"]) {
        let capability = json(&path);
        assert_eq!(capability["windows"], serde_json::json!(["main"]), "{path}");
        for permission in capability["permissions"].as_array().unwrap() {
            let name = permission.as_str().unwrap();
            assert!(name.contains(":allow-"), "{path}: {name} is a set, list its members");
        }
    }
}

#[test]
fn every_crate_that_is_linked_has_a_free_licence_and_a_known_source() {
    let free = [
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "ISC",
        "LLVM-exception",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];
    let banned = ["openssl-sys", "native-tls"];
    for target in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        for package in metadata(&["--filter-platform", target])["packages"].as_array().unwrap() {
            let name = package["name"].as_str().unwrap();
            let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} names no licence"));
            let words = licence.split([' ', '/', '(', ')']).filter(|word| !word.is_empty());
            for word in words.filter(|word| !["AND", "OR", "WITH"].contains(word)) {
                assert!(free.contains(&word), "{name} is under {licence}");
            }
            let source = package["source"].as_str();
            let known =
                source.is_none_or(|url| url == "registry+https://github.com/rust-lang/crates.io-index");
            assert!(known, "{name} comes from {source:?}");
            assert!(!banned.contains(&name), "{name} is not used: TLS is rustls");
        }
    }
}

#[test]
fn the_commands_of_the_documents_exist() {
    let is_program =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o111 != 0);
    let test = read("test");
    let mut seen = 0;
    for document in ["README.md", "CONTRIBUTING.md"] {
        for line in read(document).lines().map(str::trim).filter(|line| line.starts_with("./")) {
            let program = line.split_whitespace().next().unwrap();
            assert!(is_program(&root().join(program)), "{document}: {program} cannot be run");
            for suite in
                line.split_whitespace().skip(1).filter(|word| program == "./test" && !word.starts_with('-'))
            {
                assert!(test.contains(&format!("\nsuite {suite} ")), "{document}: there is no suite {suite}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 2, "the two commands stand in the documents");
}

/// The targets of the links and pictures of a page.
fn links(page: &str) -> Vec<&str> {
    page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

/// What leads to each heading of a page, as hosts of repositories write it.
fn anchors(page: &str) -> Vec<String> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in page.lines() {
        in_code ^= line.starts_with("```");
        if let Some(heading) = line.strip_prefix('#').filter(|_| !in_code) {
            let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
            let words: String = heading.trim_start_matches('#').trim().chars().filter(kept).collect();
            found.push(words.to_lowercase().replace(' ', "-"));
        }
    }
    found
}

#[test]
fn every_link_and_picture_of_the_documents_leads_somewhere_and_the_readme_is_short() {
    let mut pages = files("docs", &["md"]);
    let others = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "assets/README.md"];
    pages.extend(others.map(str::to_owned));
    let mut shown = Vec::new();
    for page in &pages {
        let text = read(page);
        for link in links(&text).into_iter().filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = root().join(page).parent().unwrap().to_owned();
            let target = if file.is_empty() { root().join(page) } else { folder.join(file) };
            assert!(target.is_file(), "{page} links to {link}, which is not there");
            let leads = anchor.is_empty()
                || anchors(&fs::read_to_string(&target).unwrap()).contains(&anchor.to_owned());
            assert!(leads, "{page} links to {link}, and no heading of that page is called so");
            shown.push(target.canonicalize().unwrap());
        }
    }
    for picture in files("assets/screenshots", &["png"]) {
        assert!(shown.contains(&root().join(&picture).canonicalize().unwrap()), "no page shows {picture}");
    }
    for page in &pages {
        let is_linked = page == "README.md" || shown.contains(&root().join(page).canonicalize().unwrap());
        assert!(is_linked, "no page links to {page}");
    }
    // Addresses are not read.
    let readme = read("README.md");
    let mut parts = readme.split("](");
    let before = parts.next().unwrap().to_owned();
    let prose = parts.fold(before, |prose, part| prose + part.split_once(')').unwrap().1);
    let words = prose.split_whitespace().count();
    assert!((1..=500).contains(&words), "the README has {words} words, and 500 are the most");
}

#[test]
fn a_test_that_reads_the_aws_settings_of_the_home_fails() {
    let run = |script: &str| {
        let headless = root().join("tests/headless");
        Command::new(headless).args(["sh", "-c", script]).output().unwrap().status.success()
    };
    assert!(run("test -d \"$HOME/.aws\" && test -z \"$AWS_PROFILE\""), "looking at the names is fine");
    assert!(!run("cat \"$HOME/.aws/credentials\""), "reading the credentials is not");
    assert!(!run("cat \"$HOME/.local/share/keyrings/login.keyring\""), "nor is reading the keyring");
}

#[test]
fn each_promise_names_tests_that_are_there() {
    let sources: String = ["crates", "src-tauri", "tests", "ui/src"]
        .iter()
        .flat_map(|folder| files(folder, &["py", "rs", "ts"]))
        .map(|path| read(&path))
        .collect();
    let page = read("docs/promises.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let promised: Vec<&str> = rows
        .filter_map(|row| row.split_once(" | "))
        .flat_map(|(_, tests)| tests.split('`').skip(1).step_by(2))
        .collect();
    assert!(promised.len() > 40, "the page has its form: {}", promised.len());
    for name in promised {
        let is_there = sources.contains(&format!("fn {name}("))
            || sources.contains(&format!("def {name}("))
            || sources.contains(&format!("{name}'"))
            || sources.contains(&format!("{name}`"));
        assert!(is_there, "no test is called {name:?}");
    }
}
