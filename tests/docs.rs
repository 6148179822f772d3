//! The pages of `docs/src`: every block in C is compiled and run, and prints what the page says; the tables of options are what
//! the library says. The blocks in Julia are run by `julia/test/docs.jl`.
//!
//! The blocks of a page make one program, in their order. One that begins with `static` or `#include` stands outside of `main`,
//! one that has a `main` is a program of its own. `err` is there for all, and no block leaves an error in it.

#[path = "docs/options.rs"]
mod options;
#[path = "docs/page.rs"]
mod page;
mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use page::{Block, Page, pages};
use support::{compiler, link, root, run};

const PRELUDE: &str = "#include \"wasm.h\"
static wrt_error err;
static inline void begins(const char *at) {
  if (err.message != NULL) {
    fprintf(stderr, \"before %s: %s\\n\", at, err.message);
    exit(1);
  }
  printf(\"\\1%s\\n\", at);
}
";

/// The text of a block, with its place for the compiler.
fn placed(page: &Page, block: &Block) -> String {
    format!("#line {} \"{}\"\n{}", block.line, page.name, block.text)
}

fn place(page: &Page, block: &Block) -> String {
    format!("{}:{}", page.name, block.line)
}

/// The program that the blocks of a page make.
fn program(page: &Page, blocks: &[&Block]) -> String {
    let (mut outside, mut body) = (PRELUDE.to_owned(), String::new());
    for block in blocks {
        if block.text.starts_with("static ") || block.text.starts_with("#include") {
            outside.push_str(&placed(page, block));
            continue;
        }
        if !block.hidden {
            let _ = writeln!(body, "begins(\"{}\");", place(page, block));
        }
        body.push_str(&placed(page, block));
    }
    format!("{outside}int main(void) {{\n{body}begins(\"the end\");\nreturn 0;\n}}\n")
}

/// Compiles and runs a program; what it prints.
fn printed(folder: &Path, name: &str, text: &str) -> String {
    let source = folder.join(format!("{name}.c"));
    fs::write(&source, text).expect("a file");
    let binary = folder.join(name);
    let mut compile = compiler("cc", "c99");
    compile.arg("-pthread").arg("-I").arg(root().join("tests/c"));
    compile.arg("-o").arg(&binary).arg(&source).args(link(folder));
    run(&mut compile);
    let output = run(Command::new(&binary).current_dir(folder));
    String::from_utf8(output.stdout).expect("programs print UTF-8")
}

fn check(folder: &Path, page: &Page) {
    let blocks = page.blocks();
    let (whole, parts): (Vec<_>, Vec<_>) =
        blocks.iter().filter(|block| block.language == "c").partition(|block| block.text.contains("int main("));
    for block in whole {
        let found = printed(folder, "whole", &placed(page, block));
        assert_eq!(found, block.prints, "{}: what it prints", place(page, block));
    }
    if parts.iter().all(|block| block.hidden) {
        return;
    }
    let output = printed(folder, "page", &program(page, &parts));
    for part in output.split('\u{1}').skip(1) {
        let (at, found) = part.split_once('\n').expect("a place");
        let block = parts.iter().find(|block| place(page, block) == at);
        assert_eq!(found, block.map_or("", |block| &block.prints), "{at}: what it prints");
    }
}

#[test]
fn every_block_of_c_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    // They run in that folder, where they may write, and read the files of the tests.
    std::os::unix::fs::symlink(root().join("tests"), folder.path().join("tests")).expect("a link");
    let pages = pages(&root());
    let wrong = pages.iter().filter(|page| std::panic::catch_unwind(|| check(folder.path(), page)).is_err());
    let wrong = wrong.map(|page| &*page.name).collect::<Vec<_>>();
    assert!(wrong.is_empty(), "in {}, see above", wrong.join(", "));
}

/// A block in another way, such as `C` or `julia skip`, would not be tried.
#[test]
fn every_block_has_a_language_that_is_known() {
    for page in pages(&root()) {
        for block in page.blocks() {
            let known = ["c", "julia", "python", "console", "sh", "cmake", "json", "text"];
            assert!(known.contains(&&*block.language), "{}: `{}`", place(&page, &block), block.language);
        }
    }
}

#[test]
fn wrong_blocks_are_found_out() {
    let page = |text: &str| Page { name: "wrong.md".to_owned(), text: text.to_owned() };
    let folder = tempfile::tempdir().expect("a folder");
    let attempt = |text: &str| {
        let page = page(text);
        std::panic::catch_unwind(|| check(folder.path(), &page)).is_ok()
    };
    assert!(attempt("```c\nputs(\"a\");\n```\n\n```text\na\n```\n"));
    assert!(!attempt("```c\nputs(\"a\");\n```\n\n```text\nb\n```\n"), "wrong output");
    assert!(!attempt("```c\nputs(\"a\");\n```\n"), "output that the page does not show");
    assert!(!attempt("```c\nint unused = 0;\n```\n"), "a warning");
    assert!(!attempt("```c\nwrt_item item = {sizeof item};\n(void)item;\n```\n"), "fields that are left out");
    assert!(!attempt("```c\nwrt_engine_new(NULL, NULL, &err);\n```\n"), "an error that is left");
}
