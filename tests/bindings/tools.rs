//! The tools that bind and find the library, installed below the target folder by their registries' own clients, each once.
#![allow(dead_code, reason = "each test uses its part")]

use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{library, root, run, said};

fn folder(name: &str) -> PathBuf {
    let folder = library().ancestors().nth(3).expect("the target folder").join("bindings").join(name);
    fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    folder
}

/// Says what is left out, past the harness, which keeps to itself what a test says that passes.
pub fn left_out(what: &str, why: &str) {
    let _ = writeln!(stderr(), "NOT TESTED: {what}: {}", why.trim_end());
}

/// What `tools/fetch-tools.sh` prints; `None` where it cannot fetch, which it must then say.
fn fetched(registry: &str, folder: &Path, packages: &[&str]) -> Option<String> {
    let mut fetch = Command::new(root().join("tools/fetch-tools.sh"));
    let output = fetch.arg(registry).arg(folder).args(packages).output().expect("fetch-tools.sh");
    if output.status.success() {
        return Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    assert!(!output.stderr.is_empty(), "fetch-tools.sh does not say why it ends with {}", output.status);
    left_out(&format!("what needs {}", packages.join(", ")), &said(&output));
    None
}

/// The folder with the packages of Python's that bind C, for `pip`.
pub fn python() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let packages = ["cffi==2.1.1", "pycparser==3.12", "ctypesgen==1.1.1", "libclang==18.1.1"];
    let fetch = || fetched("pip", &folder("python"), &packages).map(|_| folder("python"));
    FOLDER.get_or_init(fetch).as_deref()
}

/// The folder with the Zig that Python has, for `pip`. Later ones build their translate-c first, in a minute or two.
pub fn zig() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let fetch = || fetched("pip", &folder("zig"), &["ziglang==0.15.2"]).map(|_| folder("zig"));
    FOLDER.get_or_init(fetch).as_deref()
}

/// The folder with CMake and what it calls, as Python has them.
pub fn cmake() -> Option<PathBuf> {
    let folder = folder("cmake");
    fetched("pip", &folder, &["cmake==4.4.4", "ninja==1.13.2"]).map(|_| folder)
}

/// A Python that sees the packages in a folder.
pub fn pip(packages: &Path) -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// The folder beside whose `node_modules` a program finds koffi.
pub fn npm() -> Option<PathBuf> {
    let folder = folder("node");
    fetched("npm", &folder, &["koffi@3.3.4"]).map(|_| folder)
}

/// What bindgen and csbindgen make of the header: a folder with wrt.rs, Wrt.cs and WrtFunctionPointers.cs.
pub fn generated() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(generate).as_deref()
}

fn generate() -> Option<PathBuf> {
    let libclang = python()?.join("clang/native");
    let folder = folder("generate");
    let manifest = root().join("tests/bindings/generate/Cargo.toml");
    let cargo = |verb: &str, flag: &str| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([verb, "--locked", flag, "--manifest-path"]).arg(&manifest);
        cargo.env("CARGO_TARGET_DIR", folder.join("target"));
        cargo
    };
    let fetch = cargo("fetch", "--quiet").output().expect("cargo");
    if !fetch.status.success() {
        left_out("bindings by bindgen and csbindgen", &said(&fetch));
        return None;
    }
    // The header's own includes: libclang comes without its.
    let include = run(Command::new("cc").arg("-print-file-name=include"));
    let include = String::from_utf8_lossy(&include.stdout).trim_end().to_owned();
    let mut generate = cargo("run", "--offline");
    generate.arg("--").arg(root().join("include/wrt.h")).arg(&folder).arg(format!("-I{include}"));
    run(generate.env("LIBCLANG_PATH", libclang));
    Some(folder)
}

/// What Debian calls this machine in its paths.
pub fn triple() -> String {
    format!("{}-linux-gnu", std::env::consts::ARCH)
}

/// Debian's packages, in the machine or unpacked below a root of their own.
pub struct Debian(PathBuf);

const PACKAGES: [&str; 8] = ["luajit", "lua5.4", "liblua5.4-dev", "mono-mcs", "mono-runtime", "php-cli", "swig", "tcc"];

pub fn debian() -> Option<&'static Debian> {
    static ROOT: OnceLock<Option<Debian>> = OnceLock::new();
    let fetch = || fetched("debian", &folder("debian"), &PACKAGES).map(|root| Debian(root.into()));
    ROOT.get_or_init(fetch).as_ref()
}

/// The reader of pkg-config's files.
pub fn pkgconf() -> Option<Command> {
    let root = fetched("debian", &folder("pkgconf"), &["pkgconf"])?;
    Some(Debian(root.into()).command("pkgconf"))
}

impl Debian {
    pub fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    /// The first in a folder whose name begins so: a version stands behind it.
    pub fn only(&self, below: &str, start: &str) -> PathBuf {
        let folder = self.path(below);
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let name =
            names.find(|name| name.starts_with(start) && name[start.len()..].starts_with(|c: char| c.is_ascii_digit()));
        folder.join(name.unwrap_or_else(|| panic!("nothing in {} begins with {start}", folder.display())))
    }

    /// Lets a program find the libraries in `folders`, and those of its own.
    pub fn search(&self, command: &mut Command, folders: &[&Path]) {
        let mut path = folders.iter().map(|folder| folder.to_path_buf()).collect::<Vec<_>>();
        if self.0 != Path::new("/") {
            path.extend(["usr/lib", "lib"].map(|folder| self.path(folder).join(triple())));
        }
        if !path.is_empty() {
            command.env("LD_LIBRARY_PATH", std::env::join_paths(path).expect("a path"));
        }
    }

    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.path("usr/bin").join(name));
        self.search(&mut command, &[]);
        command
    }

    /// PHP with its FFI, and without the machine's settings.
    pub fn php(&self) -> Command {
        let program = self.only("usr/bin", "php");
        let mut php = self.command(&program.file_name().expect("a name").to_string_lossy());
        let extensions = self.only("usr/lib/php", "");
        php.arg("-n").arg(format!("-dextension_dir={}", extensions.display())).arg("-dextension=ffi");
        php
    }

    pub fn mono(&self) -> Command {
        let mut mono = self.command("mono");
        mono.env("MONO_PATH", self.path("usr/lib/mono/4.5")).env("MONO_CFG_DIR", self.path("etc"));
        mono
    }
}
