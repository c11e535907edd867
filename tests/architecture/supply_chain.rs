//! What comes in from outside is pinned by its hash and runs nothing while it is installed; what is known to be
//! unmaintained stays for a reason.

use std::collections::BTreeSet;

use super::{json, read};

/// The names in Cargo.lock, and the blocks of its crates.
fn locked() -> (BTreeSet<String>, Vec<String>) {
    let lock = read("Cargo.lock");
    let blocks: Vec<String> = lock.split("[[package]]").skip(1).map(str::to_owned).collect();
    let name = |block: &String| block.split('"').nth(1).unwrap().to_owned();
    (blocks.iter().map(name).collect(), blocks)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn every_crate_is_locked_by_its_hash() {
    let (_, blocks) = locked();
    for block in blocks {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        let name = field("name").unwrap();
        let is_own = name.starts_with("latchkey") || name == "xtask";
        assert_eq!(field("source").is_none(), is_own, "{name}: only the crates of this workspace are here");
        assert!(is_own || field("checksum").is_some_and(|hash| is_hex(&hash, 64)), "{name} has no hash");
    }
}

#[test]
fn every_node_package_is_locked_by_its_hash_and_installs_by_no_script() {
    let lock = json("tests/package-lock.json");
    let packages = lock["packages"].as_object().unwrap();
    let mut hosts = BTreeSet::new();
    for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        assert!(path.starts_with("node_modules/"), "{path} is a folder of this computer");
        assert!(package["link"].is_null(), "{path} is a link");
        assert!(package["hasInstallScript"].is_null(), "{path} would run a script");
        let hash = package["integrity"].as_str().unwrap_or_else(|| panic!("{path} has no hash"));
        // 64 bytes in base64.
        let digest = hash.strip_prefix("sha512-").unwrap_or_else(|| panic!("{path}: {hash} is no SHA-512"));
        assert!(digest.len() == 88 && digest.ends_with("=="), "{path}: {hash}");
        let version = package["version"].as_str().unwrap_or_default();
        assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{path}: {version} is no version");
        // A lock file without addresses takes all from the registry that npm is set to.
        if let Some(address) = package["resolved"].as_str() {
            let rest = address.strip_prefix("https://");
            let rest = rest.unwrap_or_else(|| panic!("{path} comes from {address}"));
            assert!(rest.ends_with(&format!("-{version}.tgz")), "{path} comes from {address}");
            hosts.insert(rest.split('/').next().unwrap().to_owned());
        }
    }
    assert!(hosts.len() <= 1, "all come from one place, not from {hosts:?}");
    let wanted = json("tests/package.json");
    for (name, version) in wanted["devDependencies"].as_object().unwrap() {
        let version = version.as_str().unwrap();
        assert_eq!(packages[&format!("node_modules/{name}")]["version"], version, "{name} is one version");
    }
}

#[test]
fn every_python_package_is_locked_by_its_hashes() {
    let text = read("tests/requirements.txt");
    let whole = text.replace("\\\n", " ");
    let lines = whole.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut count = 0;
    for line in lines {
        let mut words = line.split_whitespace();
        let package = words.next().unwrap();
        let is_pinned = package.split_once("==").is_some_and(|(name, version)| {
            !name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit())
        });
        assert!(is_pinned, "{package} is no name with one version");
        let hashes: Vec<_> = words.map(|word| word.strip_prefix("--hash=sha256:").unwrap_or(word)).collect();
        assert!(!hashes.is_empty(), "{package} has no hash");
        assert!(hashes.iter().all(|hash| is_hex(hash, 64)), "{package}: {hashes:?}");
        count += 1;
    }
    assert!(count > 5, "there are packages");
    let install = read("scripts/install");
    assert!(install.contains("--require-hashes --only-binary :all:"), "pip checks them and builds nothing");
    assert!(install.contains("npm ci --prefix tests --ignore-scripts"), "npm checks them and runs nothing");
}

#[test]
fn what_is_unmaintained_stays_for_a_reason_and_no_longer_than_it_is_here() {
    let (names, _) = locked();
    let text = read("deny.toml");
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| line.starts_with("{ id = ")).collect();
    assert!(!lines.is_empty(), "deny.toml names what is known");
    let page = read("docs/security-model.md");
    for line in lines {
        let parts: Vec<_> = line.split('"').collect();
        let (id, reason) = (parts[1], parts[3]);
        assert!(id.starts_with("RUSTSEC-"), "{line}");
        let (name, why) = reason.split_once(": ").unwrap_or_else(|| panic!("{id} names no crate"));
        assert!(names.contains(name), "{id}: {name} is not in Cargo.lock any more");
        assert!(why.len() > 20, "{id} has no reason");
        assert!(page.contains(&format!("`{name}`")), "docs/security-model.md does not name {name}");
    }
}
