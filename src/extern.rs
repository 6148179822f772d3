//! What a module imports and exports: functions, memories, globals, tables and tags, in one kind of handle.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::sync::{Arc, OnceLock};

use wasmtime::{AsContextMut, ExternType, FuncType, MemoryType, StoreContextMut, TableType, ValType};

use crate::boundary::{self, Required};
use crate::engine::Engine;
use crate::error::{Failure, Result, WRT_ERR_ARGUMENT};
use crate::fault::wrt_error;
use crate::handle::{Handle, Noun, Object, Opaque};
use crate::reference;
use crate::store::{Data, Store, wrt_store};
use crate::types::{self, Type, wrt_type};
use crate::value;
use crate::view::{Header, Views};

/// A function, memory, global, table or tag: a handle. It belongs to a store, which it keeps alive; a shared memory
/// belongs to an engine. The kind is checked at run time, no casts are needed.
pub struct wrt_extern(#[allow(dead_code, reason = "opaque")] Opaque);

/// An extern of kind `WRT_FUNC`.
pub type wrt_func = wrt_extern;
/// An extern of kind `WRT_TABLE`.
pub type wrt_table = wrt_extern;
/// An extern of kind `WRT_MEMORY`.
pub type wrt_memory = wrt_extern;
/// An extern of kind `WRT_GLOBAL`.
pub type wrt_global = wrt_extern;
/// An extern of kind `WRT_TAG`.
pub type wrt_tag = wrt_extern;

/// The body of a `wrt_extern`.
pub(crate) enum Extern {
    Func(Handle<Store>, wasmtime::Func, Arc<Signature>),
    Memory(Handle<Store>, wasmtime::Memory, OnceLock<Arc<Header>>),
    Shared(Handle<Engine>, wasmtime::SharedMemory, Arc<Header>),
    Global(Handle<Store>, wasmtime::Global),
    Table(Handle<Store>, wasmtime::Table),
    Tag(Handle<Store>, wasmtime::Tag),
}

impl Noun for Extern {
    type Face = wrt_extern;
    const NAME: &'static CStr = c"extern";
    const TAG: u32 = 8;

    fn close(&self) -> Result<()> {
        match self {
            Extern::Memory(_, _, header) => header.get().iter().for_each(|header| header.close()),
            Extern::Shared(_, _, header) => header.close(),
            _ => {}
        }
        Ok(())
    }

    fn release(handle: Handle<Extern>) {
        match handle.store().cloned() {
            Some(store) if store.is_entered() => store.set_aside(Box::new(handle)),
            _ => drop(handle),
        }
    }
}
boundary::faces!(wrt_extern => Extern);

/// What a function takes and gives, looked up once.
#[derive(Debug)]
pub(crate) struct Signature {
    pub ty: FuncType,
    pub params: Box<[ValType]>,
    pub results: Box<[ValType]>,
    /// Whether all values go to WebAssembly as they stand in the slots of C.
    pub plain: bool,
}

impl Signature {
    pub fn new(ty: FuncType) -> Arc<Signature> {
        let (params, results) = (ty.params().collect::<Box<[_]>>(), ty.results().collect::<Box<[_]>>());
        let plain = params.iter().chain(&results).all(value::is_plain);
        Arc::new(Signature { ty, params, results, plain })
    }

    /// How many slots a call needs.
    pub fn slots(&self) -> usize {
        self.params.len().max(self.results.len())
    }

    /// Fails where values of this signature cannot cross the boundary yet.
    pub fn check_supported(&self) -> Result<()> {
        self.params.iter().chain(&self.results).try_for_each(reference::check_supported)
    }
}

impl Extern {
    pub fn new(store: Handle<Store>, context: &mut StoreContextMut<'_, Data>, item: wasmtime::Extern) -> Extern {
        match item {
            wasmtime::Extern::Func(func) => Extern::Func(store, func, Signature::new(func.ty(&*context))),
            wasmtime::Extern::Global(global) => Extern::Global(store, global),
            wasmtime::Extern::Table(table) => Extern::Table(store, table),
            wasmtime::Extern::Memory(memory) => Extern::Memory(store, memory, OnceLock::new()),
            wasmtime::Extern::SharedMemory(memory) => Extern::shared(store.engine().clone(), memory),
            wasmtime::Extern::Tag(tag) => Extern::Tag(store, tag),
        }
    }

    pub fn shared(engine: Handle<Engine>, memory: wasmtime::SharedMemory) -> Extern {
        let header = Header::new(memory.data().as_ptr().cast_mut().cast(), memory.data_size());
        Extern::Shared(engine, memory, Arc::new(header))
    }

    /// The store it belongs to; none for a shared memory.
    pub fn store(&self) -> Option<&Handle<Store>> {
        match self {
            Extern::Func(store, ..)
            | Extern::Memory(store, ..)
            | Extern::Global(store, _)
            | Extern::Table(store, _)
            | Extern::Tag(store, _) => Some(store),
            Extern::Shared(..) => None,
        }
    }

    pub fn kind(&self) -> i32 {
        match self {
            Extern::Func(..) => types::WRT_FUNC,
            Extern::Table(..) => types::WRT_TABLE,
            Extern::Memory(..) | Extern::Shared(..) => types::WRT_MEMORY,
            Extern::Global(..) => types::WRT_GLOBAL,
            Extern::Tag(..) => types::WRT_TAG,
        }
    }

    /// As Wasmtime has it, for use as an import of `store`.
    pub fn import(&self, store: &Object<Store>, name: &str) -> Result<wasmtime::Extern> {
        match self.store() {
            Some(own) => store.check_same(own, name)?,
            None => {
                if let Extern::Shared(engine, ..) = self {
                    store.check_engine(engine.inner(), name)?;
                }
            }
        }
        Ok(self.item())
    }

    pub fn item(&self) -> wasmtime::Extern {
        match self {
            Extern::Func(_, func, _) => (*func).into(),
            Extern::Memory(_, memory, _) => (*memory).into(),
            Extern::Shared(_, memory, _) => memory.clone().into(),
            Extern::Global(_, global) => (*global).into(),
            Extern::Table(_, table) => (*table).into(),
            Extern::Tag(_, tag) => (*tag).into(),
        }
    }

    /// The type as it is now: Wasmtime tells that with which a memory or a table was made.
    pub fn ty(&self) -> Result<ExternType> {
        let Some(store) = self.store() else {
            return match self {
                Extern::Shared(_, memory, _) => Ok(grown(memory.ty().into(), memory.size())),
                _ => Err(Failure::closed("store")),
            };
        };
        let mut entry = store.enter()?;
        let context = entry.context();
        let ty = self.item().ty(&context);
        Ok(match self {
            Extern::Memory(_, memory, _) => grown(ty, memory.size(&context)),
            Extern::Table(_, table) => grown(ty, table.size(&context)),
            _ => ty,
        })
    }

    #[inline(always)]
    pub fn func(&self, name: &str) -> Result<(&Handle<Store>, wasmtime::Func, &Arc<Signature>)> {
        match self {
            Extern::Func(store, func, signature) => Ok((store, *func, signature)),
            other => Err(other.misfit(name, "function")),
        }
    }

    pub fn global(&self, name: &str) -> Result<(&Handle<Store>, wasmtime::Global)> {
        match self {
            Extern::Global(store, global) => Ok((store, *global)),
            other => Err(other.misfit(name, "global")),
        }
    }

    pub fn table(&self, name: &str) -> Result<(&Handle<Store>, wasmtime::Table)> {
        match self {
            Extern::Table(store, table) => Ok((store, *table)),
            other => Err(other.misfit(name, "table")),
        }
    }

    pub fn tag(&self, name: &str) -> Result<(&Handle<Store>, wasmtime::Tag)> {
        match self {
            Extern::Tag(store, tag) => Ok((store, *tag)),
            other => Err(other.misfit(name, "tag")),
        }
    }

    /// The header of a memory, made at the first request.
    pub fn header(&self, name: &str) -> Result<Arc<Header>> {
        match self {
            Extern::Shared(_, _, header) => Ok(header.clone()),
            Extern::Memory(store, memory, header) => {
                let mut entry = store.enter()?;
                Ok(header.get_or_init(|| Views::add(entry.context(), *memory)).clone())
            }
            other => Err(other.misfit(name, "memory")),
        }
    }

    #[cold]
    pub fn misfit(&self, name: &str, wanted: &str) -> Failure {
        let found = noun(self.kind());
        Failure::new(WRT_ERR_ARGUMENT, format_args!("{name} is a {found}, not a {wanted}"))
    }
}

/// The type of a memory or a table that has `size` pages or elements.
fn grown(ty: ExternType, size: u64) -> ExternType {
    match &ty {
        ExternType::Memory(memory) if memory.minimum() != size => {
            let mut like = MemoryType::builder();
            like.min(size).max(memory.maximum()).memory64(memory.is_64()).shared(memory.is_shared());
            like.page_size_log2(memory.page_size_log2()).build().map_or(ty, ExternType::from)
        }
        ExternType::Table(table) if table.minimum() != size => {
            let (element, max) = (table.element().clone(), table.maximum());
            match (table.is_64(), u32::try_from(size)) {
                (false, Ok(size)) => TableType::new(element, size, max.and_then(|max| u32::try_from(max).ok())).into(),
                _ => TableType::new64(element, size, max).into(),
            }
        }
        _ => ty,
    }
}

/// What an item of this kind is called.
pub(crate) fn noun(kind: i32) -> &'static str {
    match kind {
        types::WRT_FUNC => "function",
        types::WRT_TABLE => "table",
        types::WRT_MEMORY => "memory",
        types::WRT_GLOBAL => "global",
        _ => "tag",
    }
}

