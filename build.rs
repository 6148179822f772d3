//! How `libwrt` is linked, and what it knows of its own build.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");
    println!("cargo:rerun-if-changed=Cargo.toml");
    describe();
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        link();
    }
}

/// Versions and settings, for `wrt_build_json`.
fn describe() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let version = lock
        .split("[[package]]")
        .find(|package| package.contains("name = \"wasmtime\"\n"))
        .and_then(|package| package.split("version = \"").nth(1)?.split('"').next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=WRT_WASMTIME_VERSION={version}");
    println!("cargo:rustc-env=WRT_TARGET={}", env::var("TARGET").unwrap_or_default());
    println!("cargo:rustc-env=WRT_PROFILE={}", env::var("PROFILE").unwrap_or_default());
    println!("cargo:rustc-env=WRT_WASMTIME_FEATURES={}", features(&root).join(","));
}

/// The features of wasmtime that Cargo.toml asks for.
fn features(root: &Path) -> Vec<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let list = |place: &str| -> Vec<String> {
        let after = manifest.split_once(place).and_then(|(_, rest)| rest.split_once('['));
        let list = after.and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
        let names =
            list.split(',').map(|name| name.trim().trim_matches('"').trim_start_matches("wasmtime/").to_owned());
        names.filter(|name| !name.is_empty()).collect()
    };
    let mut names = list("\nwasmtime = {");
    if env::var_os("CARGO_FEATURE_COMPILER").is_some() {
        names.extend(list("\ncompiler = "));
    }
    names.sort();
    names
}

fn link() {
    let major = source_constant("WRT_ABI_MAJOR");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libwrt.so.{major}");
    // Signal handlers and thread-local destructors outlive a dlclose.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // Where the host brings an unwinder of its own (Julia does), libgcc_s binds to it half-way and a panic aborts the
    // process although it is caught. The name libgcc_s on the search path leads to the static unwinder instead.
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
    let script = out.join("libgcc_s.so");
    fs::write(&script, "GROUP ( libgcc_eh.a libgcc.a -lc )\n").unwrap_or_else(|e| panic!("{}: {e}", script.display()));
    println!("cargo:rustc-cdylib-link-arg=-L{}", out.display());
}

/// The value of `pub const NAME: u32 = value;` in src/version.rs.
fn source_constant(name: &str) -> u32 {
    println!("cargo:rerun-if-changed=src/version.rs");
    let source = fs::read_to_string("src/version.rs").unwrap_or_default();
    let value = source.split(&format!("pub const {name}: u32 = ")).nth(1).and_then(|rest| rest.split(';').next());
    value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("src/version.rs does not define {name}"))
}
