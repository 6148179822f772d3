//! Live objects of every kind, and a plausible value for every parameter.

use std::cell::RefCell;
use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::dispatch::Dispatch;
use crate::support::{api, items, text};

/// A kind of values, as a byte.
const WRT_I32: u8 = 127;
/// The kind of a reference.
const WRT_FUNCREF: usize = 112;

/// A module with an import, and something of everything to export.
const WAT: &str = r#"(module
    (import "host" "f" (func))
    (func (export "f") (param i32) (result i32) local.get 0)
    (memory (export "memory") 1 4)
    (table (export "t") 4 8 funcref)
    (global (export "g") (mut i32) (i32.const 7))
    (tag (export "e") (param i32)))"#;

/// A script with one module, which is called `script.0.wasm`.
const SCRIPT: &str = "(module)";

pub struct World {
    pub library: Dispatch,
    api: Value,
    /// One live object for each opaque type that was asked for.
    handles: RefCell<HashMap<String, usize>>,
    /// In the order in which they were made.
    made: RefCell<Vec<usize>>,
    /// The error of every attempt, and whatever else the library may have filled.
    errors: RefCell<Vec<Slot>>,
    /// For files.
    folder: tempfile::TempDir,
}

/// An argument, with the memory that it leads to.
#[derive(Clone)]
pub struct Slot {
    pub value: usize,
    len: usize,
}

impl Slot {
    pub fn number(value: usize) -> Slot {
        Slot { value, len: 0 }
    }

    /// Memory of its own for the rest of this process.
    fn memory(bytes: &[u8]) -> Slot {
        let mut words = vec![0u64; bytes.len().div_ceil(8).max(1)];
        let start = words.as_mut_ptr().cast::<u8>();
        // SAFETY: there are as many bytes or more.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len()) };
        std::mem::forget(words);
        Slot { value: start as usize, len: bytes.len() }
    }

    /// What the memory holds at this moment.
    pub fn bytes(&self) -> Vec<u8> {
        if self.value == 0 || self.len == 0 {
            return Vec::new();
        }
        // SAFETY: made by `memory`, and never freed.
        unsafe { std::slice::from_raw_parts(self.value as *const u8, self.len) }.to_vec()
    }

    /// What an error says.
    pub fn message(&self) -> String {
        let message = self.word(2) as *const std::ffi::c_char;
        if message.is_null() {
            return String::new();
        }
        // SAFETY: the library wrote the error; its message is NUL-terminated and lives as long as the error.
        unsafe { std::ffi::CStr::from_ptr(message) }.to_string_lossy().into_owned()
    }

    /// The 64 bits at index `i`.
    pub fn word(&self, i: usize) -> usize {
        let bytes = self.bytes();
        bytes.get(i * 8..i * 8 + 8).and_then(|word| word.try_into().ok()).map_or(0, usize::from_le_bytes)
    }
}

/// Stands for every callback: what it gets stays in registers that nobody looks at.
extern "C" fn nothing_to_do() -> usize {
    0
}

