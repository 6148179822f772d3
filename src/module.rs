//! Modules: compiled code, shared by all threads and stores of an engine.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::OnceLock;

use parking_lot::RwLock;
#[cfg(feature = "compiler")]
use wasmtime::CodeBuilder;

#[cfg(not(feature = "compiler"))]
use crate::absent::{CodeBuilder, Compile};
use crate::boundary::{self, Required};
use crate::engine::{Engine, wrt_engine};
use crate::error::{
    Failure, Result, WRT_ERR_COMPILE, WRT_ERR_INCOMPATIBLE, WRT_ERR_IO, WRT_ERR_NOT_FOUND, WRT_ERR_OTHER,
};
use crate::r#extern::noun;
use crate::fault::wrt_error;
use crate::handle::{Handle, Noun, Opaque, wrt_bytes};
use crate::hooks;
use crate::text;
use crate::trap;
use crate::types::{Type, wrt_type};

/// A flag of the `*_deserialize*` functions: the caller vouches for the native code in the artifact.
pub const WRT_TRUSTED: u32 = 1;

/// A compiled module: a handle, immutable, for all threads and all stores of its engine.
pub struct wrt_module(#[allow(dead_code, reason = "opaque")] Opaque);

/// An import or export. Set `struct_size` first. The texts and the type are borrowed from the module.
#[repr(C)]
pub struct wrt_item {
    /// `sizeof(wrt_item)`.
    pub struct_size: usize,
    /// `WRT_FUNC` to `WRT_TAG`.
    pub kind: i32,
    /// The position among the imports or exports.
    pub index: u32,
    /// The module name of an import, NUL-terminated; NULL for exports.
    pub module: *const c_char,
    /// The length of the module name in bytes.
    pub module_len: usize,
    /// The name, NUL-terminated.
    pub name: *const c_char,
    /// The length of the name in bytes.
    pub name_len: usize,
    /// The type.
    pub r#type: *const wrt_type,
}

/// The body of a `wrt_module`. Names and types outlive `wrt_close`, since C may have borrowed them.
pub(crate) struct Module {
    module: RwLock<Option<wasmtime::Module>>,
    engine: Handle<Engine>,
    name: Option<Text>,
    imports: Vec<Item>,
    exports: Vec<Item>,
    /// The custom sections, by name; none are kept in a precompiled artifact.
    sections: Option<Vec<(String, Vec<u8>)>>,
    code: OnceLock<Vec<u8>>,
}

/// A name for C: NUL-terminated, and with its length, since a NUL may be part of it.
struct Text(Box<[u8]>);

impl Text {
    fn new(text: &str) -> Text {
        Text(text.bytes().chain([0]).collect())
    }

    fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    fn len(&self) -> usize {
        self.0.len() - 1
    }

    fn bytes(&self) -> &[u8] {
        &self.0[..self.len()]
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

/// An import or export.
struct Item {
    module: Option<Text>,
    name: Text,
    ty: Handle<Type>,
}

impl Noun for Module {
    type Face = wrt_module;
    const NAME: &'static CStr = c"module";
    const TAG: u32 = 5;

    fn close(&self) -> Result<()> {
        self.module.write().take();
        Ok(())
    }
}
boundary::faces!(wrt_module => Module);

impl Module {
    /// `wasm` is the binary that the module was compiled from, where it is known.
    fn new(engine: &Handle<Engine>, module: wasmtime::Module, wasm: Option<&[u8]>) -> Result<Module> {
        let item = |module: Option<&str>, name: &str, ty| Item {
            module: module.map(Text::new),
            name: Text::new(name),
            ty: Handle::new(Type::new(engine.inner(), ty)),
        };
        let sections = match wasm {
            Some(wasm) => {
                let found = text::custom_sections(wasm)?.into_iter();
                Some(found.map(|(name, range)| (name, wasm.get(range).unwrap_or_default().to_vec())).collect())
            }
            None => None,
        };
        Ok(Module {
            name: module.name().map(Text::new),
            imports: module.imports().map(|import| item(Some(import.module()), import.name(), import.ty())).collect(),
            exports: module.exports().map(|export| item(None, export.name(), export.ty())).collect(),
            engine: engine.clone(),
            sections,
            code: OnceLock::new(),
            module: RwLock::new(Some(module)),
        })
    }

    pub fn compile(engine: &Handle<Engine>, wasm: &[u8], dwarf: Option<&[u8]>, path: Option<&Path>) -> Result<Module> {
        let wasm = hooks::native(|| text::to_binary(wasm, path))?;
        let compiled = hooks::native(|| match dwarf {
            None => wasmtime::Module::from_binary(engine.inner(), &wasm),
            Some(dwarf) => {
                let mut builder = CodeBuilder::new(engine.inner());
                let with_code = builder.wasm_binary(&*wasm, path).and_then(|builder| builder.dwarf_package(dwarf));
                with_code.and_then(|builder| builder.compile_module())
            }
        });
        let module = compiled.map_err(|e| engine.rejected(&wasm, &e))?;
        Module::new(engine, module, Some(&wasm))
    }

    /// As Wasmtime has it; a module closed meanwhile is none.
    pub fn wasmtime(&self) -> Result<wasmtime::Module> {
        self.module.read().clone().ok_or_else(|| Failure::closed("module"))
    }

    pub fn engine(&self) -> &Handle<Engine> {
        &self.engine
    }

    /// Names and types of the imports.
    pub fn imports(&self) -> impl Iterator<Item = (String, String, &Handle<Type>)> {
        self.imports
            .iter()
            .map(|item| (item.module.as_ref().map(Text::text).unwrap_or_default(), item.name.text(), &item.ty))
    }

    pub fn export_name(&self, index: usize) -> Result<String> {
        Ok(at(&self.exports, index, "export")?.name.text())
    }

    fn describe(&self) -> serde_json::Value {
        let items = |items: &[Item]| -> Vec<serde_json::Value> {
            let item = |item: &Item| {
                let mut json = serde_json::json!({
                    "name": item.name.text(),
                    "kind": noun(item.ty.kind()),
                    "type": item.ty.text(),
                });
                if let Some(module) = &item.module {
                    json["module"] = module.text().into();
                }
                json
            };
            items.iter().map(item).collect()
        };
        let sections = self.sections.as_ref().map(|sections| {
            let section = |(name, data): &(String, Vec<u8>)| serde_json::json!({"name": name, "size": data.len()});
            sections.iter().map(section).collect::<Vec<_>>()
        });
        serde_json::json!({
            "name": self.name.as_ref().map(Text::text),
            "imports": items(&self.imports),
            "exports": items(&self.exports),
            "custom_sections": sections,
        })
    }
}

fn at<'a>(items: &'a [Item], index: usize, noun: &str) -> Result<&'a Item> {
    items.get(index).ok_or_else(|| {
        Failure::new(WRT_ERR_NOT_FOUND, format_args!("there is no {noun} {index}: the module has {}", items.len()))
    })
}

fn fill(item: &Item, index: usize, out: Option<&mut MaybeUninit<wrt_item>>) -> Result<()> {
    boundary::fill_sized(
        out,
        "out",
        wrt_item {
            struct_size: 0,
            kind: item.ty.kind(),
            index: index as u32,
            module: item.module.as_ref().map_or(std::ptr::null(), Text::as_ptr),
            module_len: item.module.as_ref().map_or(0, Text::len),
            name: item.name.as_ptr(),
            name_len: item.name.len(),
            r#type: item.ty.lend(),
        },
    )
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Failure::new(WRT_ERR_IO, format_args!("cannot read {}: {e}", path.display())))
}

