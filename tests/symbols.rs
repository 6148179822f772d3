//! What the library shows to the linker: the functions of the header and nothing else, its name, and what it needs.

mod support;

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char};
use std::fs;

use object::elf::{DF_1_NODELETE, DT_FLAGS_1, DT_NEEDED, DT_SONAME, FileHeader64};
use object::read::elf::ElfFile;
use object::{Endianness, Object, ObjectSymbol};
use support::{api, items, library, root, text};

struct Library(Vec<u8>);

impl Library {
    fn read() -> Library {
        let path = library();
        Library(fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

    fn elf(&self) -> ElfFile<'_, FileHeader64<Endianness>> {
        ElfFile::parse(&*self.0).expect("the library is an ELF file")
    }

    /// The numbers that the dynamic section has under `tag`.
    fn dynamic(&self, tag: i64) -> Vec<u64> {
        let elf = self.elf();
        let table = elf.elf_dynamic_table().expect("a dynamic section");
        table.iter().filter(|entry| entry.tag == tag).map(|entry| entry.val).collect()
    }

    /// The texts that the dynamic section has under `tag`.
    fn names(&self, tag: i64) -> Vec<String> {
        let elf = self.elf();
        let table = elf.elf_dynamic_table().expect("a dynamic section");
        let entries = table.iter().filter(|entry| entry.tag == tag);
        let text = |entry| String::from_utf8_lossy(table.string(entry).expect("a text")).into_owned();
        entries.map(text).collect()
    }
}

#[test]
fn the_exported_symbols_are_the_header() {
    let library = Library::read();
    let elf = library.elf();
    let exported = elf.dynamic_symbols().filter(|symbol| symbol.is_definition());
    let exported = exported.map(|symbol| symbol.name().expect("a name").to_owned()).collect::<BTreeSet<_>>();
    let declared =
        items(&api(), "functions").iter().map(|item| text(&item["name"]).to_owned()).collect::<BTreeSet<_>>();
    let unknown = exported.difference(&declared).collect::<Vec<_>>();
    let missing = declared.difference(&exported).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "exported, but not in the header: {unknown:?}");
    assert!(missing.is_empty(), "in the header, but not exported: {missing:?}");
}

#[test]
fn the_soname_carries_the_abi() {
    assert_eq!(Library::read().names(DT_SONAME), [format!("libwrt.so.{}", api()["abi"][0])]);
}

#[test]
fn the_library_needs_the_c_library_alone() {
    // No libgcc_s: build.rs says why the unwinder is linked statically.
    let needed = Library::read().names(DT_NEEDED);
    let foreign =
        needed.iter().filter(|name| !["libc.so.", "libm.so.", "ld-linux"].iter().any(|known| name.starts_with(known)));
    assert_eq!(foreign.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(needed.iter().any(|name| name.starts_with("libc.so.")), "{needed:?}");
}

#[test]
fn the_library_stays_in_its_process() {
    let flags = Library::read().dynamic(DT_FLAGS_1).iter().fold(0, |all, flags| all | flags);
    assert_ne!(flags & u64::from(DF_1_NODELETE), 0, "linked without -z nodelete");
}

#[test]
fn the_library_describes_its_own_interface() {
    let file = fs::read_to_string(root().join("include/wrt.api.json")).expect("the API JSON");
    // SAFETY: the library of this build; the function takes nothing and returns a static text.
    let said = unsafe {
        let library = libloading::Library::new(library()).expect("the library");
        let describe: libloading::Symbol<'_, extern "C" fn() -> *const c_char> =
            library.get("wrt_api_json").expect("a function");
        CStr::from_ptr(describe()).to_str().expect("UTF-8").to_owned()
    };
    assert!(said == file, "the library was built with another include/wrt.api.json");
}
