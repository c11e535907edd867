//! Builds the front end into `ui/dist`: `cargo xtask ui [--quick|--dev]`; and tells what the packages carry.
//!
//! Does in seconds what Trunk does in minutes, with the one library that Trunk would run as a program.

mod notices;
mod sbom;
mod shipped;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ui"] => build_ui("wasm-release"),
        ["ui", "--quick"] => build_ui("wasm-quick"),
        ["ui", "--dev"] => build_ui("dev"),
        ["notices"] => notices::gather(&root()?, TARGET),
        ["sbom"] => {
            println!("{}", sbom::write(&root()?, TARGET)?.display());
            Ok(())
        }
        _ => bail!("usage: cargo xtask ui [--quick|--dev] | notices | sbom"),
    }
}

fn root() -> Result<PathBuf> {
    let own_folder = env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
    Ok(Path::new(&own_folder).parent().context("xtask lies in the workspace")?.to_owned())
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Compiles the UI crate, generates its JavaScript glue and lays both beside the page and the styles.
fn build_ui(profile: &str) -> Result<()> {
    let root = &root()?;
    let status = cargo()
        .args(["build", "--locked", "--package", "latchkey-ui", "--bin", "latchkey-ui", "--target", TARGET])
        .args(["--profile", profile])
        .current_dir(root)
        .status()
        .context("cargo could not be started")?;
    ensure!(status.success(), "the front end did not compile");

    // A folder of this build's own beside the old one: a build that fails half-way leaves the last good front end
    // in place, and two at once do not mix.
    let dist = root.join("ui/dist");
    let fresh = root.join(format!("ui/dist.{}", std::process::id()));
    remove(&fresh)?;
    generate_glue(&wasm_file(root, profile), &fresh)?;
    for page in ["index.html", "start.js"] {
        copy(&root.join("ui").join(page), &fresh.join(page))?;
    }
    for folder in ["styles", "fonts"] {
        copy(&root.join("assets").join(folder), &fresh.join(folder))?;
    }
    // What the window embeds is compiled again when it is touched: the same front end stays as it is.
    if dist.exists() && contents(&dist)? == contents(&fresh)? {
        return remove(&fresh);
    }
    remove(&dist)?;
    fs::rename(&fresh, &dist).with_context(|| format!("{} could not be put in place", dist.display()))
}

fn wasm_file(root: &Path, profile: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = if profile == "dev" { "debug" } else { profile };
    target.join(TARGET).join(folder).join("latchkey-ui.wasm")
}

fn generate_glue(wasm: &Path, out: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name("ui")
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out)
        .with_context(|| format!("wasm-bindgen refused {}", wasm.display()))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} could not be removed", folder.display()))?;
    }
    Ok(())
}

/// All files below a folder.
fn contents(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let failed = || format!("{} could not be read", folder.display());
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let name = PathBuf::from(path.file_name().with_context(failed)?);
        if path.is_dir() {
            files.extend(contents(&path)?.into_iter().map(|(below, bytes)| (name.join(below), bytes)));
        } else {
            files.insert(name, fs::read(&path).with_context(failed)?);
        }
    }
    Ok(files)
}

/// Copies a file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("{} could not be copied", from.display());
    if from.is_file() {
        fs::copy(from, to).with_context(failed)?;
        return Ok(());
    }
    fs::create_dir_all(to).with_context(failed)?;
    for entry in fs::read_dir(from).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
