//! Types of functions, tables, memories, globals and tags. They are written and read as WAT, and never change.

mod known;
mod read;
mod write;

use std::collections::HashMap;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use parking_lot::Mutex;
use wasmtime::{ExternType, FuncType, GlobalType, HeapType, MemoryType, Mutability, TableType, TagType, ValType};

use crate::boundary::{self, Required};
use crate::engine::wrt_engine;
use crate::error::{Failure, Result, WRT_ERR_STORE, WRT_ERR_TYPE};
use crate::fault::wrt_error;
use crate::handle::{Handle, Noun, Opaque, wrt_bytes};
use crate::value;

pub(crate) use known::{texts, value_text};
pub(crate) use write::{Groups, Names};

// What can be imported and exported: the numbers of the WebAssembly binary encoding.

/// A function.
pub const WRT_FUNC: i32 = 0;
/// A table.
pub const WRT_TABLE: i32 = 1;
/// A linear memory.
pub const WRT_MEMORY: i32 = 2;
/// A global.
pub const WRT_GLOBAL: i32 = 3;
/// A tag, which names a kind of exception.
pub const WRT_TAG: i32 = 4;

/// The type of a function, table, memory, global or tag, or of a value. Immutable; any thread.
pub struct wrt_type(#[allow(dead_code, reason = "opaque")] Opaque);

/// The shape of a table, memory or global type. Set `struct_size` first.
#[repr(C)]
pub struct wrt_shape {
    /// `sizeof(wrt_shape)`.
    pub struct_size: usize,
    /// The least number of pages of a memory, or of elements of a table; 0 for globals.
    pub min: u64,
    /// The greatest number of them; `UINT64_MAX` when there is none.
    pub max: u64,
    /// 1 when a memory or a table is indexed by i64, else 0.
    pub is_64: u32,
    /// 1 for a shared memory, else 0.
    pub is_shared: u32,
    /// 1 for a mutable global, and for all tables and memories; else 0.
    pub is_mutable: u32,
    /// A page of a memory is 2 to the power of this many bytes: 16, or 0 with custom page sizes. 0 for others.
    pub page_size_log2: u32,
    /// The kind of the elements of a table or of the value of a global, `WRT_I32` to `WRT_EXNREF`; 0 for memories.
    pub content_kind: i32,
    /// 1 when the content is a reference that may be null, else 0.
    pub nullable: i32,
}

/// The body of a `wrt_type`.
pub(crate) struct Type {
    engine: wasmtime::Engine,
    /// A value type is kept as that of a constant global.
    ty: ExternType,
    is_value: bool,
    text: OnceLock<String>,
}

/// A type that was read, whether it is that of a value, and its text as it is to be written.
type Read = (ExternType, bool, String);

/// The types that an engine has read last: hosts say the same ones again and again, and reading takes a hundred times longer.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<Box<str>, Read>>);

impl Known {
    /// More texts, or longer ones, are not what this is for.
    const MOST: usize = 512;
    const LONGEST: usize = 4096;

    fn parse(&self, engine: &wasmtime::Engine, text: &str) -> Result<Type> {
        if let Some(read) = self.0.lock().get(text) {
            return Ok(Type::from_read(engine, read.clone()));
        }
        let read = read::read(engine, text)?;
        if text.len() <= Self::LONGEST {
            let mut known = self.0.lock();
            if known.len() >= Self::MOST {
                known.clear();
            }
            known.insert(text.into(), read.clone());
        }
        Ok(Type::from_read(engine, read))
    }
}

impl Noun for Type {
    type Face = wrt_type;
    const NAME: &'static CStr = c"type";
    const TAG: u32 = 4;
}
boundary::faces!(wrt_type => Type);

impl Type {
    pub fn new(engine: &wasmtime::Engine, ty: ExternType) -> Type {
        Type { engine: engine.clone(), ty, is_value: false, text: OnceLock::new() }
    }

    /// The type of a value.
    pub fn of_value(engine: &wasmtime::Engine, ty: ValType) -> Type {
        let ty = GlobalType::new(ty, Mutability::Const).into();
        Type { engine: engine.clone(), ty, is_value: true, text: OnceLock::new() }
    }

    fn parse(engine: &wasmtime::Engine, text: &str) -> Result<Type> {
        Ok(Type::from_read(engine, read::read(engine, text)?))
    }

    fn from_read(engine: &wasmtime::Engine, (ty, is_value, text): Read) -> Type {
        Type { engine: engine.clone(), ty, is_value, text: OnceLock::from(text) }
    }

    /// The type of an item; none for that of a value.
    pub fn item(&self) -> Option<&ExternType> {
        (!self.is_value).then_some(&self.ty)
    }

    /// The number of what it is the type of; -1 for the type of a value.
    pub fn kind(&self) -> i32 {
        self.item().map_or(-1, item_kind)
    }

    pub fn func(&self, name: &str) -> Result<&FuncType> {
        self.item().and_then(|ty| ty.func()).ok_or_else(|| self.misfit(name, "function type"))
    }

    pub fn table(&self, name: &str) -> Result<&TableType> {
        self.item().and_then(|ty| ty.table()).ok_or_else(|| self.misfit(name, "table type"))
    }

    pub fn memory(&self, name: &str) -> Result<&MemoryType> {
        self.item().and_then(|ty| ty.memory()).ok_or_else(|| self.misfit(name, "memory type"))
    }

    pub fn global(&self, name: &str) -> Result<&GlobalType> {
        self.item().and_then(|ty| ty.global()).ok_or_else(|| self.misfit(name, "global type"))
    }

    pub fn tag(&self, name: &str) -> Result<&TagType> {
        self.item().and_then(|ty| ty.tag()).ok_or_else(|| self.misfit(name, "tag type"))
    }

    pub fn value(&self, name: &str) -> Result<&ValType> {
        let value = self.ty.global().filter(|_| self.is_value);
        Ok(value.ok_or_else(|| self.misfit(name, "value type"))?.content())
    }

    #[cold]
    fn misfit(&self, name: &str, wanted: &str) -> Failure {
        let found = self.item().map_or("value", item_word);
        Failure::new(WRT_ERR_TYPE, format_args!("{name} is a {found} type, not a {wanted}"))
    }

    /// The signature of a function or a tag.
    fn signature(&self, name: &str) -> Result<&FuncType> {
        match &self.ty {
            ExternType::Func(ty) => Ok(ty),
            ExternType::Tag(ty) => Ok(ty.ty()),
            _ => Err(self.misfit(name, "function or tag type")),
        }
    }

    /// Fails when the type belongs to another engine.
    pub fn check_engine(&self, engine: &wasmtime::Engine, name: &str) -> Result<()> {
        if wasmtime::Engine::same(&self.engine, engine) {
            return Ok(());
        }
        Err(Failure::new(WRT_ERR_STORE, format_args!("{name} belongs to another engine")))
    }

    fn matches(&self, expected: &Type) -> bool {
        self.is_value == expected.is_value && matches(&self.ty, &expected.ty)
    }

    /// The type as `wrt_type_parse` reads it.
    pub fn text(&self) -> String {
        let text = || match self.ty.global() {
            Some(ty) if self.is_value => value_text(ty.content()),
            _ => extern_text(&self.ty),
        };
        self.text.get_or_init(text).clone()
    }
}

/// A word for messages.
fn item_word(ty: &ExternType) -> &'static str {
    match ty {
        ExternType::Func(_) => "function",
        ExternType::Table(_) => "table",
        ExternType::Memory(_) => "memory",
        ExternType::Global(_) => "global",
        ExternType::Tag(_) => "tag",
    }
}

