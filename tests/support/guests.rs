//! WebAssembly in C that is checked in as it was built, in a folder with its `README.md` and a script `build`: the modules are what their
//! sources say, wherever they are built.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use super::root;

/// How `build` ends where there is no zig, or another one than it wants.
const NO_ZIG: i32 = 3;

/// The names of the files of a folder with this extension.
pub fn names(folder: &Path, extension: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = files.map(|file| file.expect("a file").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    paths.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

pub fn read(path: &Path) -> Vec<u8> {
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

/// Every source has its module, and a line in the table of the page.
pub fn are_built_and_described(folder: &str) {
    let path = root().join(folder);
    let sources = names(&path, "c");
    assert!(!sources.is_empty(), "there are no sources in {folder}");
    assert_eq!(sources, names(&path, "wasm"), "the sources and the modules of {folder}");
    let readme = String::from_utf8(read(&path.join("README.md"))).expect("README.md");
    for name in &sources {
        assert!(readme.contains(&format!("\n| `{name}` |")), "{folder}/README.md has no line of {name}");
    }
}

/// No module tells of the machine it was built on.
pub fn do_not_know_where_they_were_built(folder: &str) {
    assert_eq!(absolute_path(b"in\0/home/me/x.c\0").as_deref(), Some("/home/me"));
    assert_eq!(absolute_path(b"I/O error, a/file/, a/bc/de, //, /x, /1/2"), None);
    let path = root().join(folder);
    for name in names(&path, "wasm") {
        let bytes = read(&path.join(format!("{name}.wasm")));
        assert!(bytes.starts_with(b"\0asm\x01\0\0\0"), "{name}.wasm is no module");
        assert_eq!(absolute_path(&bytes), None, "{name}.wasm has the path of a machine");
    }
}

/// Built again, they are the same bytes; says so loudly where there is no such zig.
pub fn are_what_their_sources_say(folder: &str) {
    let (path, built) = (root().join(folder), tempfile::tempdir().expect("a folder"));
    let output = Command::new(path.join("build")).arg(built.path()).output().expect("build");
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(NO_ZIG) {
        // Not eprintln: that is kept from those for whom the tests pass.
        let _ = writeln!(io::stderr(), "{folder}: THE MODULES WERE NOT COMPARED WITH THEIR SOURCES: {}", said.trim());
        return;
    }
    assert!(output.status.success(), "{folder}/build: {}\n{said}", output.status);
    for name in names(&path, "c") {
        let file = format!("{name}.wasm");
        let same = read(&built.path().join(&file)) == read(&path.join(&file));
        assert!(same, "{file} is not what {name}.c says; renew it: {folder}/build {folder} {name}");
    }
}
