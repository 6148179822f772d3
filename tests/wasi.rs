//! The guests of `tests/wasi/`, WASI programs in C that are checked in as they were built: they are what their sources
//! say, wherever they are built.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs, io};

/// How `tests/wasi/build` ends where there is no zig, or another one than it wants.
const NO_ZIG: i32 = 3;

fn guests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wasi")
}

/// The names of the files with this extension.
fn names(folder: &Path, extension: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = files.map(|file| file.expect("a file").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    paths.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// An absolute path of two names or more: what a compiler leaves behind of the machine it runs on.
fn absolute_path(bytes: &[u8]) -> Option<String> {
    let name = |at: usize| bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"._-".contains(b)).count();
    let slash = |at: usize| bytes.get(at) == Some(&b'/');
    (0..bytes.len()).find_map(|at| {
        let inside = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || b"._-/".contains(&bytes[at - 1]));
        if inside || !slash(at) {
            return None;
        }
        let first = name(at + 1);
        let middle = at + 1 + first;
        let found = first >= 2 && slash(middle) && name(middle + 1) >= 2;
        found.then(|| String::from_utf8_lossy(&bytes[at..middle + 1 + name(middle + 1)]).into_owned())
    })
}

/// A folder of this process alone, which goes with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = env::temp_dir().join(format!("wrt-guests-{}", process::id()));
        fs::create_dir_all(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_guest_is_built_and_described() {
    let sources = names(&guests(), "c");
    assert!(!sources.is_empty(), "no guests in {}", guests().display());
    assert_eq!(sources, names(&guests(), "wasm"), "the sources and the programs of tests/wasi/");
    let readme = String::from_utf8(read(&guests().join("README.md"))).expect("README.md");
    for name in &sources {
        assert!(readme.contains(&format!("\n| `{name}` |")), "tests/wasi/README.md has no line of {name}");
    }
}

#[test]
fn no_guest_knows_where_it_was_built() {
    assert_eq!(absolute_path(b"in\0/home/me/x.c\0").as_deref(), Some("/home/me"));
    assert_eq!(absolute_path(b"I/O error, a/file/, a/bc/de, //, /x, /1/2"), None);
    for name in names(&guests(), "wasm") {
        let bytes = read(&guests().join(format!("{name}.wasm")));
        assert!(bytes.starts_with(b"\0asm\x01\0\0\0"), "{name}.wasm is no module");
        assert_eq!(absolute_path(&bytes), None, "{name}.wasm has the path of a machine");
    }
}

#[test]
fn the_guests_are_what_their_sources_say() {
    let built = Scratch::new();
    let output = Command::new(guests().join("build")).arg(&built.0).output().expect("tests/wasi/build");
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(NO_ZIG) {
        // Not eprintln: that is kept from those for whom the tests pass.
        let _ =
            writeln!(io::stderr(), "tests/wasi: THE PROGRAMS WERE NOT COMPARED WITH THEIR SOURCES: {}", said.trim());
        return;
    }
    assert!(output.status.success(), "tests/wasi/build: {}\n{said}", output.status);
    for name in names(&guests(), "c") {
        let file = format!("{name}.wasm");
        let same = read(&built.0.join(&file)) == read(&guests().join(&file));
        assert!(same, "{file} is not what {name}.c says; renew it: tests/wasi/build tests/wasi {name}");
    }
}
