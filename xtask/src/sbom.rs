//! Writes the software bill of materials of the packages, in the form of CycloneDX 1.5: `cargo xtask sbom`.
//!
//! The same sources give the same file: it names the time of the commit, and no random number.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::shipped::{self, Crates, Key, Package};

const PROGRAM: &str = "latchkey";

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// Writes the file beside the packages, in `target/release/bundle`, and answers where.
pub fn write(root: &Path, front_end: &str) -> Result<PathBuf> {
    let crates = shipped::crates(root, front_end)?;
    let (_, version) = crates.keys().find(|(name, _)| name == PROGRAM).context("the program is not there")?;
    let bom = bom(&crates, &checksums(root)?, committed_at(root));

    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = target.join("release/bundle");
    fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let path = folder.join(format!("{PROGRAM}-{version}-{}.cdx.json", shipped::host()?));
    let text = serde_json::to_string_pretty(&bom)? + "\n";
    fs::write(&path, text).with_context(|| format!("{} could not be written", path.display()))?;
    Ok(path)
}

fn bom(crates: &Crates, checksums: &HashMap<Key, String>, committed_at: Option<String>) -> Value {
    let mut program = Value::Null;
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for (key, shipped) in crates {
        let component = component(&shipped.package, checksums.get(key));
        if key.0 == PROGRAM {
            program = component
        } else {
            components.push(component)
        }
        let needs: Vec<String> = shipped.needs.iter().map(reference).collect();
        dependencies.push(json!({ "ref": reference(key), "dependsOn": needs }));
    }
    for (name, licence) in [("Inter", "OFL-1.1"), ("JetBrains Mono", "OFL-1.1"), ("Lucide", "ISC")] {
        let licences = json!([{ "license": { "id": licence } }]);
        components.push(json!({ "type": "file", "bom-ref": name, "name": name, "licenses": licences }));
    }
    program["type"] = json!("application");
    // The window embeds the front end.
    for dependency in dependencies.iter_mut().filter(|known| known["ref"] == program["bom-ref"]) {
        let front_end = crates.keys().find(|(name, _)| name == "latchkey-ui").map(reference);
        let embedded = front_end.into_iter().chain(["Inter", "JetBrains Mono", "Lucide"].map(str::to_owned));
        if let Some(needs) = dependency["dependsOn"].as_array_mut() {
            needs.extend(embedded.map(Value::from));
        }
    }
    let mut metadata = json!({ "component": program });
    if let Some(at) = committed_at {
        metadata["timestamp"] = json!(at);
    }
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": dependencies,
    })
}

/// `checksum` is that of the archive of the crate; the crates of this workspace have none, and no place to get them.
fn component(package: &Package, checksum: Option<&String>) -> Value {
    let key = package.key();
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(&key),
        "name": package.name,
        "version": package.version,
    });
    if !package.authors.is_empty() {
        component["author"] = json!(package.authors.join(", "));
    }
    if let Some(licence) = &package.license {
        // An older form of `OR`.
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ").replace("  ", " ") }]);
    }
    if package.source.is_some() {
        component["purl"] = json!(reference(&key));
    }
    if let Some(checksum) = checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

/// The package URL of a crate (purl-spec, type cargo): a plus begins what is encoded in a version.
fn reference((name, version): &Key) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

/// What Cargo.lock holds of the archives of crates.
fn checksums(root: &Path) -> Result<HashMap<Key, String>> {
    let path = root.join("Cargo.lock");
    let text = fs::read_to_string(&path).with_context(|| format!("{} could not be read", path.display()))?;
    let lock: Lock = toml::from_str(&text).context("Cargo.lock has another form")?;
    let checked = lock.package.into_iter().filter_map(|Locked { name, version, checksum }| {
        checksum.map(|checksum| ((name, version), checksum))
    });
    Ok(checked.collect())
}

/// When the sources were committed, in UTC; none outside of a repository.
fn committed_at(root: &Path) -> Option<String> {
    let answer = Command::new("git")
        .args(["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"])
        .env("TZ", "UTC")
        .current_dir(root)
        .output();
    let answer = answer.ok().filter(|answer| answer.status.success())?;
    Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}
