//! What is handed on: the archive of `tools/archive.sh`, made of the library of this build, and what `make install` puts
//! in place. C programs find it by pkg-config and by CMake wherever it is unpacked, and Julia's package manager as an artifact.

#[path = "bindings/tools.rs"]
mod tools;

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use object::elf::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, FileHeader64};
use object::read::elf::ElfFile;
use object::{Endianness, Object, ObjectSymbol};
use serde_json::Value;
use support::{api, items, julia, library, root, run, said, text};
use tools::left_out;

/// Where `tools/archive.sh` puts the archive, in a folder of its own.
struct Archive {
    file: PathBuf,
    _folder: tempfile::TempDir,
}

/// The archive, made once for all tests; `None` where the crates that make it cannot be fetched.
fn archive() -> Option<&'static Path> {
    static ARCHIVE: OnceLock<Option<Archive>> = OnceLock::new();
    let archive = ARCHIVE.get_or_init(|| {
        let mut fetch = Command::new(env!("CARGO"));
        fetch.args(["fetch", "--quiet", "--locked", "--manifest-path"]).arg(root().join("tools/inventory/Cargo.toml"));
        let fetch = fetch.output().expect("cargo");
        if !fetch.status.success() {
            left_out("the archive", &said(&fetch));
            return None;
        }
        Some(make())
    });
    archive.as_ref().map(|archive| archive.file.as_path())
}

fn make() -> Archive {
    let folder = tempfile::tempdir().expect("a folder");
    let mut make = Command::new(root().join("tools/archive.sh"));
    make.arg("--library").arg(library()).arg(folder.path()).env("CARGO_TARGET_DIR", target());
    make.env("SOURCE_DATE_EPOCH", "1000000000");
    let output = run(&mut make);
    let file = PathBuf::from(String::from_utf8(output.stdout).expect("UTF-8").trim_end());
    assert!(file.starts_with(folder.path()), "{}", file.display());
    Archive { file, _folder: folder }
}

fn target() -> PathBuf {
    library().ancestors().nth(3).expect("the target folder").to_owned()
}

/// The archive unpacked into one folder and moved to another, with a space in its name.
struct Unpacked {
    prefix: PathBuf,
    _folder: tempfile::TempDir,
}

fn unpacked(archive: &Path) -> Unpacked {
    let folder = tempfile::tempdir().expect("a folder");
    let first = folder.path().join("first");
    fs::create_dir(&first).expect("a folder");
    run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&first));
    let prefix = folder.path().join("moved there");
    fs::rename(first, &prefix).expect("a folder that can be moved");
    Unpacked { prefix, _folder: folder }
}

/// The files below a folder, in order; links with what they lead to.
fn listing(folder: &Path) -> BTreeSet<String> {
    let output = run(Command::new("find").arg(folder).args(["-not", "-type", "d", "-printf", "%P %l\n"]));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| line.trim_end().replace(' ', " -> ")).collect()
}

fn soname() -> String {
    format!("libwrt.so.{}", api()["abi"][0])
}

/// What is in place after `make install`.
fn installed() -> BTreeSet<String> {
    let soname = soname();
    let files = ["wrt.h", "wrt.cdef", "wrt.api.json"].map(|header| format!("include/{header}"));
    let links = [format!("lib/{soname}"), format!("lib/libwrt.so -> {soname}")];
    let found = ["cmake/wrt/wrt-config.cmake", "cmake/wrt/wrt-config-version.cmake", "pkgconfig/wrt.pc"];
    let files = files.into_iter().chain(links).chain(found.map(|file| format!("lib/{file}")));
    let package = listing(&root().join("julia")).into_iter();
    let package = package.filter(|file| file == "Project.toml" || file.starts_with("src/"));
    files.chain(package.map(|file| format!("share/julia/WasmtimeRuntime/{file}"))).collect()
}

/// What `hello.c` prints that finds the library in `prefix`.
fn hello(mut program: Command, prefix: &Path) -> String {
    said(&run(program.env("LD_LIBRARY_PATH", prefix.join("lib"))))
}

