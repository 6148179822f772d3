//! The official test suite of WASI, <https://github.com/WebAssembly/wasi-testsuite>, through C and through Julia. It is not in
//! the repository: WASI_TESTSUITE says where it is, a folder with the `tests/` of its branch `prod/testsuite-base`.

mod support;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io, thread};

use serde_json::Value;
use support::{compiler, julia, link, root, run, said};
use tempfile::TempDir;

/// A program of the suite, and how it has to go.
struct Program {
    suite: String,
    name: String,
    file: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    /// Folders beside the program, and as what it sees them.
    folders: Vec<(PathBuf, String)>,
    status: i32,
    stdout: Option<String>,
    stderr: Option<String>,
}

/// How it went.
struct Outcome {
    status: i32,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

// ===== The manifests =====

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

impl Program {
    fn new(suite: &str, file: PathBuf) -> Program {
        let manifest = file.with_extension("json");
        let text = if manifest.exists() { read(&manifest) } else { "{}".to_owned() };
        let mut program = Program {
            suite: suite.to_owned(),
            name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            file,
            args: Vec::new(),
            env: Vec::new(),
            folders: Vec::new(),
            status: 0,
            stdout: None,
            stderr: None,
        };
        let keys: BTreeMap<String, Value> =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", manifest.display()));
        for (key, value) in &keys {
            program.set(key, value).unwrap_or_else(|| panic!("{}: {key} is {value}", manifest.display()));
        }
        program
    }

    /// What one key of the manifest says; `None` for what is not understood.
    fn set(&mut self, key: &str, value: &Value) -> Option<()> {
        let beside = |name: &str| self.file.with_file_name(name);
        match key {
            "args" => self.args = texts(value)?,
            "env" => {
                let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
                self.env = value.as_object()?.iter().map(text).collect::<Option<_>>()?;
            }
            "root" => self.folders = vec![(beside(value.as_str()?), "/".to_owned())],
            // The suite before June 2026.
            "dirs" => self.folders = texts(value)?.into_iter().map(|name| (beside(&name), name)).collect(),
            "exit_code" => self.status = value.as_i64()?.try_into().ok()?,
            "stdout" => self.stdout = Some(value.as_str()?.to_owned()),
            "stderr" => self.stderr = Some(value.as_str()?.to_owned()),
            _ => return None,
        }
        Some(())
    }

    /// Copies of its folders, which are its own, and as what it sees them.
    fn fresh_folders(&self, place: &Path) -> Vec<(PathBuf, String)> {
        let copied = self.folders.iter().enumerate().map(|(index, (folder, name))| {
            let copy = place.join(index.to_string());
            copy_folder(folder, &copy);
            (copy, name.clone())
        });
        copied.collect()
    }

