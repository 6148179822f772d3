//! Live objects of every kind, and a plausible value for every parameter.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value;

use crate::dispatch::Dispatch;
use crate::support::{api, items, text};

/// A module with something of everything to export.
const WAT: &str = r#"(module
    (func (export "f") (param i32) (result i32) local.get 0)
    (memory (export "m") 1 4)
    (table (export "t") 4 8 funcref)
    (global (export "g") (mut i32) (i32.const 7))
    (tag (export "e") (param i32)))"#;

pub struct World {
    pub library: Dispatch,
    api: Value,
    /// One live object for each opaque type that was asked for.
    handles: RefCell<HashMap<String, usize>>,
    /// In the order in which they were made.
    made: RefCell<Vec<usize>>,
    /// The error of every attempt, and whatever else the library may have filled.
    errors: RefCell<Vec<Slot>>,
}

/// An argument, with the memory that it leads to.
#[derive(Clone)]
pub struct Slot {
    pub value: usize,
    len: usize,
}

impl Slot {
    fn number(value: usize) -> Slot {
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
        self.library.call("wrt_live_count", &[]) as u64
    }

    /// NULL for a pointer, 0 for a number.
    pub fn nothing(&self, _: &Value) -> Slot {
        Slot::number(0)
    }

    /// A value as the function wants it.
    pub fn plausible(&self, function: &Value, params: &[Value], param: &Value) -> Slot {
        let name = text(&param["name"]);
        let base = text(&param["base"]);
        match text(&param["kind"]) {
            "number" => Slot::number(self.number(function, params, name)),
            "text" => Slot::memory(sample_text(text(&function["name"]), name).as_bytes()),
            "callback" => Slot::number(nothing_to_do as *const () as usize),
            "handle" => Slot::number(self.handle(base)),
            "handles" => Slot::memory(&self.handle(base).to_le_bytes()),
            "new handle" | "pointer output" => Slot::memory(&[0xa5; 8]),
            "pointer" if name == "handle" => Slot::number(self.fresh("wrt_fault")),
            "pointer" => Slot::number(0x1000),
            "input" if base == "wrt_error" => self.error(true),
            "input" if base == "uint8_t" => Slot::memory(b"\0asm\x01\0\0\0"),
            "input" => Slot::memory(&self.sized(base, 0)),
            "output" if base == "wrt_error" => self.error(false),
            "output" => Slot::memory(&self.sized(base, 0xa5)),
            other => panic!("{name} is of a kind that this test does not know: {other}"),
        }
    }

    /// A length that fits its buffer, or a number that fits most.
    fn number(&self, function: &Value, params: &[Value], name: &str) -> usize {
        let of = params.iter().find(|param| param["length"] == name);
        match of.map(|param| (text(&param["kind"]), text(&param["base"]), text(&param["name"]))) {
            Some(("text", _, of)) => sample_text(text(&function["name"]), of).len(),
            Some(("input" | "output", "uint8_t", _)) => 8,
            Some(("handles", ..)) => 0,
            Some(_) => 1,
            None => 0,
        }
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
        match (kind, base) {
            ("new handle", _) => {
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

    /// A new live object of this type.
    fn fresh(&self, base: &str) -> usize {
        let handle = match base {
            "wrt_fault" => {
                let error = self.error(true);
                self.library.call("wrt_retain", &[error.word(4)])
            }
            "wrt_engine" => self.make("wrt_engine_new", &[0]),
            other => panic!("this test does not know how a {other} is made"),
        };
        self.made.borrow_mut().push(handle);
        handle
    }

    /// Calls a function whose last two parameters are a new handle and the error.
    fn make(&self, function: &str, inputs: &[usize]) -> usize {
        let (out, error) = (Slot::memory(&[0; 8]), self.error(false));
        let args = [inputs, &[out.value, error.value]].concat();
        let status = self.library.call(function, &args) as i32;
        assert_eq!(status, 0, "{function} failed, so there is nothing to try functions with");
        out.word(0)
    }

    pub fn in_host_function(&self, _: impl FnOnce(&World)) {
        panic!("host functions: {}", WAT);
    }
}

fn sample_text(function: &str, name: &str) -> &'static str {
    match (function, name) {
        (_, "wat") => WAT,
        _ => "name",
    }
}
