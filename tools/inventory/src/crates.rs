//! The crates of a library, as cargo knows them, and what the compilers link into it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

use crate::Result;
use crate::licences::canonical;

/// Something that the library is made of.
pub struct Part {
    pub name: String,
    pub version: String,
    /// An expression of SPDX.
    pub licence: String,
    pub authors: Vec<String>,
    pub description: String,
    /// Where its sources are; nowhere for what comes with the compilers.
    pub folder: Option<PathBuf>,
    /// The SHA-256 of its archive, where it comes from a registry.
    pub checksum: Option<String>,
    /// The places in the tree of what it needs.
    pub needs: Vec<usize>,
}

/// The library itself, and then its parts by name and version.
pub struct Tree {
    pub root: Part,
    pub parts: Vec<Part>,
}

pub fn read(manifest: &Path, target: &str) -> Result<Tree> {
    let metadata = cargo("metadata", manifest, &["--format-version", "1", "--filter-platform", target])?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata: {e}"))?;
    let packages: BTreeMap<&str, &Value> = list(&metadata["packages"]).map(|p| (text(&p["id"]), p)).collect();
    let needs: BTreeMap<&str, Vec<&str>> =
        list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), normal(node))).collect();
    let root = text(&metadata["resolve"]["root"]);
    let built = built(manifest, target)?;
    let name = |id: &str| {
        let package = packages.get(id).copied().unwrap_or(&Value::Null);
        (text(&package["name"]).to_owned(), text(&package["version"]).to_owned())
    };
    let of_others = |id: &&str| *id != root && built.contains(&name(id));
    let mut ids: Vec<&str> = reached(root, &needs).into_iter().filter(of_others).collect();
    ids.sort_by_key(|id| name(id));
    let sums = checksums(&manifest.with_file_name("Cargo.lock"))?;
    let part = |id: &str| -> Result<Part> {
        let package = packages.get(id).copied().ok_or_else(|| format!("cargo metadata has no package {id}"))?;
        let needs = needs.get(id).into_iter().flatten();
        let needs = needs.filter_map(|needed| ids.iter().position(|other| other == needed)).collect();
        part(package, needs, &sums)
    };
    let mut tree = Tree { root: part(root)?, parts: ids.iter().map(|id| part(id)).collect::<Result<_>>()? };
    for extra in of_compilers(target)? {
        tree.root.needs.push(tree.parts.len());
        tree.parts.push(extra);
    }
    Ok(tree)
}

/// What a verb of cargo prints of the package.
fn cargo(verb: &str, manifest: &Path, args: &[&str]) -> Result<String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([verb, "--locked", "--manifest-path"]).arg(manifest).args(args);
    let output = command.output().map_err(|e| format!("cargo: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Names and versions of the crates that are built: the metadata also have those that only tests switch on.
fn built(manifest: &Path, target: &str) -> Result<BTreeSet<(String, String)>> {
    let args = ["--edges", "normal", "--target", target, "--prefix", "none", "--format", "{p}"];
    let tree = cargo("tree", manifest, &args)?;
    let name_and_version = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    };
    Ok(tree.lines().filter_map(name_and_version).collect())
}

/// What a node needs to run, not what it is built or tested with.
fn normal(node: &Value) -> Vec<&str> {
    let is_normal = |need: &&Value| list(&need["dep_kinds"]).any(|kind| kind["kind"].is_null());
    list(&node["deps"]).filter(is_normal).map(|need| text(&need["pkg"])).collect()
}

fn reached<'a>(root: &'a str, needs: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(needs.get(id).into_iter().flatten());
        }
    }
    seen
}

fn part(package: &Value, needs: Vec<usize>, sums: &BTreeMap<(String, String), String>) -> Result<Part> {
    let (name, version) = (text(&package["name"]).to_owned(), text(&package["version"]).to_owned());
    let Some(licence) = package["license"].as_str() else {
        return Err(format!("{name} {version} names no licence"));
    };
    Ok(Part {
        licence: canonical(licence).map_err(|e| format!("{name} {version}: {e}"))?,
        authors: list(&package["authors"]).map(|author| text(author).to_owned()).collect(),
        description: text(&package["description"]).split_whitespace().collect::<Vec<_>>().join(" "),
        folder: Path::new(text(&package["manifest_path"])).parent().map(Path::to_owned),
        checksum: sums.get(&(name.clone(), version.clone())).cloned(),
        needs,
        name,
        version,
    })
}

/// The checksums of Cargo.lock, by name and version.
fn checksums(lock: &Path) -> Result<BTreeMap<(String, String), String>> {
    let lock = fs::read_to_string(lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    let field = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let of = |block: &str| Some(((field(block, "name")?, field(block, "version")?), field(block, "checksum")?));
    Ok(lock.split("[[package]]").filter_map(of).collect())
}

/// Rust's standard library, and the unwinder, which build.rs links statically.
fn of_compilers(target: &str) -> Result<Vec<Part>> {
    let part = |name: &str, version: String, licence: &str, description: &str| Part {
        name: name.to_owned(),
        version,
        licence: licence.to_owned(),
        authors: Vec::new(),
        description: description.to_owned(),
        folder: None,
        checksum: None,
        needs: Vec::new(),
    };
    let rust = said("rustc", &["--version"])?;
    let rust = rust.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut parts = vec![part("std", rust, "MIT OR Apache-2.0", "Rust's standard library")];
    if target.contains("-linux-gnu") {
        let gcc = said(&env::var("CC").unwrap_or_else(|_| "cc".to_owned()), &["-dumpversion"])?;
        parts.push(part("libgcc", gcc, "GPL-3.0-or-later WITH GCC-exception-3.1", "The unwinder of GCC"));
    }
    Ok(parts)
}

fn said(program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program).args(args).output().map_err(|e| format!("{program}: {e}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