#[test]
fn the_archive_is_laid_out_as_a_prefix() {
    let Some(archive) = archive() else { return };
    let name = archive.file_name().expect("a name").to_string_lossy();
    let start = format!("wasmtime-runtime-{}-{}-", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    assert!(name.starts_with(&start) && name.ends_with(".tar.gz"), "{name}");
    let unpacked = unpacked(archive);
    let mut expected = installed();
    let shared = [
        "doc/README.md",
        "doc/CHANGELOG.md",
        "doc/SECURITY.md",
        "doc/wasmtime-runtime.cdx.json",
        "licenses/LICENSE-MIT",
    ];
    for page in shared.iter().chain(&["licenses/LICENSE-APACHE", "licenses/THIRD-PARTY.txt"]) {
        expected.insert(format!("share/{}", page.replace('/', "/wasmtime-runtime/")));
    }
    let shown = |folder: &str, ends: &[&str]| -> Vec<String> {
        let files = listing(&root().join(folder)).into_iter().filter(|file| ends.iter().any(|end| file.ends_with(end)));
        files.map(|file| format!("share/doc/wasmtime-runtime/{folder}/{file}")).collect()
    };
    expected.extend(shown("docs/src", &[".md", ".svg"]));
    expected.extend(shown("examples", &[""]));
    expected.extend(shown("tests/wasi", &[".c", ".h", ".wasm"]));
    assert_eq!(listing(&unpacked.prefix), expected);
    for header in ["wrt.h", "wrt.cdef", "wrt.api.json"] {
        let path = Path::new("include").join(header);
        assert!(fs::read(unpacked.prefix.join(&path)).ok() == fs::read(root().join(&path)).ok(), "{header} differs");
    }
}

/// Whoever has nothing but the archive can follow every link of its pages, and sees nothing that is there for tests.
#[test]
fn pages_lead_to_files_that_are_there() {
    let Some(archive) = archive() else { return };
    let unpacked = unpacked(archive);
    let doc = unpacked.prefix.join("share/doc/wasmtime-runtime");
    let pages = listing(&doc).into_iter().filter(|page| page.ends_with(".md"));
    let mut links = 0;
    for page in pages.map(|page| doc.join(page)) {
        let text = fs::read_to_string(&page).expect("a page");
        assert!(!text.contains("<!-- c\n") && !text.contains("<!-- julia\n"), "{} has hidden parts", page.display());
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let files = targets.map(|target| target.split('#').next().unwrap_or_default());
        for file in files.filter(|file| !file.is_empty() && !file.contains("://") && !file.contains(['`', '"', ','])) {
            let found = page.with_file_name(file);
            assert!(found.exists(), "{} leads to {file}, which is not there", page.display());
            links += 1;
        }
    }
    assert!(links > 150, "only {links} links were found");
}

#[test]
fn the_same_library_makes_the_same_archive() {
    let Some(archive) = archive() else { return };
    let again = make();
    assert!(fs::read(archive).expect("the archive") == fs::read(&again.file).expect("the archive"), "they differ");
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict"]).arg(format!("{}.sha256", archive.display()));
    run(check.current_dir(archive.parent().expect("a folder")));
    let entries = said(&run(Command::new("tar").args(["--numeric-owner", "--utc", "-tvzf"]).arg(archive)));
    for entry in entries.lines() {
        assert!(entry.contains(" 0/0 ") && entry.contains(" 2001-09-09 01:46 "), "of whom, and of when? {entry}");
    }
}

#[test]
fn the_library_is_stripped_and_tied_to_no_folder() {
    let Some(archive) = archive() else { return };
    let unpacked = unpacked(archive);
    let bytes = fs::read(unpacked.prefix.join("lib").join(soname())).expect("the library");
    let elf = ElfFile::<FileHeader64<Endianness>>::parse(&*bytes).expect("an ELF file");
    assert_eq!(elf.symbols().count(), 0, "it has symbols beside those it exports");
    let exported = elf.dynamic_symbols().filter(|symbol| symbol.is_definition()).count();
    assert_eq!(exported, items(&api(), "functions").len());
    let table = elf.elf_dynamic_table().expect("a dynamic section");
    let names = |tag: i64| -> Vec<String> {
        let entries = table.iter().filter(|entry| entry.tag == tag);
        entries.map(|entry| String::from_utf8_lossy(table.string(entry).expect("a text")).into_owned()).collect()
    };
    assert_eq!(names(DT_SONAME), [soname()]);
    assert_eq!(names(DT_RPATH), Vec::<String>::new());
    assert_eq!(names(DT_RUNPATH), Vec::<String>::new());
    assert!(names(DT_NEEDED).iter().all(|name| !name.contains('/')), "{:?}", names(DT_NEEDED));
}

/// Names and versions of the crates that are in the library, as cargo says.
fn crates() -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"]).current_dir(root());
    let output = run(&mut tree);
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let crates = lines.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ").replacen(" v", " ", 1));
    crates.filter(|name| *name != format!("wrt {}", env!("CARGO_PKG_VERSION"))).collect()
}

