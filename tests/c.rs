//! The C tests: each file of `tests/c/` is one program, run plain and under valgrind, and those of tasks with the address
//! sanitizer too.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::{compiler, link, root, run};

/// Compiles a program of `tests/c/` into `folder`, against the header and with the library of this build.
fn compiled(name: &str, folder: &Path, flags: &[&str]) -> Command {
    let source = root().join("tests/c").join(format!("{name}.c"));
    let binary = folder.join(name);
    let mut compile = compiler("cc", "c99");
    compile.args(["-g", "-O1", "-pthread"]).args(flags).arg("-o").arg(&binary).arg(source).args(link(folder));
    run(&mut compile);
    let mut program = Command::new(binary);
    program.current_dir(folder);
    program
}

/// Runs a program alone, which must come to its end.
fn check(name: &str, program: &mut Command) {
    assert!(run(program).stdout.ends_with(b"ok\n"), "{name} ended without check_done");
}

/// A program of `tests/c/`, plain and under valgrind.
fn program(name: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut alone = compiled(name, folder.path(), &[]);
    check(name, &mut alone);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
    // Else a thread that computes keeps the one that is to interrupt it waiting for seconds.
    valgrind.arg("--fair-sched=try");
    valgrind.args(["--errors-for-leak-kinds=definite", "--show-leak-kinds=definite"]);
    // Wasmtime's traps are illegal instructions, and no news.
    valgrind.arg("--sigill-diagnostics=no");
    // Its handler must find the very instruction that divided by zero.
    valgrind.arg("--vex-iropt-register-updates=allregs-at-each-insn");
    valgrind.arg(format!("--suppressions={}", root().join("tests/c/valgrind.supp").display()));
    valgrind.env("WRT_TEST_VALGRIND", "1");
    run(valgrind.arg(alone.get_program()).current_dir(folder.path()));
}

/// The name of a noun that Rust has taken.
fn plain(name: &str) -> &str {
    name.trim_start_matches("r#")
}

macro_rules! programs {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            program(plain(stringify!($name)));
        })+

        const PROGRAMS: &[&str] = &[$(stringify!($name)),+];
    };
}

programs! {
    call,
    caller,
    clock,
    config,
    engine,
    error,
    exception,
    r#extern,
    func,
    global,
    handle,
    hooks,
    instance,
    library,
    limits,
    linker,
    memory,
    module,
    nested,
    object,
    pipe,
    pipe_programs,
    prelink,
    reference,
    scheduler,
    script,
    step,
    store,
    suspend,
    table,
    tag,
    task,
    text,
    threads,
    trap,
    types,
    wasi,
    wasi_files,
    wasi_linker,
    wasi_streams,
    wasi_time,
}

/// Tasks run on stacks of their own, and so does what C does there; objects and exceptions are moved and unwound.
#[test]
fn some_with_the_address_sanitizer() {
    let tasks = ["scheduler", "step", "suspend", "task", "object", "exception"];
    let programs = ["pipe", "pipe_programs", "wasi", "wasi_files", "wasi_linker", "wasi_streams", "wasi_time"];
    for name in tasks.into_iter().chain(programs) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut program = compiled(name, folder.path(), &["-fsanitize=address"]);
        // With it, C would keep its variables elsewhere than on those stacks.
        check(name, program.env("ASAN_OPTIONS", "detect_stack_use_after_return=0"));
    }
}

#[test]
fn every_file_is_a_test() {
    let files = fs::read_dir(root().join("tests/c")).expect("tests/c");
    let files = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let sources = files.filter_map(|file| file.strip_suffix(".c").map(str::to_owned)).collect::<BTreeSet<_>>();
    assert_eq!(
        sources,
        PROGRAMS.iter().map(|name| plain(name).to_owned()).collect(),
        "the list in tests/c.rs and tests/c/"
    );
}