/// Compiles `len` bytes at `wasm`, binary or WAT. The module is released with `wrt_release`.
///
/// Errors: `WRT_ERR_PARSE` and `WRT_ERR_VALIDATE` say where and why; `WRT_ERR_COMPILE`; `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_new(
    engine: Option<&wrt_engine>,
    wasm: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_module>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.share();
        let wasm = boundary::bytes(wasm, len, "wasm")?;
        let out = out.required("out")?;
        out.write(Handle::new(Module::compile(&engine, wasm, None, None)?).hand_over());
        Ok(())
    })
}

/// Compiles the file at `path`, binary or WAT. The module is released with `wrt_release`.
///
/// Errors: `WRT_ERR_IO`; else as `wrt_module_new`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_from_file(
    engine: Option<&wrt_engine>,
    path: *const c_char,
    path_len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_module>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.share();
        let path = Path::new(boundary::text(path, path_len, "path")?);
        let out = out.required("out")?;
        let wasm = read_file(path)?;
        out.write(Handle::new(Module::compile(&engine, &wasm, None, Some(path))?).hand_over());
        Ok(())
    })
}

/// Compiles `len` bytes at `wasm` with the DWARF package `dwp`, for file names and lines in backtraces of modules whose
/// debugging information was split off. The module is released with `wrt_release`.
///
/// Errors: as `wrt_module_new`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_new_with_dwarf(
    engine: Option<&wrt_engine>,
    wasm: *const u8,
    len: usize,
    dwp: *const u8,
    dwp_len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_module>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.share();
        let wasm = boundary::bytes(wasm, len, "wasm")?;
        let dwp = boundary::bytes(dwp, dwp_len, "dwp")?;
        let out = out.required("out")?;
        out.write(Handle::new(Module::compile(&engine, wasm, Some(dwp), None)?).hand_over());
        Ok(())
    })
}

