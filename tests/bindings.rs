//! The header as other languages take it: `include/wrt.h`, `include/wrt.cdef` or `wrt_api_json`, as they are, by the
//! tools that bind them there. Each runs the same program, which is an example too. A tool whose registry cannot be
//! reached is left out, and that is said.

#[path = "bindings/tools.rs"]
mod tools;

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{api, compiler, items, library, link, root, run, said, text};
use tools::{debian, generated, npm, pip, python};

/// What `examples/*/job.*` prints.
const JOB: &str = "sum(20, 2) = 42
hello from WebAssembly
sum(-1, 2) fails: host: twice takes no negative number
  in sum
average(42, 0) fails: trap: wasm trap: integer divide by zero
  trap 7, integer_division_by_zero
  in divide
  in average
sum(20, 2) fails: closed: the store is closed
0 objects are left
";

/// What `examples/*/tasks.*` prints.
const TASKS: &str = "1 asks
2 asks
3 asks
3 is answered
2 is answered
1 is answered
run(3) = 31
run(2) fails: host: nobody knows about 2
run(1) = 11
nap() = 0, and others ran meanwhile: yes
";

/// What a program prints, which gets the module of this name, and finds the library where it looks for it.
fn printed(program: &mut Command, module: &str) -> String {
    program.env("WRT_LIBRARY", library()).env("WRT_CDEF", root().join("include/wrt.cdef"));
    said(&run(program.arg(example(module))))
}

fn example(name: &str) -> PathBuf {
    root().join("examples").join(name)
}

/// Copies files of the examples in a language to where the tool has made the others.
fn copy(folder: &Path, language: &str, files: &[&str]) {
    for file in files {
        fs::copy(example(language).join(file), folder.join(file)).expect(file);
    }
}

/// Everything that the header declares is found by `of` in what a tool made of it.
fn bound(list: &str, text_of_tool: &str, of: impl Fn(&serde_json::Value) -> String) {
    let items = items(&api(), list);
    let missing = items.iter().map(of).filter(|part| !text_of_tool.contains(part.as_str())).collect::<Vec<_>>();
    assert!(!items.is_empty() && missing.is_empty(), "{} of {list} are missing: {missing:?}", missing.len());
}

fn name(item: &serde_json::Value) -> &str {
    text(&item["name"])
}

/// Compiles an example into `folder` and runs it.
fn compiled(mut compile: Command, source: &str, folder: &Path) -> String {
    let binary = folder.join("job");
    run(compile.arg(example(source)).arg("-o").arg(&binary).args(link(folder)));
    printed(&mut Command::new(binary), "job.wat")
}

#[test]
fn c() {
    let folder = tempfile::tempdir().expect("a folder");
    for standard in ["c99", "c11", "c17", "c2x"] {
        assert_eq!(compiled(compiler("cc", standard), "c/job.c", folder.path()), JOB, "{standard}");
    }
}

#[test]
fn cpp() {
    let folder = tempfile::tempdir().expect("a folder");
    for standard in ["c++98", "c++03", "c++11", "c++14", "c++17", "c++20"] {
        assert_eq!(compiled(compiler("c++", standard), "cpp/job.cpp", folder.path()), JOB, "{standard}");
    }
}

#[test]
fn tcc() {
    let Some(debian) = debian() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut tcc = debian.command("tcc");
    tcc.arg(format!("-B{}", debian.path("usr/lib").join(tools::triple()).join("tcc").display()));
    link(folder.path());
    tcc.args(["-Wall", "-Werror", "-lwrt", "-run"]).arg("-I").arg(root().join("include")).arg("-L").arg(folder.path());
    assert_eq!(printed(tcc.arg(example("c/job.c")), "job.wat"), JOB);
}

#[test]
fn rust() {
    let Some(made) = generated() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (source, program) = (folder.path().join("job.rs"), folder.path().join("job"));
    fs::copy(made.join("wrt.rs"), folder.path().join("wrt.rs")).expect("wrt.rs");
    copy(folder.path(), "rust", &["glue.rs", "job.rs"]);
    let made = fs::read_to_string(made.join("wrt.rs")).expect("wrt.rs");
    bound("functions", &made, |f| format!("pub fn {}(", name(f)));
    bound("structs", &made, |s| format!("pub struct {} {{", name(s)));
    bound("callbacks", &made, |c| format!("pub type {} =", name(c)));
    bound("constants", &made, |c| format!("pub const {}: i32 = {};", name(c), c["value"]));
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "-D", "warnings"]).arg(source).arg("-o").arg(&program);
    run(rustc.args(link(folder.path()).iter().map(|argument| format!("-Clink-arg={argument}"))));
    assert_eq!(printed(&mut Command::new(program), "job.wat"), JOB);
}