/// The number of what a type is the type of.
pub(crate) fn item_kind(ty: &ExternType) -> i32 {
    match ty {
        ExternType::Func(_) => WRT_FUNC,
        ExternType::Table(_) => WRT_TABLE,
        ExternType::Memory(_) => WRT_MEMORY,
        ExternType::Global(_) => WRT_GLOBAL,
        ExternType::Tag(_) => WRT_TAG,
    }
}

/// A type with the definitions it needs.
pub(crate) fn extern_text(ty: &ExternType) -> String {
    texts(&[ty]).join()
}

/// A function type for messages: without the definitions that it refers to.
pub(crate) fn func_text(ty: &FuncType) -> String {
    item_text(&ExternType::Func(ty.clone()))
}

/// The type of an item for messages: without the definitions that it refers to.
pub(crate) fn item_text(ty: &ExternType) -> String {
    texts(&[ty]).items.concat()
}

/// A value type for messages: without the definition that it refers to.
pub(crate) fn val_text(ty: &ValType) -> String {
    known::value(ty)
}

/// A defined type for messages: without the definitions that it refers to.
pub(crate) fn definition_text(ty: &HeapType) -> String {
    known::definition(ty)
}

/// Whether an item of type `found` serves where one of type `expected` is imported.
pub(crate) fn matches(found: &ExternType, expected: &ExternType) -> bool {
    let limits = |min: u64, max: Option<u64>, expected_min: u64, expected_max: Option<u64>| {
        min >= expected_min && expected_max.is_none_or(|expected| max.is_some_and(|max| max <= expected))
    };
    match (found, expected) {
        // By name, not by structure: `FuncType::matches` would let a type pass for a supertype it does not declare.
        (ExternType::Func(a), ExternType::Func(b)) => HeapType::from(a.clone()).matches(&HeapType::from(b.clone())),
        (ExternType::Tag(a), ExternType::Tag(b)) => FuncType::eq(a.ty(), b.ty()),
        (ExternType::Global(a), ExternType::Global(b)) => match (a.mutability().is_var(), b.mutability().is_var()) {
            (true, true) => ValType::eq(a.content(), b.content()),
            (false, false) => a.content().matches(b.content()),
            _ => false,
        },
        (ExternType::Table(a), ExternType::Table(b)) => {
            wasmtime::RefType::eq(a.element(), b.element())
                && a.is_64() == b.is_64()
                && limits(a.minimum(), a.maximum(), b.minimum(), b.maximum())
        }
        (ExternType::Memory(a), ExternType::Memory(b)) => {
            a.is_shared() == b.is_shared()
                && a.is_64() == b.is_64()
                && a.page_size_log2() == b.page_size_log2()
                && limits(a.minimum(), a.maximum(), b.minimum(), b.maximum())
        }
        _ => false,
    }
}