/// Writes `module` as an artifact that engines of the same fingerprint load with `wrt_module_deserialize`, without
/// compiling. Custom sections are not kept. `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_serialize(
    module: Option<&wrt_module>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let module = module.required("module")?.wasmtime()?;
        let artifact = module.serialize().map_err(|e| trap::from_wasmtime(&e, WRT_ERR_COMPILE))?;
        out.required("out")?.write(wrt_bytes::new(artifact));
        Ok(())
    })
}

/// Loads an artifact of `wrt_module_serialize` or `wrt_engine_precompile` from `len` bytes at `data`. It is native code
/// and runs as it is: `flags` must be `WRT_TRUSTED`, by which the caller vouches that the bytes are unchanged since this
/// library wrote them. The module is released with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT` without the flag, or when the bytes are no artifact; `WRT_ERR_INCOMPATIBLE` when it does not
/// fit the engine. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_deserialize(
    engine: Option<&wrt_engine>,
    data: *const u8,
    len: usize,
    flags: u32,
    out: Option<&mut MaybeUninit<*mut wrt_module>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.share();
        let data = boundary::bytes(data, len, "data")?;
        check_trust(flags)?;
        check_artifact(wasmtime::Engine::detect_precompiled(data), "data")?;
        let out = out.required("out")?;
        // SAFETY: the caller vouches for the code.
        let module = hooks::native(|| unsafe { wasmtime::Module::deserialize(engine.inner(), data) });
        let module = module.map_err(|e| incompatible(&e))?;
        out.write(Handle::new(Module::new(&engine, module, None)?).hand_over());
        Ok(())
    })
}

/// As `wrt_module_deserialize`, from the file at `path`, which is mapped into memory and must not change while the module
/// lives.
///
/// Errors: `WRT_ERR_IO`; else as `wrt_module_deserialize`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_deserialize_file(
    engine: Option<&wrt_engine>,
    path: *const c_char,
    path_len: usize,
    flags: u32,
    out: Option<&mut MaybeUninit<*mut wrt_module>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.share();
        let path = Path::new(boundary::text(path, path_len, "path")?);
        check_trust(flags)?;
        let unreadable =
            |e: &dyn std::fmt::Display| Failure::new(WRT_ERR_IO, format_args!("cannot read {}: {e}", path.display()));
        let file = std::fs::File::open(path).map_err(|e| unreadable(&e))?;
        if !file.metadata().map_err(|e| unreadable(&e))?.is_file() {
            return Err(unreadable(&"it is not a file"));
        }
        let kind = match wasmtime::Engine::detect_precompiled_file(path) {
            Err(e) if e.is::<std::io::Error>() => return Err(unreadable(&trap::one_line(&e))),
            // What begins like no artifact at all is an error to Wasmtime.
            found => found.unwrap_or(None),
        };
        check_artifact(kind, &path.display().to_string())?;
        let out = out.required("out")?;
        // SAFETY: the caller vouches for the code.
        let module = hooks::native(|| unsafe { wasmtime::Module::deserialize_open_file(engine.inner(), file) });
        let module = module.map_err(|e| incompatible(&e))?;
        out.write(Handle::new(Module::new(&engine, module, None)?).hand_over());
        Ok(())
    })
}

fn check_trust(flags: u32) -> Result<()> {
    match flags {
        WRT_TRUSTED => Ok(()),
        0 => Err(Failure::argument("flags is 0: an artifact is native code, WRT_TRUSTED vouches for it")),
        other => Err(Failure::argument(format_args!("flags is {other:#x}, of which only WRT_TRUSTED (1) is known"))),
    }
}

fn check_artifact(kind: Option<wasmtime::Precompiled>, name: &str) -> Result<()> {
    match kind {
        Some(wasmtime::Precompiled::Module) => Ok(()),
        Some(wasmtime::Precompiled::Component) => {
            Err(Failure::argument(format_args!("{name} is a precompiled component, not a precompiled module")))
        }
        None => Err(Failure::argument(format_args!("{name} is not a precompiled module"))),
    }
}