#[test]
fn csharp() {
    let Some(generated) = generated() else { return };
    for file in ["Wrt.cs", "WrtFunctionPointers.cs"] {
        let made = fs::read_to_string(generated.join(file)).expect(file);
        bound("functions", &made, |f| {
            format!("EntryPoint = \"{0}\", CallingConvention = CallingConvention.Cdecl", name(f))
        });
        bound("structs", &made, |s| format!("unsafe partial struct {}\n", name(s)));
        bound("constants", &made, |c| format!("internal const int {} = {};", name(c), c["value"]));
        let signature = "int wrt_memory_read(wrt_extern* memory, ulong offset, byte* dst, ";
        assert!(made.contains(signature), "no {signature} in {file}");
    }
    // As .NET has it, where there are function pointers.
    let made = fs::read_to_string(generated.join("WrtFunctionPointers.cs")).expect("WrtFunctionPointers.cs");
    let pointer = "delegate* unmanaged[Cdecl]<void*, wrt_caller*, wrt_val*, nuint, wrt_error*, int> call";
    assert!(made.contains(pointer), "no {pointer}");
    // As Mono runs it.
    let Some(debian) = debian() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("job.exe");
    let mut compile = debian.mono();
    compile.arg(debian.path("usr/lib/mono/4.5/mcs.exe")).args(["-unsafe", "-warnaserror"]);
    run(compile
        .arg(format!("-out:{}", program.display()))
        .args(["Job.cs", "Glue.cs"].map(|file| example("csharp").join(file)))
        .arg(generated.join("Wrt.cs")));
    link(folder.path());
    let mut mono = debian.mono();
    debian.search(&mut mono, &[folder.path()]);
    assert_eq!(printed(mono.arg(program), "job.wat"), JOB);
}

#[test]
fn python_by_cffi() {
    let Some(packages) = python() else { return };
    assert_eq!(printed(pip(packages).arg(example("python/job.py")), "job.wat"), JOB);
}

#[test]
fn python_awaits() {
    let Some(packages) = python() else { return };
    assert_eq!(printed(pip(packages).arg(example("python/tasks.py")), "tasks.wat"), TASKS);
}

#[test]
fn python_by_ctypesgen() {
    let Some(packages) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let made = folder.path().join("wrt_ctypes.py");
    link(folder.path());
    let mut ctypesgen = pip(packages);
    ctypesgen.arg(packages.join("bin/ctypesgen")).arg("-L").arg(folder.path()).args(["-l", "wrt", "-o"]).arg(&made);
    run(ctypesgen.arg(root().join("include/wrt.h")));
    let made = fs::read_to_string(&made).expect("wrt_ctypes.py");
    bound("functions", &made, |f| format!(".has(\"{}\", \"cdecl\")", name(f)));
    bound("structs", &made, |s| format!("class struct_{}(Structure)", name(s)));
    bound("callbacks", &made, |c| format!("\n{} = CFUNCTYPE(", name(c)));
    bound("constants", &made, |c| format!("\n    {} = {}\n", name(c), c["value"]));
    copy(folder.path(), "python", &["glue_ctypes.py", "job_ctypes.py"]);
    assert_eq!(printed(pip(packages).arg(folder.path().join("job_ctypes.py")), "job.wat"), JOB);
}

#[test]
fn luajit() {
    let Some(debian) = debian() else { return };
    assert_eq!(printed(debian.command("luajit").arg(example("luajit/job.lua")), "job.wat"), JOB);
}

#[test]
fn luajit_resumes() {
    let Some(debian) = debian() else { return };
    assert_eq!(printed(debian.command("luajit").arg(example("luajit/tasks.lua")), "tasks.wat"), TASKS);
}

#[test]
fn node_by_koffi() {
    let Some(folder) = npm() else { return };
    copy(&folder, "node", &["wrt.mjs", "job.mjs"]);
    assert_eq!(printed(Command::new("node").arg(folder.join("job.mjs")), "job.wat"), JOB);
}

