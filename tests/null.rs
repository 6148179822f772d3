//! NULL for every pointer of every function, and for every handle one of another kind and a closed one: a status and a
//! sentence, or nothing at all, but never a crash. A function that fails writes no output.
//!
//! The functions come from `include/wrt.api.json`. Each is tried in a process of its own, with one argument wrong and the
//! rest as they should be, with all pointers NULL, and with the store closed under it.

#[path = "null/dispatch.rs"]
mod dispatch;
#[path = "null/probe.rs"]
mod probe;
mod support;
#[path = "null/world.rs"]
mod world;

use std::process::{Command, ExitCode};
use std::{env, thread};

use support::{api, items, said, text};

fn main() -> ExitCode {
    let args = env::args().skip(1).collect::<Vec<_>>();
    if let [flag, function] = &args[..]
        && flag == "--probe"
    {
        probe::run(function);
        return ExitCode::SUCCESS;
    }
    let exact = args.iter().any(|arg| arg == "--exact");
    let filters = args.iter().filter(|arg| !arg.starts_with('-')).collect::<Vec<_>>();
    let wanted = |name: &str| {
        let fits = |filter: &&String| if exact { **filter == name } else { name.contains(&**filter) };
        filters.is_empty() || filters.iter().any(fits)
    };
    let names = items(&api(), "functions").iter().map(|item| text(&item["name"]).to_owned()).collect::<Vec<_>>();
    let names = names.into_iter().filter(|name| wanted(name)).collect::<Vec<_>>();
    if args.iter().any(|arg| arg == "--list") {
        if !args.iter().any(|arg| arg == "--ignored") {
            names.iter().for_each(|name| println!("{name}: test"));
        }
        return ExitCode::SUCCESS;
    }
    run(&names)
}

/// Probes the functions, some at a time, and reports as Rust's own tests do.
fn run(names: &[String]) -> ExitCode {
    println!("\nrunning {} tests", names.len());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut failed = Vec::new();
    for some in names.chunks(workers) {
        let results = thread::scope(|scope| {
            let workers = some.iter().map(|name| scope.spawn(|| probe_apart(name))).collect::<Vec<_>>();
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|_| Err("no result".to_owned())))
                .collect::<Vec<_>>()
        });
        for (name, result) in some.iter().zip(results) {
            println!("test {name} ... {}", if result.is_ok() { "ok" } else { "FAILED" });
            failed.extend(result.err().map(|why| (name, why)));
        }
    }
    for (name, why) in &failed {
        println!("\n---- {name} ----\n{}", why.trim());
    }
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {} passed; {} failed\n", names.len() - failed.len(), failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Probes a function in a process of its own.
fn probe_apart(name: &str) -> Result<(), String> {
    let exe = env::current_exe().map_err(|e| e.to_string())?;
    let output = Command::new(exe).args(["--probe", name]).output().map_err(|e| e.to_string())?;
    if output.status.success() { Ok(()) } else { Err(format!("{}\n{}", said(&output), output.status)) }
}