/// Reads a type from WAT, such as `(func (param i32) (result f64))`, `(memory 1 10)`, `(table 10 funcref)`,
/// `(global (mut i32))` or `(tag (param i32))`. Definitions that it needs stand before it:
/// `(type $s (struct (field i32))) (func (param (ref $s)))`. In the same way the type of a value is read: `i32`, `funcref`,
/// `(type $s (struct (field i32))) (ref null $s)`; a definition alone, `(struct (field i32))` or `(array (mut i8))`, is the
/// type of references to it. `out` is given back with `wrt_release`.
///
/// Errors: `WRT_ERR_PARSE` with line and column of the text; `WRT_ERR_VALIDATE` for a type that is invalid or whose
/// WebAssembly features the engine has not; `WRT_ERR_UNSUPPORTED` for definitions in an engine without a compiler.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_parse(
    engine: Option<&wrt_engine>,
    text: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_type>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?;
        let text = boundary::text(text, len, "text")?;
        let out = boundary::out(out, "out")?;
        out.write(Handle::new(engine.types().parse(&engine.wasmtime()?, text)?).hand_over());
        Ok(())
    })
}

/// Makes a function type from the kinds of its parameters and results, `WRT_I32` for example. References are nullable.
/// NULL is allowed where a length is 0. `out` is given back with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT` for what is no kind of a value; `WRT_ERR_VALIDATE` for kinds whose WebAssembly features the
/// engine has not. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_func(
    engine: Option<&wrt_engine>,
    params: *const u8,
    nparams: usize,
    results: *const u8,
    nresults: usize,
    out: Option<&mut MaybeUninit<*mut wrt_type>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.wasmtime()?;
        let list = |word, kinds: &[u8], name| -> Result<String> {
            let types = kinds.iter().map(|kind| Ok(val_text(&value::type_of_kind(i32::from(*kind), name)?)));
            Ok(format!(" ({word} {})", types.collect::<Result<Vec<_>>>()?.join(" ")))
        };
        let params = list("param", boundary::bytes(params, nparams, "params")?, "params")?;
        let results = list("result", boundary::bytes(results, nresults, "results")?, "results")?;
        let out = boundary::out(out, "out")?;
        // Read like any other text, so that the engine says which of them it has.
        out.write(Handle::new(Type::parse(&engine, &format!("(func{params}{results})"))?).hand_over());
        Ok(())
    })
}

/// Writes `type` as WAT that `wrt_type_parse` reads: definitions first, where there are any. `out` is freed with
/// `wrt_bytes_free`.
///
/// The text of a type out of a module shows what can be reached from it. Of a recursion group it may lack members and
/// their order; then it is read as a type that looks alike, and is another.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_text(
    r#type: Option<&wrt_type>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let ty = r#type.required("type")?;
        boundary::out(out, "out")?.write(ty.text().into());
        Ok(())
    })
}