fn is_of_compilers(name: &str) -> bool {
    ["std ", "libgcc "].iter().any(|start| name.starts_with(start))
}

#[test]
fn every_crate_has_its_licence() {
    let Some(archive) = archive() else { return };
    let unpacked = unpacked(archive);
    let page = unpacked.prefix.join("share/licenses/wasmtime-runtime/THIRD-PARTY.txt");
    let page = fs::read_to_string(page).expect("THIRD-PARTY.txt");
    let (_, rest) = page.split_once("---\n").expect("a list");
    let (list, texts) = rest.split_once("\n---").expect("texts");
    let listed: BTreeSet<_> = list.lines().filter_map(|line| line.split_once(": ")).collect();
    let listed: BTreeSet<_> =
        listed.iter().filter(|(name, _)| !is_of_compilers(name)).map(|(name, _)| (*name).to_owned()).collect();
    let crates = crates();
    assert!(crates.len() > 100, "cargo knows {} crates only", crates.len());
    assert_eq!(listed, crates);
    assert!(list.contains("\nstd ") && list.contains("\nlibgcc "), "{list}");
    // Each stands above a text, too: names with commas, in a block of lines between two rules.
    for name in crates.iter().map(String::as_str) {
        let above = texts.lines().any(|line| line.split(", ").any(|part| part.trim_end_matches(',') == name));
        assert!(above, "{name} has no text");
    }
    let known = ["Permission is hereby granted", "Apache License", "LLVM Exceptions", "UNICODE LICENSE"];
    for text in known {
        assert!(texts.contains(text), "no {text}");
    }
}