#[test]
fn php() {
    let Some(debian) = debian() else { return };
    assert_eq!(printed(debian.php().arg(example("php/job.php")), "job.wat"), JOB);
}

#[test]
fn swig() {
    let Some(debian) = debian() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let wrapper = folder.path().join("wrt_lua.c");
    let mut swig = debian.command("swig");
    swig.env("SWIG_LIB", debian.only("usr/share", "swig"));
    swig.args(["-lua", "-Wall", "-Werror", "-o"]).arg(&wrapper);
    let output = run(swig.arg(format!("-I{}", root().join("include").display())).arg(example("swig/wrt.i")));
    assert_eq!(said(&output), "");
    let made = fs::read_to_string(&wrapper).expect("wrt_lua.c");
    bound("functions", &made, |f| format!("static int _wrap_{}(lua_State* L)", name(f)));
    bound("constants", &made, |c| format!("(\"{}\", {})", name(c), c["value"]));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-Wall", "-Werror", "-I"]).arg(root().join("include"));
    for include in ["lua5.4", &tools::triple()] {
        cc.arg("-I").arg(debian.path("usr/include").join(include));
    }
    cc.arg(&wrapper).args(link(folder.path()));
    run(cc.arg("-o").arg(folder.path().join("wrt.so")));
    let mut lua = debian.command("lua5.4");
    lua.current_dir(folder.path());
    assert_eq!(printed(lua.arg(example("swig/job.lua")), "job.wat"), JOB);
}

#[test]
fn zig() {
    let Some(packages) = tools::zig() else { return };
    let folder = packages.join("job");
    fs::create_dir_all(&folder).expect("a folder");
    let zig = || {
        let mut zig = pip(packages);
        zig.args(["-m", "ziglang"]).current_dir(&folder).env("ZIG_GLOBAL_CACHE_DIR", packages.join("cache"));
        zig.env("ZIG_LOCAL_CACHE_DIR", packages.join("cache"));
        zig
    };
    let made = run(zig().args(["translate-c", "-lc"]).arg(root().join("include/wrt.h"))).stdout;
    let made = String::from_utf8(made).expect("UTF-8");
    bound("functions", &made, |f| format!("\npub extern fn {}(", name(f)));
    bound("structs", &made, |s| format!("\npub const struct_{} = extern struct {{", name(s)));
    bound("callbacks", &made, |c| format!("\npub const {} = ?*const fn (", name(c)));
    bound("constants", &made, |c| format!("\npub const {} = @as(c_int, {});", name(c), c["value"]));
    fs::write(folder.join("wrt.zig"), made).expect("wrt.zig");
    copy(&folder, "zig", &["glue.zig", "job.zig"]);
    link(&folder);
    run(zig().args(["build-exe", "job.zig", "-lc", "-lwrt", "-L"]).arg(&folder).arg("-rpath").arg(&folder));
    assert_eq!(printed(&mut Command::new(folder.join("job")), "job.wat"), JOB);
    // The C compiler in it is clang. The machine's own links, which is quicker.
    let object = folder.join("job.o");
    for standard in ["c99", "c11", "c17", "c23"] {
        let mut clang = zig();
        clang.arg("cc").arg(format!("-std={standard}"));
        clang.args(["-c", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic-errors"]);
        run(clang.arg("-I").arg(root().join("include")).arg(example("c/job.c")).arg("-o").arg(&object));
        let program = folder.join("job");
        run(Command::new("cc").arg(&object).arg("-o").arg(&program).args(link(&folder)));
        assert_eq!(printed(&mut Command::new(program), "job.wat"), JOB, "{standard}");
    }
}

#[test]
fn every_language_is_a_test() {
    let folders = fs::read_dir(root().join("examples")).expect("examples").map(|entry| entry.expect("an entry").path());
    let folders = folders.filter(|path| path.is_dir()).map(|path| path.file_name().expect("a name").to_owned());
    let found = folders.map(|name| name.to_string_lossy().into_owned()).collect::<BTreeSet<_>>();
    let tested = ["c", "cpp", "csharp", "luajit", "node", "php", "python", "rust", "swig", "zig"];
    assert_eq!(found, tested.map(str::to_owned).into(), "the folders of examples/");
}
