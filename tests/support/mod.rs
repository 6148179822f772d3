//! What several tests need: where the library is, and how C is compiled against it.
#![allow(dead_code, reason = "each test uses its part")]

pub mod guests;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The library that belongs to this test: cargo renews the one in `deps/`, and not always the one above it.
pub fn library() -> PathBuf {
    let exe = env::current_exe().expect("the path of this test");
    let library = exe.with_file_name("libwrt.so");
    assert!(library.exists(), "{} was not built", library.display());
    library
}

/// `include/wrt.api.json`.
pub fn api() -> serde_json::Value {
    let path = root().join("include/wrt.api.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The items of one list of the API JSON.
pub fn items(api: &serde_json::Value, list: &str) -> Vec<serde_json::Value> {
    api[list].as_array().unwrap_or_else(|| panic!("the API JSON has no list {list}")).clone()
}

pub fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, said(&output));
    output
}

/// What a command printed.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A compiler that sees the header, warns of everything and forgives nothing.
pub fn compiler(name: &str, standard: &str) -> Command {
    let mut command = Command::new(name);
    command.arg(format!("-std={standard}")).args(["-Wall", "-Wextra", "-Werror", "-pedantic-errors"]);
    command.arg("-I").arg(root().join("include"));
    command
}

/// Links the library into `folder` under its SONAME, and returns the arguments with which a program there finds it.
pub fn link(folder: &Path) -> Vec<String> {
    let soname = format!("libwrt.so.{}", api()["abi"][0]);
    for name in [&soname, "libwrt.so"] {
        let _ = fs::remove_file(folder.join(name));
        std::os::unix::fs::symlink(library(), folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let folder = folder.display();
    vec![format!("-L{folder}"), format!("-Wl,-rpath,{folder}"), "-lwrt".to_owned()]
}

/// Compiles a C program into `folder` against the header, linked with the library of this build.
pub fn program(source: &Path, folder: &Path) -> Command {
    let binary = folder.join(source.file_stem().expect("a file"));
    run(compiler("cc", "c99").arg("-o").arg(&binary).arg(source).args(link(folder)));
    Command::new(binary)
}

/// A Julia that sees the package and the library of this build: JULIA if it is set, else the one on PATH.
pub fn julia() -> Command {
    let mut command = Command::new(env::var_os("JULIA").unwrap_or_else(|| "julia".into()));
    command.args(["--startup-file=no", "--color=no"]).arg(format!("--project={}", root().join("julia").display()));
    command.env("WASMTIME_RUNTIME_LIB", library());
    command
}