    /// What is wrong about an outcome.
    fn fault(&self, outcome: &Outcome) -> Option<String> {
        let (stdout, stderr) = (lossy(&outcome.stdout), lossy(&outcome.stderr));
        if outcome.status != self.status {
            return Some(format!("ended with {}, not {}\n{stdout}{stderr}", outcome.status, self.status));
        }
        let wrote = |fd, found: String, wanted: &Option<String>| {
            let wanted = wanted.as_ref().filter(|wanted| **wanted != found)?;
            Some(format!("wrote {found:?} to {fd}, not {wanted:?}"))
        };
        wrote("stdout", stdout, &self.stdout).or_else(|| wrote("stderr", stderr, &self.stderr))
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Copies a folder, without what a test left there: those are named `*.cleanup`.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap_or_else(|e| panic!("{}: {e}", to.display()));
    for path in entries(from) {
        let name = path.file_name().unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "cleanup") {
            continue;
        }
        if path.is_dir() {
            copy_folder(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
}

/// All folders with a manifest of their own that are for preview 1, and what is in them.
fn programs(folder: &Path) -> Vec<Program> {
    let manifest = folder.join("manifest.json");
    if !manifest.exists() {
        return entries(folder).iter().filter(|path| path.is_dir()).flat_map(|path| programs(path)).collect();
    }
    let suite: Value = serde_json::from_str(&read(&manifest)).unwrap_or_else(|e| panic!("{}: {e}", manifest.display()));
    let name = suite["name"].as_str().unwrap_or_else(|| panic!("{} has no name", manifest.display()));
    let preview = suite["version"].as_str().unwrap_or("wasm32-wasip1");
    if preview != "wasm32-wasip1" || name.contains("threads") {
        return Vec::new();
    }
    let files = entries(folder).into_iter().filter(|path| path.extension().is_some_and(|found| found == "wasm"));
    files.map(|file| Program::new(name, file)).collect()
}

// ===== The ways to run them =====

/// The program of C that runs one of them.
fn runner(folder: &Path) -> PathBuf {
    let (source, binary) = (root().join("tests/suite/suite.c"), folder.join("suite"));
    run(compiler("cc", "c99").arg("-g").arg("-O1").arg("-o").arg(&binary).arg(source).args(link(folder)));
    binary
}

fn through_c(runner: &Path, program: &Program, place: &Path) -> Result<Outcome, String> {
    let mut command = Command::new(runner);
    command.arg(&program.file);
    for (name, value) in &program.env {
        command.args(["--env", name, value]);
    }
    for (folder, name) in program.fresh_folders(place) {
        command.arg("--dir").arg(folder).arg(name);
    }
    let output = command.arg("--").args(&program.args).stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    let status = output.status.code().ok_or_else(|| format!("{}\n{}", output.status, said(&output)))?;
    Ok(Outcome { status, stdout: output.stdout, stderr: output.stderr })
}

/// What suite.jl is told of a program.
fn order(program: &Program, place: &Path) -> String {
    let mut order = vec![program.file.display().to_string()];
    let folders = program.fresh_folders(place);
    order.extend([program.args.len(), program.env.len(), folders.len()].map(|count| count.to_string()));
    order.extend(program.args.iter().cloned());
    order.extend(program.env.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
    order.extend(folders.into_iter().flat_map(|(folder, name)| [folder.display().to_string(), name]));
    order.iter().map(|text| format!("{text}\0")).collect()
}

/// What suite.jl says of a program.
fn understood(line: &str) -> Option<Result<Outcome, String>> {
    let mut words = line.split(' ');
    let status = words.next()?;
    let first = bytes(words.next()?)?;
    if status == "failed" {
        return Some(Err(lossy(&first)));
    }
    Some(Ok(Outcome { status: status.parse().ok()?, stdout: first, stderr: bytes(words.next()?)? }))
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = (0..hex.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

/// All programs in one Julia; those after its end, should it come too early, have failed.
fn through_julia(programs: &[Program], places: &Path) -> Vec<Result<Outcome, String>> {
    let place = |index: usize| places.join(index.to_string());
    let orders: String = programs.iter().enumerate().map(|(index, program)| order(program, &place(index))).collect();
    let mut command = julia();
    command.arg(root().join("tests/suite/suite.jl"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = thread::spawn(move || stdin.write_all(orders.as_bytes()));
    let output = child.wait_with_output().expect("the output of Julia");
    writer.join().expect("no panic").expect("Julia reads");
    let stdout = lossy(&output.stdout);
    let outcomes: Vec<_> = stdout
        .lines()
        .map(|line| understood(line).unwrap_or_else(|| panic!("suite.jl printed {line:?}\n{}", lossy(&output.stderr))))
        .collect();
    assert!(
        output.status.success() && outcomes.len() == programs.len(),
        "suite.jl: {}, {} of {} programs\n{}",
        output.status,
        outcomes.len(),
        programs.len(),
        lossy(&output.stderr)
    );
    outcomes
}

// ===== How it went =====

struct Tally<'a> {
    layer: &'a str,
    /// For each suite the programs that passed, and all of them.
    suites: Vec<(&'a str, usize, usize)>,
    faults: Vec<String>,
}

impl<'a> Tally<'a> {
    fn new(layer: &'a str) -> Tally<'a> {
        Tally { layer, suites: Vec::new(), faults: Vec::new() }
    }

    fn add(&mut self, program: &'a Program, outcome: Result<Outcome, String>) {
        let fault = outcome.map_or_else(Some, |outcome| program.fault(&outcome));
        if self.suites.last().is_none_or(|(suite, ..)| *suite != program.suite) {
            self.suites.push((&program.suite, 0, 0));
        }
        if let Some((_, passed, all)) = self.suites.last_mut() {
            *passed += usize::from(fault.is_none());
            *all += 1;
        }
        let name = || format!("{}: {}: {}: ", self.layer, program.suite, program.name);
        self.faults.extend(fault.map(|fault| name() + &fault));
    }
}

impl fmt::Display for Tally<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (suite, passed, all) in &self.suites {
            writeln!(f, "{}: {suite}: {passed} of {all} passed", self.layer)?;
        }
        Ok(())
    }
}

/// Not println: that is kept from those for whom the tests pass.
fn say(what: impl fmt::Display) {
    let _ = write!(io::stderr(), "{what}");
}

/// What the suite says of a way to run its programs, each in a place of its own.
fn check(layer: &str, outcomes: impl FnOnce(&[Program], &TempDir) -> Vec<Result<Outcome, String>>) {
    let Some(folder) = env::var_os("WASI_TESTSUITE").map(PathBuf::from) else {
        say(format_args!("{layer}: THE OFFICIAL SUITE OF WASI WAS NOT RUN: WASI_TESTSUITE does not say where it is\n"));
        return;
    };
    let programs = programs(&folder);
    assert!(!programs.is_empty(), "{} has no programs of preview 1", folder.display());
    let places = tempfile::tempdir().expect("a folder");
    let mut tally = Tally::new(layer);
    let outcomes = outcomes(&programs, &places);
    programs.iter().zip(outcomes).for_each(|(program, outcome)| tally.add(program, outcome));
    say(&tally);
    assert!(tally.faults.is_empty(), "{} programs failed:\n{}", tally.faults.len(), tally.faults.join("\n"));
}

#[test]
fn the_suite_passes_through_c() {
    check("c", |programs, places| {
        let runner = runner(places.path());
        let run = |(index, program)| through_c(&runner, program, &places.path().join(format!("{index}")));
        programs.iter().enumerate().map(run).collect()
    });
}

#[test]
fn the_suite_passes_through_julia() {
    check("julia", |programs, places| through_julia(programs, places.path()));
}

#[test]
fn wrong_outcomes_are_found_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("program.wasm");
    fs::write(file.with_extension("json"), r#"{"args": ["a"], "exit_code": 3, "stdout": "out", "root": "fs"}"#)
        .expect("json");
    let program = Program::new("suite", file);
    let outcome = |status, stdout: &str| Outcome { status, stdout: stdout.into(), stderr: b"err".to_vec() };
    assert!(program.fault(&outcome(3, "out")).is_none());
    assert_eq!(program.fault(&outcome(0, "out")).as_deref(), Some("ended with 0, not 3\nouterr"));
    assert_eq!(program.fault(&outcome(3, "on")).as_deref(), Some("wrote \"on\" to stdout, not \"out\""));
    assert_eq!(program.folders, [(folder.path().join("fs"), "/".to_owned())]);
    let heard = understood("3 6f7574 ").and_then(Result::ok).expect("an outcome");
    assert!(heard.status == 3 && heard.stdout == b"out" && heard.stderr.is_empty());
    assert!(matches!(understood("failed 6e6f"), Some(Err(why)) if why == "no"));
    assert!(understood("3 6g").is_none() && understood("").is_none());
}