/// The kind of `item`, `WRT_FUNC` to `WRT_TAG`; -1 for NULL or a closed handle. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_extern_kind(item: Option<&wrt_extern>) -> i32 {
    boundary::value(-1, || Some(item.required("item").ok()?.kind()))
}

/// The type of `item` as it is now: a memory or table that has grown has its present size as its least. The type is
/// released with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_extern_type(
    item: Option<&wrt_extern>,
    out: Option<&mut MaybeUninit<*mut wrt_type>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let item = item.required("item")?;
        let out = out.required("out")?;
        let ty = item.ty()?;
        let engine = match &**item {
            Extern::Shared(engine, ..) => engine,
            other => other.store().ok_or_else(|| Failure::closed("store"))?.engine(),
        };
        out.write(Handle::new(Type::new(engine.inner(), ty)).hand_over());
        Ok(())
    })
}

/// 1 when `a` and `b` are the same function, memory, global, table or tag, be it through different handles; else 0, also
/// for NULL, closed handles, and while another thread uses the store. A function that an instance imports and exports
/// again counts as another one. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_extern_same(a: Option<&wrt_extern>, b: Option<&wrt_extern>) -> i32 {
    boundary::value(0, || {
        let (a, b) = (a.required("a").ok()?, b.required("b").ok()?);
        if let (Extern::Shared(_, a, _), Extern::Shared(_, b, _)) = (&**a, &**b) {
            return Some(i32::from(std::ptr::eq(a.data().as_ptr(), b.data().as_ptr())));
        }
        let (store, other) = (a.store()?, b.store()?);
        if !store.same(other) {
            return Some(0);
        }
        let mut entry = store.enter().ok()?;
        let mut context = entry.context();
        let same = match (&**a, &**b) {
            (Extern::Func(_, a, _), Extern::Func(_, b, _)) => {
                a.to_raw(context.as_context_mut()) == b.to_raw(context.as_context_mut())
            }
            (Extern::Tag(_, a), Extern::Tag(_, b)) => wasmtime::Tag::eq(a, b, &context),
            // Wasmtime tells these apart by an index within the store.
            (Extern::Memory(_, a, _), Extern::Memory(_, b, _)) => a.debug_index_in_store() == b.debug_index_in_store(),
            (Extern::Global(_, a), Extern::Global(_, b)) => a.debug_index_in_store() == b.debug_index_in_store(),
            (Extern::Table(_, a), Extern::Table(_, b)) => a.debug_index_in_store() == b.debug_index_in_store(),
            _ => false,
        };
        Some(i32::from(same))
    })
}

/// The store of `item`, borrowed: valid as long as `item` is. NULL for NULL, a closed handle or a shared memory. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_extern_store(item: Option<&wrt_extern>) -> *mut wrt_store {
    boundary::value(std::ptr::null_mut(), || Some(item.required("item").ok()?.store()?.lend()))
}
