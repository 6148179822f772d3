//! How many instructions the ways through the library take, counted by callgrind, which gives the same number on a busy machine.
//! `benches/instructions.txt` has the numbers to compare with; `WRT_BLESS=1` writes it anew.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::{compiler, link, root, run, said};

/// How much more is no news: another compiler, or another C library, takes some instructions more or less.
const TOLERANCE: f64 = 0.1;

/// What is counted, and how often it is done.
const WAYS: [(&str, u64); 7] = [
    ("invoke", 2000),
    ("func_call", 2000),
    ("host_call", 2000),
    ("map", 20_000),
    ("task", 500),
    ("suspend", 500),
    ("instance", 200),
];

/// The instructions of the program that does `name` so often.
fn counted(program: &Path, name: &str, times: u64) -> f64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--sigill-diagnostics=no"]);
    let output = run(valgrind.arg(program).arg(name).arg(times.to_string()));
    let text = said(&output);
    let count = text.lines().find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok());
    count.unwrap_or_else(|| panic!("callgrind does not say how many:\n{text}"))
}

/// The instructions of doing it once.
fn instructions(program: &Path, name: &str, times: u64) -> f64 {
    let (few, many) = (counted(program, name, times), counted(program, name, 3 * times));
    ((many - few) / (2 * times) as f64 * 10.0).round() / 10.0
}

#[test]
fn the_ways_through_the_library_have_not_become_longer() {
    if cfg!(debug_assertions) {
        return println!("instructions are counted of a release build only");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (source, program) = (root().join("benches/instructions.c"), folder.path().join("instructions"));
    run(compiler("cc", "c99").arg("-O1").arg("-o").arg(&program).arg(source).args(link(folder.path())));
    let counts: BTreeMap<&str, f64> =
        WAYS.iter().map(|(name, times)| (*name, instructions(&program, name, *times))).collect();
    let page = root().join("benches/instructions.txt");
    if std::env::var_os("WRT_BLESS").is_some() {
        let lines: String = counts.iter().map(|(name, count)| format!("{name} {count}\n")).collect();
        fs::write(&page, lines).expect("benches/instructions.txt");
    }
    let text = fs::read_to_string(&page).expect("benches/instructions.txt");
    let known: BTreeMap<&str, f64> = text
        .lines()
        .map(|line| line.split_once(' ').and_then(|(name, count)| Some((name, count.parse().ok()?))))
        .collect::<Option<_>>()
        .expect("lines of a name and a number");
    assert_eq!(known.keys().collect::<Vec<_>>(), counts.keys().collect::<Vec<_>>(), "benches/instructions.txt");
    let longer = counts.iter().filter(|(name, count)| **count > known[*name] * (1.0 + TOLERANCE));
    let longer: Vec<_> = longer.map(|(name, count)| format!("{name}: {count}, was {}", known[name])).collect();
    assert!(longer.is_empty(), "more instructions than benches/instructions.txt says: {}", longer.join("; "));
    println!("instructions: {counts:?}");
}
