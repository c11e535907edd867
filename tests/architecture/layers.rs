//! Who may know whom: the crates, the modules of the engine, the vault and the domain, and who can send a write.

use std::collections::{BTreeMap, BTreeSet};

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
        ("latchkey-keyring", &["latchkey-sealing", "latchkey-system"]),
        ("latchkey-sealing", &[]),
        ("latchkey-system", &[]),
        ("latchkey-engine", &["latchkey-domain", "latchkey-keyring", "latchkey-sealing", "latchkey-system"]),
        ("latchkey-vault", &["latchkey-domain", "latchkey-keyring", "latchkey-sealing", "latchkey-system"]),
        ("latchkey-ui", &["latchkey-domain"]),
        (
            "latchkey",
            &["latchkey-domain", "latchkey-engine", "latchkey-keyring", "latchkey-system", "latchkey-vault"],
        ),
        ("xtask", &[]),
    ]);
    let owners = [
        ("aws-sdk", "latchkey-engine"),
        ("aws-config", "latchkey-engine"),
        ("arboard", "latchkey-engine"),
        ("keyring-core", "latchkey-keyring"),
        ("secret-service", "latchkey-keyring"),
        ("argon2", "latchkey-sealing"),
        ("chacha20poly1305", "latchkey-sealing"),
        ("tauri", "latchkey"),
        ("leptos", "latchkey-ui"),
        ("wasm-bindgen", "latchkey-ui"),
        ("process-wrap", "latchkey-system"),
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

/// The modules of a crate, each with those that it may import besides the crate's root: they stand before it.
type Layers<'a> = &'a [(&'a str, &'a [&'a str])];

/// The module of the crate that a file belongs to.
fn module_of<'a>(source: &str, path: &'a str) -> &'a str {
    let below = path.strip_prefix(source).unwrap().trim_start_matches('/');
    below.split('/').next().unwrap().trim_end_matches(".rs")
}

/// A file's code: no comments, and no tests, which stand last.
pub fn code_of(path: &str) -> String {
    let text = read(path);
    let code = text.split("\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names behind each `crate::`. Of a list in braces every name counts, those inside of modules too.
fn imported(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).flat_map(|part| {
        let is_list = part.starts_with('{');
        let list = if is_list { part.split(';').next().unwrap() } else { part };
        let names = list.split(|c: char| !c.is_alphanumeric() && c != '_');
        names.filter(|name| !name.is_empty()).take(if is_list { usize::MAX } else { 1 })
    })
}

/// What a file would write to leave its module without naming the crate.
fn way_out(source: &str, path: &str) -> String {
    let below = path.strip_prefix(source).unwrap().trim_end_matches("/mod.rs");
    "super::".repeat(below.matches('/').count())
}

/// Every module has its place, and imports none but those that it may; `of_root` are the names that the crate's root has
/// itself.
fn assert_layers(source: &str, of_root: &[&str], layers: Layers<'_>) {
    let rank = |name: &str| layers.iter().position(|(known, _)| *known == name);
    for (module, below) in layers {
        let is_below = |other: &&str| rank(other).is_some_and(|other| Some(other) < rank(module));
        assert!(below.iter().all(is_below), "{module} stands above what it knows");
    }
    let mut paths = files(source, &["rs"]);
    paths.retain(|path| !path.contains("tests") && !path.contains("testing"));
    let known: BTreeSet<&str> = layers.iter().map(|(module, _)| *module).collect();
    let modules = paths.iter().map(|path| module_of(source, path));
    let found: BTreeSet<&str> = modules.filter(|name| !["lib", "main"].contains(name)).collect();
    assert_eq!(found, known, "every module of {source} has its place");
    let mut imports = Vec::new();
    for path in &paths {
        let module = module_of(source, path);
        let code = code_of(path);
        let is_of_module = |name: &&str| known.contains(name) || of_root.contains(name);
        let through_root: Vec<_> = imported(&code).filter(|name| !is_of_module(name)).collect();
        assert!(through_root.is_empty(), "{path} imports {through_root:?} without their modules");
        let Some(place) = rank(module) else { continue };
        let allowed = layers[place].1;
        let forbidden = |name: &&str| *name != module && rank(name).is_some() && !allowed.contains(name);
        let found = imported(&code).filter(forbidden);
        imports.extend(found.map(|other| format!("{path}: {module} must not know {other}")));
        if code.contains(&way_out(source, path)) {
            imports.push(format!("{path}: what stands beside {module} is named by crate::"));
        }
    }
    assert_none("each module knows only those below it", imports);
}

#[test]
fn the_modules_of_the_engine_know_only_those_below_them() {
    let layers: Layers<'_> = &[
        ("ports", &[]),
        ("files", &[]),
        ("sealed", &["files"]),
        ("keyring", &[]),
        ("lock", &["files", "keyring", "ports", "sealed"]),
        ("aws", &[]),
        ("aws_files", &[]),
        ("guards", &["aws", "files", "ports"]),
        ("journal", &["files", "lock", "sealed"]),
        ("connections", &["aws", "aws_files", "files", "guards", "keyring", "lock", "ports", "sealed"]),
        ("secrets", &["aws"]),
        ("values", &["aws", "files", "secrets"]),
        ("inventory", &["aws"]),
        ("changes", &["aws", "connections", "journal", "ports", "secrets"]),
        ("rotation", &["ports", "secrets"]),
        ("drafts", &["files", "sealed", "secrets"]),
        ("settings", &["files"]),
        ("person", &["ports"]),
        ("password", &["aws"]),
        ("clipboard", &[]),
        ("diagnostics", &[]),
        ("commands", &["ports"]),
    ];
    assert_layers("crates/engine/src", &["Engine", "permits"], layers);
}

#[test]
fn the_modules_of_the_vault_know_only_those_below_them() {
    let layers: Layers<'_> = &[
        ("fault", &[]),
        ("folders", &[]),
        ("keyring", &[]),
        ("private_memory", &[]),
        ("random", &[]),
        ("store", &["fault", "keyring"]),
        ("credentials", &["fault", "random", "store"]),
        ("rotation", &["fault", "store"]),
        ("call", &["fault", "rotation", "store"]),
        ("vault", &["call", "fault", "keyring", "rotation", "store"]),
        ("operations", &["call", "credentials", "fault", "random", "rotation", "store", "vault"]),
        ("seed", &["call", "fault", "operations", "rotation", "store", "vault"]),
        ("samples", &["fault", "seed", "vault"]),
        ("rotator", &["call", "credentials", "fault", "operations", "rotation", "store", "vault"]),
        ("protocol", &["credentials", "fault", "operations", "rotator", "vault"]),
        // The program, which knows the crate by its name alone.
        ("environment", &[]),
        ("schedule_cli", &[]),
        ("which_vault", &[]),
        ("backup_cli", &["which_vault"]),
        ("serve", &["which_vault"]),
    ];
    assert_layers("crates/vault/src", &[], layers);
}

#[test]
fn the_modules_of_the_system_know_only_those_below_them() {
    assert_layers("crates/sealing/src", &["SealingKey", "KeyBytes"], &[("derivation", &[])]);
    let layers: Layers<'_> = &[("private_memory", &[]), ("files", &[]), ("programs", &["private_memory"])];
    assert_layers("crates/system/src", &[], layers);
}

#[test]
fn the_modules_of_the_domain_know_only_those_below_them() {
    let layers: Layers<'_> = &[
        ("diagnostics", &[]),
        ("endpoint", &[]),
        ("error", &[]),
        ("open_files", &[]),
        ("partition", &[]),
        ("schedule", &[]),
        ("scope", &[]),
        ("secret_text", &[]),
        ("shell_text", &[]),
        ("text", &[]),
        ("typed", &[]),
        ("cli_line", &["secret_text", "shell_text"]),
        ("detour", &["scope"]),
        ("name", &["partition", "scope"]),
        ("stages", &["cli_line", "secret_text", "text"]),
        ("document", &["secret_text", "text"]),
        ("diff", &["document", "secret_text"]),
        ("paste", &["document", "secret_text"]),
        ("template", &["document"]),
        ("password", &["scope", "template"]),
        ("value", &["document", "scope", "secret_text", "template"]),
        ("secret", &["error", "schedule", "scope", "stages", "value"]),
        ("rotation", &["schedule", "scope", "secret", "stages", "template", "text"]),
        ("filter", &["secret"]),
        ("catalog", &["error", "filter", "scope", "secret"]),
        ("settings", &["catalog", "scope"]),
        ("lock", &["error", "secret_text", "settings"]),
        ("draft", &["scope", "secret_text"]),
        ("guard", &["detour", "endpoint", "scope"]),
        ("assumed_role", &["scope", "secret_text"]),
        ("identity_center", &["endpoint", "scope"]),
        (
            "connection",
            &[
                "assumed_role",
                "detour",
                "endpoint",
                "error",
                "guard",
                "identity_center",
                "scope",
                "secret_text",
            ],
        ),
        ("plan", &["error"]),
        (
            "change",
            &[
                "cli_line",
                "diff",
                "document",
                "error",
                "guard",
                "name",
                "plan",
                "schedule",
                "scope",
                "secret",
                "secret_text",
                "stages",
                "text",
                "value",
            ],
        ),
        ("writes", &["change", "error", "plan", "scope", "secret", "stages"]),
        ("event", &["catalog", "change", "connection", "lock"]),
        (
            "contract",
            &[
                "assumed_role",
                "catalog",
                "change",
                "connection",
                "detour",
                "diagnostics",
                "diff",
                "draft",
                "guard",
                "identity_center",
                "lock",
                "open_files",
                "password",
                "rotation",
                "secret",
                "settings",
                "value",
                "writes",
            ],
        ),
    ];
    assert_layers("crates/domain/src", &[], layers);
}

#[test]
fn only_the_changes_of_the_engine_can_send_a_write() {
    // A client that has every operation.
    let whole = ["aws_sdk_secretsmanager::Client", "into_all("];
    let found = lines_with("crates/engine/src", &whole);
    let found = without(
        found,
        &["crates/engine/src/aws/", "crates/engine/src/changes/write_client.rs", "crates/engine/src/testing"],
    );
    assert_none(
        "such a client is made into a reader or a writer",
        found.into_iter().filter(|line| !line.contains("tests")).collect(),
    );

    let source = read("crates/engine/src/aws/read_client.rs");
    let methods = source.lines().filter_map(|line| line.trim().strip_prefix("pub fn ")?.split('(').next());
    let reads = [
        "whole",
        "into_all",
        "describe_secret",
        "get_random_password",
        "get_secret_value",
        "list_secret_version_ids",
        "list_secrets",
    ];
    assert_eq!(methods.collect::<Vec<_>>(), reads, "what is read with has no operation that writes");
}
