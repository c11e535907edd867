//! What is compiled into the programs that packages carry: the window for this platform, and the front end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

/// A crate, as cargo tells of it.
#[derive(Deserialize)]
pub struct Package {
    id: String,
    pub name: String,
    pub version: String,
    pub license: Option<String>,
    #[serde(default)]
    pub authors: Vec<String>,
    /// None for the crates of this workspace.
    pub source: Option<String>,
    pub manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// A crate with the crates that it is compiled with, by name and version.
pub struct Shipped {
    pub package: Package,
    pub needs: Vec<Key>,
}

/// Name and version, which together name one crate in a lock file with one registry.
pub type Key = (String, String);

/// The crates by name and version.
pub type Crates = BTreeMap<Key, Shipped>;

/// All that packages carry. What only builds it, or runs while it is compiled, is left out.
pub fn crates(root: &Path, front_end: &str) -> Result<Crates> {
    let mut crates = Crates::new();
    follow(&mut crates, root, "latchkey", &host()?)?;
    follow(&mut crates, root, "latchkey-ui", front_end)?;
    Ok(crates)
}

/// Takes every crate that `program` is compiled from.
fn follow(crates: &mut Crates, root: &Path, program: &str, platform: &str) -> Result<()> {
    let Metadata { packages, resolve } = metadata(root, platform)?;
    let mut packages: HashMap<_, _> =
        packages.into_iter().map(|package| (package.id.clone(), package)).collect();
    let nodes: HashMap<_, _> = resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let keys: HashMap<_, _> = packages.iter().map(|(id, package)| (id.clone(), package.key())).collect();
    let compiled = compiled(root, program, platform)?;
    let is_first = |package: &&Package| package.name == program && package.source.is_none();
    let first = packages.values().find(is_first).with_context(|| format!("no crate {program}"))?.id.clone();

    let mut open = vec![first];
    while let Some(id) = open.pop() {
        let (Some(package), Some(node)) = (packages.remove(&id), nodes.get(id.as_str())) else { continue };
        let linked = |dependency: &&Dependency| {
            let is_linked = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
            is_linked && keys.get(&dependency.pkg).is_some_and(|key| compiled.contains(key))
        };
        let linked: Vec<_> =
            node.deps.iter().filter(linked).map(|dependency| dependency.pkg.clone()).collect();
        let needs = linked.iter().filter_map(|id| keys.get(id).cloned());
        let shipped = crates.entry(package.key()).or_insert(Shipped { package, needs: Vec::new() });
        shipped.needs.extend(needs);
        shipped.needs.sort();
        shipped.needs.dedup();
        open.extend(linked);
    }
    Ok(())
}

impl Package {
    pub fn key(&self) -> Key {
        (self.name.clone(), self.version.clone())
    }
}

/// The crates that are compiled into a program. `cargo metadata` names more: it joins what all members of the workspace ask
/// of a crate, their tests included.
fn compiled(root: &Path, program: &str, platform: &str) -> Result<BTreeSet<Key>> {
    let answer = crate::cargo()
        .args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"])
        .args(["--package", program, "--target", platform])
        .current_dir(root)
        .output()
        .context("cargo could not be started")?;
    ensure!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let text = String::from_utf8_lossy(&answer.stdout);
    // `name v1.2.3 (path)`
    let key = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    };
    Ok(text.lines().filter_map(key).collect())
}

fn metadata(root: &Path, platform: &str) -> Result<Metadata> {
    let answer = crate::cargo()
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", platform])
        .current_dir(root)
        .output()
        .context("cargo could not be started")?;
    ensure!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    serde_json::from_slice(&answer.stdout).context("cargo told of the crates in another form")
}

/// The platform that this machine compiles for.
pub fn host() -> Result<String> {
    let answer = Command::new("rustc")
        .args(["--print", "host-tuple"])
        .output()
        .context("rustc could not be started")?;
    ensure!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}
