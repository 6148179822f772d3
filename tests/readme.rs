//! The programs of README.md are those of `examples/`, and print what it says.

#[path = "docs/page.rs"]
mod page;
mod support;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use page::{Page, pages};
use support::{julia, program, root, run};

/// Every program in `language` with what it prints.
fn programs(language: &str) -> Vec<(String, String)> {
    let blocks = Page::read(&root(), "README.md").blocks();
    let programs = blocks.into_iter().filter(|block| block.language == language).map(|block| {
        assert!(!block.prints.is_empty(), "what this prints must follow:\n{}", block.text);
        (block.text, block.prints)
    });
    let programs: Vec<_> = programs.collect();
    assert!(!programs.is_empty(), "README.md has no program in {language}");
    programs
}

fn is_example(name: &str, program: &str) {
    let path = root().join("examples").join(name);
    let example = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(example, program, "examples/{name} is not the program of README.md");
}

fn printed(output: std::process::Output) -> String {
    String::from_utf8(output.stdout).expect("programs print UTF-8")
}

#[test]
fn c_programs_print_what_the_readme_says() {
    let folder = tempfile::tempdir().expect("a folder");
    for (text, expected) in programs("c") {
        is_example("hello.c", &text);
        let source = folder.path().join("hello.c");
        fs::write(&source, &text).expect("hello.c");
        assert_eq!(printed(run(&mut program(&source, folder.path()))), expected);
    }
}

#[test]
fn julia_programs_print_what_the_readme_says() {
    let folder = tempfile::tempdir().expect("a folder");
    for (text, expected) in programs("julia") {
        is_example("hello.jl", &text);
        let source = folder.path().join("hello.jl");
        fs::write(&source, &text).expect("hello.jl");
        assert_eq!(printed(run(julia().arg(&source))), expected);
    }
}

/// README.md and its like, and the pages.
fn documents() -> Vec<(PathBuf, String)> {
    let beside = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(|name| Page::read(&root(), name));
    pages(&root()).into_iter().chain(beside).map(|page| (root().join(page.name), page.text)).collect()
}

/// A document without its programs, where brackets mean something else.
fn without_blocks(text: &str) -> String {
    text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    for (page, text) in documents() {
        let prose = without_blocks(&text);
        let links = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let target = page.with_file_name(link.split('#').next().unwrap_or_default());
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn every_name_in_the_documents_is_in_the_header() {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let header = fs::read_to_string(root().join("include/wrt.h")).expect("include/wrt.h");
    let known: HashSet<&str> = header.split(|c| !is_name(c)).collect();
    for (page, text) in documents() {
        let names = text.split(|c| !is_name(c)).filter(|name| name.starts_with("wrt_") || name.starts_with("WRT_"));
        // What ends in an underscore is the beginning of a family of names.
        for name in names.filter(|name| !name.ends_with('_')) {
            // Settings of the build are no part of the header.
            let known = known.contains(name) || name == "WRT_BLESS" || name.starts_with("WRT_BENCH_");
            assert!(known, "{}: the header has no {name}", page.display());
        }
    }
}
