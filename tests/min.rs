//! The library without a compiler: what another one has compiled, it runs; what would compile says that it cannot.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use support::{compiler, library, link, root, run, said};

/// The folder of the library without a compiler, built here beside the one with it: the two share nothing but their sources. Not
/// optimized, which is made in a third of the time.
fn without_compiler() -> PathBuf {
    let target = library().ancestors().nth(3).expect("the target folder").join("min");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--lib", "--no-default-features"]).env("CARGO_PROFILE_DEV_DEBUG", "false");
    run(cargo.current_dir(root()).env("CARGO_TARGET_DIR", &target));
    target.join("debug")
}

/// Runs the program with the library of a folder.
fn with(program: &Path, libraries: &Path, what: &str, artifact: &Path) -> String {
    said(&run(Command::new(program).arg(what).arg(artifact).env("LD_LIBRARY_PATH", libraries)))
}

#[test]
fn what_was_compiled_elsewhere_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, artifact) = (folder.path().join("min"), folder.path().join("artifact"));
    let source = root().join("tests/min/min.c");
    let mut found = link(folder.path());
    // Which library it is says LD_LIBRARY_PATH.
    found.retain(|argument| !argument.starts_with("-Wl,-rpath"));
    run(compiler("cc", "c99").arg("-o").arg(&program).arg(source).args(found));
    assert_eq!(with(&program, folder.path(), "write", &artifact), "ok\n");

    let soname =
        fs::read_dir(folder.path()).expect("the folder").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let soname = soname.into_iter().find(|name| name.starts_with("libwrt.so.")).expect("the library by its SONAME");
    let beside = folder.path().join("small");
    fs::create_dir(&beside).expect("a folder");
    std::os::unix::fs::symlink(without_compiler().join("libwrt.so"), beside.join(soname)).expect("a link");
    assert_eq!(with(&program, &beside, "run", &artifact), "ok\n");
}
