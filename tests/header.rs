//! The faces of the ABI: `include/wrt.h`, `include/wrt.cdef`, `include/wrt.api.json` and `julia/src/lib.jl` are what
//! the source says, no item breaks the rules of the header, and C and Rust agree on every byte.

#[path = "header/c.rs"]
mod c;
#[path = "header/json.rs"]
mod json;
#[path = "header/julia.rs"]
mod julia;
#[path = "header/layout.rs"]
mod layout;
#[path = "header/lint.rs"]
mod lint;
#[path = "header/model.rs"]
mod model;
#[path = "header/source.rs"]
mod source;
mod support;

use std::fmt::Write;
use std::fs;
use std::process::Command;

use layout::Layout;
use model::Api;
use support::{compiler, root, run};

fn api() -> Api {
    Api::read(&root())
}

/// Compares a committed file with what the source leads to, or writes it where WRT_BLESS is set.
fn fresh(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("WRT_BLESS").is_some() {
        fs::write(&path, text).unwrap_or_else(|e| panic!("{file}: {e}"));
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed != text {
        let line = committed.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
        panic!(
            "{file} is not what src/ says, from line {} on:\n  file:   {}\n  source: {}\n\
             renew it: WRT_BLESS=1 cargo test --release --test header",
            line + 1,
            committed.lines().nth(line).unwrap_or("(its end)"),
            text.lines().nth(line).unwrap_or("(its end)"),
        );
    }
}

#[test]
fn the_header_is_fresh() {
    fresh("include/wrt.h", &c::header(&api()));
}

#[test]
fn the_cdef_is_fresh() {
    fresh("include/wrt.cdef", &c::cdef(&api()));
}

#[test]
fn the_api_json_is_fresh() {
    let text = json::api(&api());
    serde_json::from_str::<serde_json::Value>(&text).expect("the API JSON is JSON");
    fresh("include/wrt.api.json", &text);
}

#[test]
fn the_julia_file_is_fresh() {
    fresh("julia/src/lib.jl", &julia::library(&api()));
}

#[test]
fn no_rule_of_the_header_is_broken() {
    let broken = lint::broken_rules(&api());
    assert!(broken.is_empty(), "{} broken rules:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(api().version, env!("CARGO_PKG_VERSION"), "WRT_VERSION_* in src/version.rs and Cargo.toml differ");
}

/// A program in memory, through a compiler that is not to write anything.
fn accepts(mut compiler: Command, language: &str, name: &str, text: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    fs::write(&file, text).expect("a file");
    run(compiler.args(["-x", language, "-fsyntax-only"]).arg(&file));
}

#[test]
fn every_compiler_takes_the_header() {
    let header = c::header(&api());
    for standard in ["c99", "c11", "c17"] {
        accepts(
            compiler("gcc", standard),
            "c",
            "header.c",
            &format!("{header}{header}int main(void) {{ return 0; }}\n"),
        );
    }
    for standard in ["c++98", "c++11", "c++17"] {
        let mut command = compiler("g++", standard);
        if standard == "c++98" {
            // <stdint.h> is the C library's own; C++98 merely did not promise it.
            command.arg("-Wno-long-long");
        }
        accepts(command, "c++", "header.cpp", &format!("{header}{header}int main() {{ return 0; }}\n"));
    }
}

#[test]
fn the_cdef_declares_what_the_header_declares() {
    // Both in one program: whatever differs is a conflicting declaration.
    let api = api();
    let cdef = c::cdef(&api);
    let functions = cdef.lines().filter(|line| !line.starts_with("typedef struct")).collect::<Vec<_>>().join("\n");
    let text = format!("#include <stddef.h>\n#include <stdint.h>\n{cdef}\nint main(void) {{ return 0; }}\n");
    accepts(compiler("gcc", "c99"), "c", "cdef.c", &text);
    let declared = lint::without_comments(&functions);
    for function in api.functions() {
        assert!(declared.contains(&c::prototype(function)), "{} is not in wrt.cdef", function.name);
    }
    for constant in api.constants() {
        let line = format!("{} = {}", constant.name, constant.text);
        assert!(declared.lines().any(|found| found.trim().trim_end_matches(',') == line), "{line} is not in wrt.cdef");
    }
}

#[test]
fn our_prototypes_are_those_of_cbindgen() {
    let mut tree = model::tree(&root());
    tree.items.clear();
    tree.constants.clear();
    let mut prototypes = Vec::new();
    tree.write(&mut prototypes);
    let prototypes = String::from_utf8(prototypes).expect("UTF-8");
    assert!(prototypes.contains("wrt_error_clear("), "cbindgen wrote no prototypes:\n{prototypes}");
    let header = c::header(&api());
    accepts(
        compiler("gcc", "c99"),
        "c",
        "prototypes.c",
        &format!("{header}{prototypes}int main(void) {{ return 0; }}\n"),
    );
}

#[test]
fn c_and_rust_lay_out_structs_alike() {
    let api = api();
    let model = api.structs().map(|item| Layout {
        name: item.name.clone(),
        size: item.size,
        align: item.align,
        fields: item.fields.iter().map(|field| (field.name.clone(), field.offset)).collect(),
    });
    let mut model = model.collect::<Vec<_>>();
    let mut rust = layout::of_rust();
    assert_eq!(layout_of_c(&api), lines(&model), "the C compiler and include/wrt.api.json differ");
    model.sort_by(|a, b| a.name.cmp(&b.name));
    rust.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(rust, model, "Rust (the list in tests/header/layout.rs) and include/wrt.api.json differ");
}

fn lines(layouts: &[Layout]) -> Vec<String> {
    let mut lines = Vec::new();
    for Layout { name, size, align, fields } in layouts {
        lines.push(format!("{name} {size} {align}"));
        lines.extend(fields.iter().map(|(field, offset)| format!("{name}.{field} {offset}")));
    }
    lines
}

/// What a C program says of the structs of the header.
fn layout_of_c(api: &Api) -> Vec<String> {
    let mut program = c::header(api);
    program.push_str("#include <stdio.h>\n");
    for item in api.structs() {
        let _ = writeln!(program, "struct align_{0} {{ char first; {0} second; }};", item.name);
    }
    program.push_str("int main(void) {\n");
    for item in api.structs() {
        let name = &item.name;
        let _ = writeln!(
            program,
            "  printf(\"{name} %zu %zu\\n\", sizeof({name}), offsetof(struct align_{name}, second));"
        );
        for field in &item.fields {
            let field = &field.name;
            let _ = writeln!(program, "  printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));");
        }
    }
    program.push_str("  return 0;\n}\n");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("layout.c");
    fs::write(&file, program).expect("a file");
    run(compiler("cc", "c99").arg(&file).arg("-o").arg(folder.path().join("layout")));
    let output = run(&mut Command::new(folder.path().join("layout")));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}
