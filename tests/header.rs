//! The faces of the ABI: `include/wrt.h`, `include/wrt.cdef`, `include/wrt.api.json` and `julia/src/lib.jl` are what
//! the source says, no item breaks the rules of the header, and C and Rust agree on every byte.

#[path = "header/c.rs"]
mod c;
#[path = "header/json.rs"]
mod json;
#[path = "header/julia.rs"]
mod julia;
#[path = "header/model.rs"]
mod model;
#[path = "header/source.rs"]
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use model::Api;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a committed file with what the source leads to, or writes it where WRT_BLESS is set.
fn fresh(file: &str, text: &str) {
    let path: &Path = &root().join(file);
    if std::env::var_os("WRT_BLESS").is_some() {
        fs::write(path, text).unwrap_or_else(|e| panic!("{file}: {e}"));
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    if committed != text {
        let line = committed.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
        panic!(
            "{file} is not what src/ says, from line {} on:\n  file:   {}\n  source: {}\nrenew it: WRT_BLESS=1 cargo test --release --test header",
            line + 1,
            committed.lines().nth(line).unwrap_or("(its end)"),
            text.lines().nth(line).unwrap_or("(its end)"),
        );
    }
}

#[test]
fn the_header_is_fresh() {
    fresh("include/wrt.h", &c::header(&Api::read(&root())));
}

#[test]
fn the_cdef_is_fresh() {
    fresh("include/wrt.cdef", &c::cdef(&Api::read(&root())));
}

#[test]
fn the_api_json_is_fresh() {
    let text = json::api(&Api::read(&root()));
    serde_json::from_str::<serde_json::Value>(&text).expect("the API JSON is JSON");
    fresh("include/wrt.api.json", &text);
}

#[test]
fn the_julia_file_is_fresh() {
    fresh("julia/src/lib.jl", &julia::library(&Api::read(&root())));
}