#[test]
fn the_bill_of_materials_lists_the_same() {
    let Some(archive) = archive() else { return };
    let unpacked = unpacked(archive);
    let bill = unpacked.prefix.join("share/doc/wasmtime-runtime/wasmtime-runtime.cdx.json");
    let bill: Value = serde_json::from_slice(&fs::read(bill).expect("the bill")).expect("JSON");
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    assert_eq!(bill["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
    let name = |part: &Value| format!("{} {}", text(&part["name"]), text(&part["version"]));
    let (parts, references) = (items(&bill, "components"), references(&bill));
    let listed: BTreeSet<_> = parts.iter().map(name).filter(|name| !is_of_compilers(name)).collect();
    assert_eq!(listed, crates());
    for part in &parts {
        assert!(references.contains(text(&part["bom-ref"])), "{part}");
        assert!(!text(&part["licenses"][0]["expression"]).is_empty(), "{part}");
        assert!(is_of_compilers(&name(part)) || text(&part["hashes"][0]["content"]).len() == 64, "{part}");
    }
}

/// What the bill knows by a name: each is said what it needs, and everything needed is known.
fn references(bill: &Value) -> BTreeSet<String> {
    let needs = items(bill, "dependencies");
    let known: BTreeSet<_> = needs.iter().map(|part| text(&part["ref"]).to_owned()).collect();
    assert_eq!(known.len(), needs.len(), "a part is there twice");
    for needed in needs.iter().flat_map(|part| items(part, "dependsOn")) {
        assert!(known.contains(text(&needed)), "{needed} is needed, and unknown");
    }
    known
}

#[test]
fn c_finds_it_by_pkg_config() {
    let (Some(archive), Some(mut pkgconf)) = (archive(), tools::pkgconf()) else { return };
    let unpacked = unpacked(archive);
    pkgconf.args(["--cflags", "--libs", "wrt >= 0.1"]).env("PKG_CONFIG_PATH", unpacked.prefix.join("lib/pkgconfig"));
    let flags = String::from_utf8(run(&mut pkgconf).stdout).expect("UTF-8");
    let program = unpacked.prefix.with_file_name("hello");
    // The shell undoes what pkg-config quotes.
    let compile = format!("cc -Wall -Werror \"$1\" -o \"$2\" {flags}");
    run(Command::new("sh").args(["-euc", &compile, "sh"]).arg(root().join("examples/hello.c")).arg(&program));
    assert_eq!(hello(Command::new(program), &unpacked.prefix), "2 + 3 = 5\n");
}

/// A project outside of this one, which wants this version of the library.
fn cmake_project(folder: &Path, wanted: &str) {
    fs::create_dir_all(folder).expect("a folder");
    let lines = [
        "cmake_minimum_required(VERSION 3.13)",
        "project(hello C)",
        &format!("find_package(wrt {wanted} REQUIRED)"),
        "add_executable(hello hello.c)",
        "target_link_libraries(hello PRIVATE wrt::wrt)",
    ];
    fs::write(folder.join("CMakeLists.txt"), lines.join("\n")).expect("CMakeLists.txt");
    fs::copy(root().join("examples/hello.c"), folder.join("hello.c")).expect("hello.c");
}

#[test]
fn c_finds_it_by_cmake() {
    let (Some(archive), Some(packages)) = (archive(), tools::cmake()) else { return };
    let unpacked = unpacked(archive);
    let cmake = |project: &Path| {
        let mut cmake = Command::new(packages.join("cmake/data/bin/cmake"));
        cmake.current_dir(project);
        cmake
    };
    let configure = |wanted: &str| {
        let project = unpacked.prefix.with_file_name(format!("wants {wanted}"));
        cmake_project(&project, wanted);
        let mut configure = cmake(&project);
        configure.args(["-G", "Ninja", "-S", ".", "-B", "out"]);
        configure.arg(format!("-DCMAKE_MAKE_PROGRAM={}", packages.join("bin/ninja").display()));
        configure.arg(format!("-DCMAKE_PREFIX_PATH={}", unpacked.prefix.display()));
        (configure.output().expect("cmake"), project)
    };
    let (output, project) = configure("0.1");
    assert!(output.status.success(), "{}", said(&output));
    run(cmake(&project).args(["--build", "out"]));
    // CMake leads the program to the library by itself, where that lies now.
    assert_eq!(said(&run(&mut Command::new(project.join("out/hello")))), "2 + 3 = 5\n");
    for wanted in ["0", "0.1.0"] {
        let (output, _) = configure(wanted);
        assert!(output.status.success(), "{}", said(&output));
    }
    for wanted in ["0.2", "0.0.9", "1.0"] {
        let (output, _) = configure(wanted);
        assert!(!output.status.success() && said(&output).contains("wrt-config.cmake"), "{wanted}: {}", said(&output));
    }
    fs::remove_file(unpacked.prefix.join("include/wrt.h")).expect("wrt.h");
    let (output, _) = configure("0.1.0");
    assert!(!output.status.success() && said(&output).contains("has no include/wrt.h"), "{}", said(&output));
}

/// The package that is in the archive finds the library that is in the archive, without a package manager.
#[test]
fn julia_uses_the_package_in_the_archive() {
    let Some(archive) = archive() else { return };
    let unpacked = unpacked(archive);
    let script = r#"
        using WasmtimeRuntime
        store = WasmStore(WasmEngine())
        instance = WasmInstance(store, WasmModule(store, wat"(module (func (export \"answer\") (result i32) i32.const 42))"))
        print(instance.exports.answer(), " ", WasmtimeRuntime.library_path())"#;
    let mut julia = Command::new(julia_path());
    // Nothing but what is there and what comes with Julia; no environment of the user's, no library that is named.
    julia.args(["--startup-file=no", "--color=no", "-e", script]).env_remove("WASMTIME_RUNTIME_LIB");
    julia.env_remove("JULIA_PROJECT").env("JULIA_DEPOT_PATH", unpacked.prefix.with_file_name("depot"));
    julia.env("JULIA_LOAD_PATH", format!("{}:@stdlib", unpacked.prefix.join("share/julia").display()));
    let expected = format!("42 {}", unpacked.prefix.join("lib/libwrt.so").display());
    assert_eq!(said(&run(&mut julia)), expected);
}

#[test]
fn an_installation_has_the_same_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("target");
    fs::create_dir_all(target.join("release")).expect("a folder");
    std::os::unix::fs::symlink(library(), target.join("release/libwrt.so")).expect("a link");
    let mut install = Command::new(root().join("tools/run"));
    install.arg("install").env("CARGO_TARGET_DIR", target);
    install.env("DESTDIR", folder.path().join("stage")).env("PREFIX", "/usr");
    run(&mut install);
    let prefix = folder.path().join("stage/usr");
    assert_eq!(listing(&prefix), installed());
    let page = fs::read_to_string(prefix.join("lib/pkgconfig/wrt.pc")).expect("wrt.pc");
    assert!(page.contains(&format!("\nVersion: {}\n", env!("CARGO_PKG_VERSION"))), "{page}");
    assert!(!page.contains('@') && !page.contains("stage"), "{page}");
}

#[test]
fn what_cannot_be_made_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for (args, message) in [
        (["--library", "/nowhere/libwrt.so"], "there is no library /nowhere/libwrt.so"),
        (["--target", "x86_64-apple-darwin"], "archives are made for Linux so far, not for x86_64-apple-darwin"),
        (["--libary", "x"], "what is --libary?"),
    ] {
        let mut make = Command::new(root().join("tools/archive.sh"));
        let output = make.args(args).arg(folder.path()).env("CARGO_TARGET_DIR", target()).output().expect("archive.sh");
        assert!(!output.status.success() && said(&output).contains(message), "{message}: {}", said(&output));
    }
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

/// Julia as this test has it, by its path.
fn julia_path() -> String {
    said(&run(julia().args(["-e", "print(joinpath(Sys.BINDIR, Base.julia_exename()))"])))
}

#[test]
fn julia_adds_the_package_with_the_archive_as_its_artifact() {
    let Some(archive) = archive() else { return };
    let mut add = Command::new(root().join("tools/pkg-offline.sh"));
    let text = said(&run(add.arg(julia_path()).arg(archive)));
    assert!(text.contains("answer = 42\n"), "{text}");
    let hash = artifact_hash(archive);
    assert!(text.contains(&format!("library = {hash}/lib/libwrt.so\n")), "no {hash} in:\n{text}");
}

/// The hash that `tools/artifacts.jl` names, which is that of git.
fn artifact_hash(archive: &Path) -> String {
    let mut toml = Command::new(julia_path());
    toml.arg("--startup-file=no").arg(root().join("tools/artifacts.jl")).args(["-", "https://example.org/releases/"]);
    let toml = String::from_utf8(run(toml.arg(archive)).stdout).expect("UTF-8");
    let value = |key: &str| {
        let line = toml.lines().find_map(|line| line.trim().strip_prefix(&format!("{key} = \"")));
        line.unwrap_or_else(|| panic!("no {key} in:\n{toml}")).trim_end_matches('"').to_owned()
    };
    let name = archive.file_name().expect("a name").to_string_lossy();
    assert_eq!(value("url"), format!("https://example.org/releases/{name}"));
    assert_eq!((value("os").as_str(), value("arch").as_str()), ("linux", std::env::consts::ARCH));
    let sum = fs::read_to_string(format!("{}.sha256", archive.display())).expect("the checksum");
    assert_eq!(value("sha256"), sum.split(' ').next().unwrap_or_default());
    let unpacked = unpacked(archive);
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(args).current_dir(&unpacked.prefix).env("GIT_DIR", unpacked.prefix.with_file_name("git"));
        String::from_utf8(run(git.env("GIT_WORK_TREE", &unpacked.prefix)).stdout).expect("UTF-8")
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all", "--force"]);
    assert_eq!(git(&["write-tree"]).trim(), value("git-tree-sha1"));
    value("git-tree-sha1")
}
