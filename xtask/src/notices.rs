//! Gathers the licences of what is compiled in, which most of them ask to hand on: `cargo xtask notices`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// What the names of such files begin with.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
const RULE: &str = "--------------------------------------------------------------------------------";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    source: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
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

/// The crates that are compiled in, and whose texts they are.
#[derive(Default)]
struct Notices {
    crates: BTreeSet<String>,
    texts: BTreeMap<String, BTreeSet<String>>,
}

/// Writes the file that the packages carry: the window for this platform and the front end.
pub fn gather(root: &Path, front_end: &str) -> Result<()> {
    let mut notices = Notices::default();
    for (owner, file) in [
        ("Latchkey", "LICENSE-MIT"),
        ("Latchkey", "LICENSE-APACHE"),
        ("Inter", "assets/fonts/inter-LICENSE.txt"),
        ("JetBrains Mono", "assets/fonts/jetbrains-mono-LICENSE.txt"),
        ("Lucide", "assets/icons/lucide-LICENSE.txt"),
    ] {
        notices.take(owner, &root.join(file))?;
    }
    notices.follow(root, "latchkey", &host()?)?;
    notices.follow(root, "latchkey-ui", front_end)?;

    let folder = root.join("gen");
    fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let path = folder.join("licences.txt");
    fs::write(&path, notices.text()).with_context(|| format!("{} could not be written", path.display()))
}

impl Notices {
    /// Takes every crate of others that `program` is compiled from; those that only build it are left out.
    fn follow(&mut self, root: &Path, program: &str, platform: &str) -> Result<()> {
        let Metadata { packages, resolve } = metadata(root, platform)?;
        let packages: HashMap<_, _> = packages.iter().map(|package| (package.id.as_str(), package)).collect();
        let nodes: HashMap<_, _> = resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let first = packages
            .values()
            .find(|package| package.name == program && package.source.is_none())
            .with_context(|| format!("no crate {program}"))?;

        let mut open = vec![first.id.as_str()];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else { continue };
            if !seen.insert(id) || package.is_macro() {
                continue;
            }
            if package.source.is_some() {
                self.take_crate(package)?;
            }
            let linked =
                |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
            open.extend(node.deps.iter().filter(linked).map(|dependency| dependency.pkg.as_str()));
        }
        Ok(())
    }

    fn take_crate(&mut self, package: &Package) -> Result<()> {
        let owner = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its text");
        let authors = package.authors.join(", ");
        self.crates
            .insert(format!("{owner}: {licence}{}{authors}", if authors.is_empty() { "" } else { "; " }));
        let folder = package.manifest_path.parent().context("a crate lies in a folder")?;
        for entry in fs::read_dir(folder).with_context(|| format!("{} is not here", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            if path.is_file() && NAMES.iter().any(|known| name.starts_with(known)) {
                self.take(&owner, &path)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, owner: &str, path: &Path) -> Result<()> {
        let text = fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
        let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
        self.texts.entry(text.trim().to_owned()).or_default().insert(owner.to_owned());
        Ok(())
    }

    fn text(&self) -> String {
        let mut all = String::from(
            "Latchkey is under the MIT License or the Apache License 2.0, at your choice. Compiled into it are\n\
             the fonts Inter and JetBrains Mono (OFL-1.1), icons of Lucide (ISC and MIT), and these crates of\n\
             Rust, each with its licence:\n\n",
        );
        for line in &self.crates {
            let _ = writeln!(all, "{line}");
        }
        for (text, owners) in &self.texts {
            let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
            let _ = write!(all, "\n{RULE}\n{}\n{RULE}\n\n{text}\n", owners.join(", "));
        }
        all
    }
}

impl Package {
    fn is_macro(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }
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

fn host() -> Result<String> {
    let answer = Command::new("rustc")
        .args(["--print", "host-tuple"])
        .output()
        .context("rustc could not be started")?;
    ensure!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}
