//! inventory MANIFEST TARGET FOLDER: what a library is made of, for those who get it as a binary. Writes into the folder
//!
//!   THIRD-PARTY.txt      the licences of all crates in it, and of what the compilers add, each text once
//!   NAME.cdx.json        the same as a bill of materials, by CycloneDX
//!
//! The same Cargo.lock gives the same bytes. A licence that is not accepted ends it.

mod bill;
mod crates;
mod licences;

use std::path::Path;
use std::{env, fs};

/// What went wrong, as a sentence.
type Result<T> = std::result::Result<T, String>;

fn main() {
    if let Err(message) = run() {
        eprintln!("error: {message}");
        std::process::exit(1);
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [manifest, target, folder] = args.as_slice() else {
        return Err("usage: inventory MANIFEST TARGET FOLDER".to_owned());
    };
    let tree = crates::read(Path::new(manifest), target)?;
    let folder = Path::new(folder);
    write(&folder.join("THIRD-PARTY.txt"), &licences::page(&tree)?)?;
    write(&folder.join("wasmtime-runtime.cdx.json"), &bill::json(&tree))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