fn incompatible(error: &wasmtime::Error) -> Failure {
    trap::from_wasmtime(error, WRT_ERR_INCOMPATIBLE)
}

/// The name of `module` from its name section, borrowed, or NULL when it has none, for NULL and a closed module. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_name(module: Option<&wrt_module>) -> *const c_char {
    boundary::value(std::ptr::null(), || Some(module.required("module").ok()?.name.as_ref()?.as_ptr()))
}

/// The number of imports; 0 for NULL or a closed module. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_import_count(module: Option<&wrt_module>) -> usize {
    boundary::value(0, || Some(module.required("module").ok()?.imports.len()))
}

/// Describes import `index` in `out`, whose `struct_size` is set before.
///
/// Errors: `WRT_ERR_NOT_FOUND` past the last one; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_import_at(
    module: Option<&wrt_module>,
    index: usize,
    out: Option<&mut MaybeUninit<wrt_item>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || fill(at(&module.required("module")?.imports, index, "import")?, index, out))
}

/// The number of exports; 0 for NULL or a closed module. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_export_count(module: Option<&wrt_module>) -> usize {
    boundary::value(0, || Some(module.required("module").ok()?.exports.len()))
}

/// Describes export `index` in `out`, whose `struct_size` is set before.
///
/// Errors: `WRT_ERR_NOT_FOUND` past the last one; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_export_at(
    module: Option<&wrt_module>,
    index: usize,
    out: Option<&mut MaybeUninit<wrt_item>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || fill(at(&module.required("module")?.exports, index, "export")?, index, out))
}

/// Describes the export `name` in `out`, whose `struct_size` is set before.
///
/// Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_export_find(
    module: Option<&wrt_module>,
    name: *const c_char,
    name_len: usize,
    out: Option<&mut MaybeUninit<wrt_item>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let module = module.required("module")?;
        let name = boundary::text(name, name_len, "name")?;
        let found = module.exports.iter().position(|item| item.name.bytes() == name.as_bytes());
        let index = found
            .ok_or_else(|| Failure::new(WRT_ERR_NOT_FOUND, format_args!("the module has no export named {name:?}")))?;
        fill(&module.exports[index], index, out)
    })
}

/// The contents of the custom section `name`, the `nth` of that name from 0, borrowed from the module. `out` is whole
/// bytes, without the name.
///
/// Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_UNSUPPORTED` for a module from an artifact, which keeps none;
/// `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_custom_section(
    module: Option<&wrt_module>,
    name: *const c_char,
    name_len: usize,
    nth: usize,
    data: Option<&mut MaybeUninit<*const u8>>,
    len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let module = module.required("module")?;
        let name = boundary::text(name, name_len, "name")?;
        let (data, len) = (data.required("data")?, len.required("len")?);
        let sections = (module.sections.as_ref())
            .ok_or_else(|| Failure::unsupported("a precompiled artifact keeps no custom sections"))?;
        let (_, found) = sections.iter().filter(|(other, _)| other == name).nth(nth).ok_or_else(|| {
            Failure::new(WRT_ERR_NOT_FOUND, format_args!("the module has no custom section {name:?} number {nth}"))
        })?;
        data.write(found.as_ptr());
        len.write(found.len());
        Ok(())
    })
}

/// Describes `module` as JSON: `{"name", "imports": [{"module", "name", "kind", "type"}], "exports": [...],
/// "custom_sections": [{"name", "size"}] or null}`. `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_json(
    module: Option<&wrt_module>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let json = module.required("module")?.describe();
        out.required("out")?.write(json.to_string().into());
        Ok(())
    })
}

/// The machine code of `module`, borrowed, for disassembly.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_code(
    module: Option<&wrt_module>,
    text: Option<&mut MaybeUninit<*const u8>>,
    len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let module = module.required("module")?;
        let (text, len) = (text.required("text")?, len.required("len")?);
        let code = match module.code.get() {
            Some(code) => code,
            // A copy, since what was lent must outlive wrt_close.
            None => {
                let copy = module.wasmtime()?.text().to_vec();
                module.code.get_or_init(|| copy)
            }
        };
        text.write(code.as_ptr());
        len.write(code.len());
        Ok(())
    })
}

/// Prepares the memory image of `module` now, which the first instance would do otherwise.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_OTHER` when the system refuses. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_module_preload(module: Option<&wrt_module>, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        let module = module.required("module")?.wasmtime()?;
        module.initialize_copy_on_write_image().map_err(|e| trap::from_wasmtime(&e, WRT_ERR_OTHER))
    })
}