impl World {
    pub fn new() -> World {
        World {
            library: Dispatch::open(),
            api: api(),
            handles: RefCell::default(),
            made: RefCell::default(),
            errors: RefCell::default(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Releases everything, and says how many objects the library still has.
    pub fn close(self) -> u64 {
        for error in self.errors.take() {
            self.library.call("wrt_error_clear", &[error.value]);
        }
        for handle in self.made.take().into_iter().rev() {
            self.library.call("wrt_release", &[handle]);
        }
        let alive = || self.library.call("wrt_live_count", &[]) as u64;
        // A thread of the library may be about to let go.
        for _ in 0..1000 {
            if alive() > 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
        alive()
    }

    /// A value as the function wants it.
    pub fn plausible(&self, function: &Value, params: &[Value], param: &Value) -> Slot {
        let name = text(&param["name"]);
        let base = text(&param["base"]);
        match text(&param["kind"]) {
            "number" => Slot::number(self.number(function, params, name)),
            "text" if name == "host" => Slot::memory(self.folder.path().as_os_str().as_encoded_bytes()),
            "text" if name == "path" => Slot::memory(self.file(text(&function["name"])).as_bytes()),
            "text" => Slot::memory(sample_text(text(&function["name"]), name).as_bytes()),
            "callback" => Slot::number(nothing_to_do as *const () as usize),
            "handle" if base == "wrt_type" => Slot::number(self.type_for(text(&function["name"]))),
            "handle" if function["name"] == "wrt_task_results" => Slot::number(self.handle("done call")),
            "handle" if function["name"] == "wrt_instance_of_task" => Slot::number(self.handle("done instance")),
            "handle" if base == "wrt_memory" && wants_shared(text(&function["name"])) => {
                Slot::number(self.handle("shared memory"))
            }
            "handle" => Slot::number(self.handle(base)),
            "handles" => Slot::memory(&self.handle("host function").to_le_bytes()),
            "new handle" | "pointer output" => Slot::memory(&[0xa5; 8]),
            "pointer" if name == "handle" => Slot::number(self.fresh("wrt_fault")),
            "pointer" => Slot::number(0x1000),
            "input" if base == "wrt_error" => self.error(true),
            "input" if text(&function["name"]) == "wrt_module_deserialize" => Slot::memory(&self.artifact()),
            "input" if name == "wasm" => Slot::memory(b"\0asm\x01\0\0\0"),
            "input" if base == "uint8_t" => Slot::memory(&[WRT_I32; 8]),
            "input" => Slot::memory(&self.sized(base, 0)),
            "output" if base == "wrt_error" => self.error(false),
            // What is released, not written.
            "output" if function["status"] != true => Slot::memory(&self.sized(base, 0)),
            "output" => Slot::memory(&self.sized(base, 0xa5)),
            other => panic!("{name} is of a kind that this test does not know: {other}"),
        }
    }

    /// A length that fits its buffer, or a number that fits most.
    fn number(&self, function: &Value, params: &[Value], name: &str) -> usize {
        let Some(of) = params.iter().find(|param| param["length"] == name) else {
            return match name {
                "kind" => WRT_FUNCREF,
                _ => usize::from(matches!(name, "capacity" | "count" | "fd" | "flags" | "perms" | "stride" | "which")),
            };
        };
        match (text(&of["kind"]), text(&of["base"])) {
            ("text", _) | ("input", "uint8_t") => self.plausible(function, params, of).len,
            ("output", "uint8_t") => 8,
            _ => 1,
        }
    }

    /// A precompiled module.
    fn artifact(&self) -> Vec<u8> {
        let bytes = Slot::memory(&[0; 24]);
        self.done("wrt_module_serialize", &[self.handle("wrt_module"), bytes.value]);
        let artifact = Slot { value: bytes.word(0), len: bytes.word(1) }.bytes();
        self.library.call("wrt_bytes_free", &[bytes.value]);
        artifact
    }

    /// The path of a file that the function can load.
    fn file(&self, function: &str) -> String {
        let path = self.folder.path().join(function);
        let content = if function.contains("deserialize") { self.artifact() } else { WAT.as_bytes().to_vec() };
        std::fs::write(&path, content).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        path.display().to_string()
    }

    /// Memory for a struct or a number, filled with `byte`; a struct that wants its size has it.
    fn sized(&self, base: &str, byte: u8) -> Vec<u8> {
        let structs = items(&self.api, "structs");
        let found = structs.iter().find(|item| item["name"] == base);
        let size = found.and_then(|item| item["size"].as_u64()).unwrap_or(8) as usize;
        let mut bytes = vec![byte; size];
        if found.is_some_and(|item| item["fields"][0]["name"] == "struct_size") {
            bytes[..8].copy_from_slice(&size.to_le_bytes());
        }
        bytes
    }

    /// A zeroed error, or one with a message.
    fn error(&self, filled: bool) -> Slot {
        let slot = Slot::memory(&[0; 40]);
        if filled {
            let message = Slot::memory(b"made for a test");
            self.library.call("wrt_error_set", &[slot.value, 12, message.value, message.len]);
        }
        self.errors.borrow_mut().push(slot.clone());
        slot
    }

    /// What a call that succeeded handed out goes back.
    pub fn release_output(&self, kind: &str, base: &str, slot: &Slot) {
        if slot.value == 0 {
            return;
        }
        match (kind, base) {
            ("new handle", base) => {
                if base == "wrt_task" {
                    self.polled(slot.word(0));
                }
                self.library.call("wrt_release", &[slot.word(0)]);
            }
            ("output", "wrt_bytes") => {
                self.library.call("wrt_bytes_free", &[slot.value]);
            }
            _ => {}
        }
    }

    /// A live object of this type, the same at each question.
    pub fn handle(&self, base: &str) -> usize {
        let known = self.handles.borrow().get(base).copied();
        known.unwrap_or_else(|| {
            let handle = self.fresh(base);
            self.handles.borrow_mut().insert(base.to_owned(), handle);
            handle
        })
    }

    /// A closed object of this type.
    pub fn closed(&self, base: &str) -> usize {
        let handle = self.fresh(base);
        self.done("wrt_close", &[handle]);
        handle
    }

    /// Closes the store, if one was made.
    pub fn close_store(&self) {
        let store = self.handles.borrow().get("wrt_store").copied();
        if let Some(store) = store {
            self.done("wrt_close", &[store]);
        }
    }

    /// A new live object of this type.
    fn fresh(&self, base: &str) -> usize {
        let handle = match base {
            "wrt_fault" => {
                let error = self.error(true);
                self.library.call("wrt_retain", &[error.word(4)])
            }
            "wrt_config" => self.make("wrt_config_new", &[]),
            "wrt_engine" => self.engine(),
            "wrt_type" => self.ty("(func)"),
            "wrt_script" => {
                let script = Slot::memory(SCRIPT.as_bytes());
                self.make("wrt_script_new", &[script.value, script.len, 0, 0])
            }
            "wrt_module" => {
                let wat = Slot::memory(WAT.as_bytes());
                self.make("wrt_module_new", &[self.handle("wrt_engine"), wat.value, wat.len])
            }
            "wrt_store" => {
                let store = self.make("wrt_store_new", &[self.handle("wrt_engine"), 0, 0]);
                self.library.call("wrt_store_set_fuel", &[store, 1_000_000, 0]);
                let wasi = self.handle("wrt_wasi");
                self.done("wrt_wasi_output_capture", &[wasi, 1, 64, 0]);
                self.done("wrt_store_set_wasi", &[store, wasi]);
                store
            }
            "wrt_pipe" => self.make("wrt_pipe_new", &[64]),
            "wrt_wasi" => self.make("wrt_wasi_new", &[]),
            "wrt_interrupt" => self.make("wrt_store_interrupt", &[self.handle("wrt_store")]),
            "wrt_instance" => {
                let import = Slot::memory(&self.handle("host function").to_le_bytes());
                let (store, module) = (self.handle("wrt_store"), self.handle("wrt_module"));
                self.make("wrt_instance_new", &[store, module, import.value, 1])
            }
            "host function" => {
                let nothing = nothing_to_do as *const () as usize;
                self.make("wrt_func_new", &[self.handle("wrt_store"), self.handle("wrt_type"), nothing, 0, 0])
            }
            "wrt_linker" => self.linker(),
            "wrt_prelink" => self.make("wrt_linker_prelink", &[self.handle("wrt_linker"), self.handle("wrt_module")]),
            "wrt_func" | "wrt_extern" => self.export("f"),
            "wrt_memory" => self.export("memory"),
            "shared memory" => {
                let ty = self.type_for("wrt_memory_new_shared");
                self.make("wrt_memory_new_shared", &[self.handle("wrt_engine"), ty])
            }
            "wrt_table" => self.export("t"),
            "wrt_global" => self.export("g"),
            "wrt_tag" => self.export("e"),
            "wrt_call" => self.make("wrt_call_new", &[self.handle("wrt_func")]),
            "suspending type" => self.ty("(func (result i32))"),
            "suspending function" => {
                self.make("wrt_func_new_suspending", &[self.handle("wrt_store"), self.handle("suspending type"), 7])
            }
            "suspending call" => self.make("wrt_call_new", &[self.handle("suspending function")]),
            "wrt_task" => self.polled(self.make("wrt_call_start", &[self.handle("suspending call"), 0, 0, 0, 0])),
            "done call" => {
                let argument = Slot::memory(&[0; 16]);
                self.polled(self.make("wrt_call_start", &[self.handle("wrt_call"), argument.value, 1, 0, 0]))
            }
            "done instance" => {
                let import = Slot::memory(&self.handle("host function").to_le_bytes());
                let (store, module) = (self.handle("wrt_store"), self.handle("wrt_module"));
                self.polled(self.make("wrt_instance_new_start", &[store, module, import.value, 1, 0, 0]))
            }
            other => panic!("this test does not know how a {other} is made"),
        };
        self.made.borrow_mut().push(handle);
        handle
    }

    /// An engine with every option that a function asks for.
    fn engine(&self) -> usize {
        let config = self.handle("wrt_config");
        for key in ["consume_fuel", "epoch_interruption", "shared_memory"] {
            let (key, value) = (Slot::memory(key.as_bytes()), Slot::memory(b"true"));
            self.done("wrt_config_set", &[config, key.value, key.len, value.value, value.len]);
        }
        self.make("wrt_engine_new", &[config])
    }

    /// A linker with what the module imports.
    fn linker(&self) -> usize {
        let linker = self.make("wrt_linker_new", &[self.handle("wrt_engine")]);
        let (module, name) = (Slot::memory(b"host"), Slot::memory(b"f"));
        let (ty, nothing) = (self.handle("wrt_type"), nothing_to_do as *const () as usize);
        let args = [linker, module.value, module.len, name.value, name.len, ty, nothing, 0, 0];
        self.done("wrt_linker_define_func", &args);
        linker
    }

    fn ty(&self, text: &str) -> usize {
        let text = Slot::memory(text.as_bytes());
        self.make("wrt_type_parse", &[self.handle("wrt_engine"), text.value, text.len])
    }

    fn export(&self, name: &str) -> usize {
        let text = Slot::memory(name.as_bytes());
        self.make("wrt_instance_export", &[self.handle("wrt_instance"), text.value, text.len])
    }

    /// The type that the function `function` wants.
    fn type_for(&self, function: &str) -> usize {
        let text = match function {
            "wrt_memory_new" => "(memory 1)",
            "wrt_memory_new_shared" => "(memory 1 2 shared)",
            "wrt_table_new" => "(table 1 funcref)",
            "wrt_global_new" | "wrt_type_shape" => "(global (mut i32))",
            "wrt_tag_new" => "(tag)",
            "wrt_ref_matches" => "anyref",
            "wrt_ref_new_struct" => "(struct (field i32))",
            "wrt_ref_new_array" | "wrt_ref_new_array_filled" => "(array i32)",
            "wrt_ref_new_array_bytes" => "(array i8)",
            _ => return self.handle("wrt_type"),
        };
        let ty = self.ty(text);
        self.made.borrow_mut().push(ty);
        ty
    }

    /// A task that has run as far as it comes: to the end, or to where it waits for the host.
    fn polled(&self, task: usize) -> usize {
        let state = Slot::memory(&[0; 4]);
        self.done("wrt_task_wait", &[task, usize::MAX, state.value]);
        task
    }

    /// Calls a function whose last two parameters are a new handle and the error.
    fn make(&self, function: &str, inputs: &[usize]) -> usize {
        let out = Slot::memory(&[0; 8]);
        self.done(function, &[inputs, &[out.value]].concat());
        out.word(0)
    }

    /// Calls a function that must succeed, with an error behind `inputs`.
    fn done(&self, function: &str, inputs: &[usize]) {
        let error = self.error(false);
        let status = self.library.call(function, &[inputs, &[error.value]].concat()) as i32;
        assert_eq!(status, 0, "{function} failed, so there is nothing to try functions with: {}", error.message());
    }

    /// Calls `body` while WebAssembly has called the host, so that there is a live `wrt_caller`.
    pub fn in_host_function(&self, body: &dyn Fn(&World)) {
        let mut request = Request { world: self, body, called: false };
        let env = (&raw mut request) as usize;
        let callback = host_function as extern "C" fn(&mut Request<'_>, usize) -> i32;
        let store = self.handle("wrt_store");
        let func = self.make("wrt_func_new", &[store, self.handle("wrt_type"), callback as usize, env, 0]);
        self.made.borrow_mut().push(func);
        let import = Slot::memory(&func.to_le_bytes());
        let wat = Slot::memory(CALLER.as_bytes());
        let module = self.make("wrt_module_new", &[self.handle("wrt_engine"), wat.value, wat.len]);
        self.made.borrow_mut().push(module);
        let instance = self.make("wrt_instance_new", &[store, module, import.value, 1]);
        self.made.borrow_mut().push(instance);
        let name = Slot::memory(b"run");
        let run = self.make("wrt_instance_export", &[instance, name.value, name.len]);
        self.made.borrow_mut().push(run);
        self.done("wrt_func_call", &[run, 0, 0, 0, 0]);
        assert!(request.called, "the host function was not called");
    }
}

/// Calls the host.
const CALLER: &str = r#"(module
    (import "host" "f" (func $f))
    (memory (export "memory") 1)
    (func (export "run") call $f))"#;

struct Request<'a> {
    world: &'a World,
    body: &'a dyn Fn(&World),
    called: bool,
}

extern "C" fn host_function(request: &mut Request<'_>, caller: usize) -> i32 {
    let world = request.world;
    world.handles.borrow_mut().insert("wrt_caller".to_owned(), caller);
    (request.body)(world);
    world.handles.borrow_mut().remove("wrt_caller");
    request.called = true;
    0
}

/// Whether the function is for memories that threads share.
fn wants_shared(function: &str) -> bool {
    matches!(function, "wrt_memory_notify" | "wrt_memory_wait32" | "wrt_memory_wait64")
}

/// A text that means something to the function: an option, something exported, something defined.
fn sample_text(function: &str, name: &str) -> &'static str {
    match (function, name) {
        (_, "wat") => WAT,
        ("wrt_script_new", "text") => SCRIPT,
        ("wrt_script_module", _) => "script.0.wasm",
        ("wrt_type_parse", _) => "(func)",
        ("wrt_config_set" | "wrt_config_get", "key") => "opt_level",
        ("wrt_config_set", _) => "speed",
        ("wrt_config_set_json", _) => "{}",
        ("wrt_wasi_set", "key") => "clock",
        ("wrt_wasi_set", _) => "steps",
        ("wrt_wasi_allow_address", _) => "10.0.0.0/8",
        ("wrt_linker_get" | "wrt_linker_alias", "module") => "host",
        ("wrt_linker_get" | "wrt_linker_alias", "name") => "f",
        ("wrt_instance_export" | "wrt_module_export_find" | "wrt_caller_export", _) => "memory",
        _ => "name",
    }
}