/// What `type` is the type of: `WRT_FUNC`, `WRT_TABLE`, `WRT_MEMORY`, `WRT_GLOBAL` or `WRT_TAG`; -1 for the type of a
/// value, NULL or a closed type. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_extern_kind(r#type: Option<&wrt_type>) -> i32 {
    boundary::value(-1, || Some(r#type.required("type").ok()?.kind()))
}

/// Writes 1 to `out` when an item of type `type` can be given where `expected` is imported, or a value of one type where
/// the other is expected; else 0. Limits count as they stand in the types; a memory or a table that has grown may match
/// more.
///
/// Errors: `WRT_ERR_STORE` when the types belong to different engines; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_matches(
    r#type: Option<&wrt_type>,
    expected: Option<&wrt_type>,
    out: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let ty = r#type.required("type")?;
        let expected = expected.required("expected")?;
        expected.check_engine(&ty.engine, "expected")?;
        boundary::out(out, "out")?.write(i32::from(ty.matches(expected)));
        Ok(())
    })
}

/// Writes how many parameters and results a function type has. A tag type has parameters and no results.
///
/// Errors: `WRT_ERR_TYPE` for other types; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_arity(
    r#type: Option<&wrt_type>,
    nparams: Option<&mut MaybeUninit<usize>>,
    nresults: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let ty = r#type.required("type")?.signature("type")?;
        let nparams = boundary::out(nparams, "nparams")?;
        boundary::out(nresults, "nresults")?.write(ty.results().len());
        nparams.write(ty.params().len());
        Ok(())
    })
}

/// Writes the kinds of the parameters and results of a function or tag type, `WRT_I32` for example, to `params` and
/// `results`. `nparams` and `nresults` say how much room there is, `wrt_type_arity` how much is needed. A reference to a
/// defined type has the kind of the abstract type above it; `wrt_type_text` tells it in full.
///
/// Errors: `WRT_ERR_ARGUMENT` when there is too little room; `WRT_ERR_TYPE` for other types; `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_kinds(
    r#type: Option<&wrt_type>,
    params: *mut u8,
    nparams: usize,
    results: *mut u8,
    nresults: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let ty = r#type.required("type")?.signature("type")?;
        let params = room(boundary::slice_mut(params, nparams, "params")?, ty.params().len(), "params", "parameters")?;
        let results =
            room(boundary::slice_mut(results, nresults, "results")?, ty.results().len(), "results", "results")?;
        let kind = |ty: ValType| value::kind(&ty) as u8;
        params.iter_mut().zip(ty.params()).for_each(|(slot, ty)| *slot = kind(ty));
        results.iter_mut().zip(ty.results()).for_each(|(slot, ty)| *slot = kind(ty));
        Ok(())
    })
}

fn room<'a>(slots: &'a mut [u8], needed: usize, name: &str, what: &str) -> Result<&'a mut [u8]> {
    let len = slots.len();
    let short = || Failure::argument(format_args!("{name} has room for {len}, but the type has {needed} {what}"));
    slots.get_mut(..needed).ok_or_else(short)
}

/// Describes the type of a table, memory, global or value in `out`, whose `struct_size` is set before.
///
/// Errors: `WRT_ERR_TYPE` for function and tag types; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_type_shape(
    r#type: Option<&wrt_type>,
    out: Option<&mut MaybeUninit<wrt_shape>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let ty = r#type.required("type")?;
        boundary::fill_sized(out, "out", ty.shape("type")?)
    })
}

impl Type {
    fn shape(&self, name: &str) -> Result<wrt_shape> {
        let none = wrt_shape {
            struct_size: 0,
            min: 0,
            max: u64::MAX,
            is_64: 0,
            is_shared: 0,
            is_mutable: 1,
            page_size_log2: 0,
            content_kind: 0,
            nullable: 0,
        };
        Ok(match &self.ty {
            ExternType::Memory(ty) => wrt_shape {
                min: ty.minimum(),
                max: ty.maximum().unwrap_or(u64::MAX),
                is_64: u32::from(ty.is_64()),
                is_shared: u32::from(ty.is_shared()),
                page_size_log2: u32::from(ty.page_size_log2()),
                ..none
            },
            ExternType::Table(ty) => wrt_shape {
                min: ty.minimum(),
                max: ty.maximum().unwrap_or(u64::MAX),
                is_64: u32::from(ty.is_64()),
                content_kind: value::reference_kind(ty.element()),
                nullable: i32::from(ty.element().is_nullable()),
                ..none
            },
            ExternType::Global(ty) => wrt_shape {
                is_mutable: u32::from(ty.mutability().is_var()),
                content_kind: value::kind(ty.content()),
                nullable: i32::from(ty.content().as_ref().is_some_and(wasmtime::RefType::is_nullable)),
                ..none
            },
            ExternType::Func(_) | ExternType::Tag(_) => {
                return Err(self.misfit(name, "table, memory, global or value type"));
            }
        })
    }
}

#[cfg(test)]
mod tests;
