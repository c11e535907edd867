//! Gathers the licences of what is compiled in, which most of them ask to hand on: `cargo xtask notices`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::shipped::{self, Package};

/// What the names of such files begin with.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
const RULE: &str = "--------------------------------------------------------------------------------";

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
    for shipped in shipped::crates(root, front_end)?.values() {
        if shipped.package.source.is_some() {
            notices.take_crate(&shipped.package)?;
        }
    }

    let folder = root.join("gen");
    fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let path = folder.join("licences.txt");
    fs::write(&path, notices.text()).with_context(|| format!("{} could not be written", path.display()))
}

impl Notices {
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
