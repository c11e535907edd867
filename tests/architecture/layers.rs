//! Who may know whom: the crates, the modules of the engine, and who can send a write.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{assert_none, files, lines_with, metadata, read, without};

/// The packages that each member of the workspace ships with, by the member's name.
fn shipped_dependencies() -> BTreeMap<String, Vec<String>> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata(&["--no-deps"])["packages"].as_array().unwrap().clone();
    let dependencies = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        all.iter().filter(|one| one["kind"].is_null()).map(|one| text(&one["name"])).collect()
    };
    packages.iter().map(|package| (text(&package["name"]), dependencies(package))).collect()
}

#[test]
fn crates_depend_only_on_those_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("latchkey-domain", &[][..]),
        ("latchkey-keyring", &[]),
        ("latchkey-engine", &["latchkey-domain", "latchkey-keyring"]),
        ("latchkey-vault", &["latchkey-domain", "latchkey-keyring"]),
        ("latchkey-ui", &["latchkey-domain"]),
        ("latchkey", &["latchkey-domain", "latchkey-engine", "latchkey-vault"]),
        ("xtask", &[]),
    ]);
    let owners = [
        ("aws-sdk", "latchkey-engine"),
        ("aws-config", "latchkey-engine"),
        ("arboard", "latchkey-engine"),
        ("keyring-core", "latchkey-keyring"),
        ("tauri", "latchkey"),
        ("leptos", "latchkey-ui"),
        ("wasm-bindgen", "latchkey-ui"),
        ("rusqlite", "latchkey-vault"),
    ];
    for (member, dependencies) in shipped_dependencies() {
        let below =
            allowed.get(member.as_str()).unwrap_or_else(|| panic!("{member} has no place in the plan"));
        for dependency in &dependencies {
            let ours = dependency.starts_with("latchkey");
            assert!(!ours || below.contains(&dependency.as_str()), "{member} must not know {dependency}");
            for (prefix, owner) in owners {
                let foreign = dependency.starts_with(prefix) && member != owner && member != "xtask";
                assert!(!foreign, "{dependency} belongs to {owner}, not to {member}");
            }
        }
    }
}

/// The modules of a crate that each of its modules may import, besides the crate's root.
fn assert_layers(source: &str, layers: &[(&str, &[&str])]) {
    let known: Vec<&str> = layers.iter().map(|(module, _)| *module).collect();
    let mut imports = Vec::new();
    for path in files(source, &["rs"]) {
        let below = path.strip_prefix(&format!("{source}/")).unwrap();
        let module = below.split('/').next().unwrap().trim_end_matches(".rs");
        let is_test = below.contains("tests") || below.contains("testing");
        if is_test || !known.contains(&module) {
            continue;
        }
        let allowed = layers.iter().find(|(name, _)| *name == module).unwrap().1;
        let code = read(&path);
        // What follows is compiled for tests only.
        let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let line = line.trim();
            if line.starts_with("//") {
                continue;
            }
            for part in line.split("crate::").skip(1) {
                let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
                let imported = &part[..end];
                if imported != module && known.contains(&imported) && !allowed.contains(&imported) {
                    imports.push(format!("{path}:{}: {module} must not know {imported}", number + 1));
                }
            }
        }
    }
    assert_none("each module knows only those below it", imports);
}

#[test]
fn the_modules_of_the_engine_know_only_those_below_them() {
    let layers: &[(&str, &[&str])] = &[
        ("aws", &[]),
        ("files", &[]),
        ("sealed", &["files"]),
        ("lock", &["files", "sealed"]),
        ("guards", &["aws", "files"]),
        ("journal", &["files", "lock", "sealed"]),
        ("connections", &["aws", "files", "guards", "lock", "sealed"]),
        ("secrets", &["aws"]),
        ("values", &["aws", "files", "secrets"]),
        ("inventory", &["aws"]),
        ("changes", &["aws", "connections", "journal", "secrets"]),
    ];
    for (module, below) in layers {
        let rank = |name: &str| layers.iter().position(|(known, _)| *known == name).unwrap();
        assert!(below.iter().all(|other| rank(other) < rank(module)), "{module} stands above what it knows");
    }
    assert_layers("crates/engine/src", layers);
}

#[test]
fn only_the_changes_of_the_engine_can_send_a_write() {
    // A client that has every operation.
    let whole = ["aws_sdk_secretsmanager::Client", "sdk_client(", "into_all("];
    let found = lines_with("crates/engine/src", &whole);
    let found = without(
        found,
        &[
            "crates/engine/src/aws/",
            "crates/engine/src/changes/write_client.rs",
            "crates/engine/src/changes/writer.rs",
            "crates/engine/src/connections/mod.rs",
            "crates/engine/src/testing",
        ],
    );
    assert_none(
        "such a client is made into a reader or a writer",
        found.into_iter().filter(|line| !line.contains("tests")).collect(),
    );

    let source = read("crates/engine/src/aws/read_client.rs");
    let methods = source.lines().filter_map(|line| line.trim().strip_prefix("pub fn ")?.split('(').next());
    let reads = [
        "new",
        "into_all",
        "describe_secret",
        "get_random_password",
        "get_secret_value",
        "list_secret_version_ids",
        "list_secrets",
    ];
    assert_eq!(methods.collect::<Vec<_>>(), reads, "what is read with has no operation that writes");
}
