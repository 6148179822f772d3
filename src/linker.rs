//! Linkers: named items for imports. Definitions are kept here, in the order they were made, and become Wasmtime's only
//! when a module needs them; no lock is held while WebAssembly or the host runs.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;

use indexmap::IndexMap;
use parking_lot::RwLock;
use wasmtime::{AsContextMut, ExternType, FuncType, StoreContextMut};

use crate::boundary::{self, Required};
use crate::engine::{Engine, wrt_engine};
use crate::error::{Failure, Result, WRT_ERR_LINK, WRT_ERR_NOT_FOUND, WRT_ERR_PANIC, WRT_ERR_STORE};
use crate::r#extern::{Extern, noun, wrt_extern};
use crate::fault::{wrt_drop_fn, wrt_error};
use crate::fiber::{self, Answer, Start, Ticket};
use crate::func::{HostFunc, Suspending, wrt_host_fn};
use crate::handle::{Handle, Noun, Object, Opaque, wrt_bytes};
use crate::instance::{Instance, wrt_instance};
use crate::module::{Module, wrt_module};
use crate::store::{Data, Entry, Store, wrt_store};
use crate::task::{self, Task, wrt_task};
use crate::trap;
use crate::types::{self, wrt_type};
use crate::wake::wrt_wake_fn;

mod wasi;

use wasi::Functions;

/// WASI preview 1 (`wasi_snapshot_preview1`) and its predecessor (`wasi_unstable`).
pub const WRT_WASI_P1: u32 = 1;
/// WASI preview 2, for components.
pub const WRT_WASI_P2: u32 = 2;
/// WASI preview 3, for components.
pub const WRT_WASI_P3: u32 = 4;
/// HTTP, for components.
pub const WRT_WASI_HTTP: u32 = 8;

/// A linker: a handle, shared by all threads.
pub struct wrt_linker(#[allow(dead_code, reason = "opaque")] Opaque);

/// A module with its imports resolved, for many instances: a handle, immutable, for all threads.
pub struct wrt_prelink(#[allow(dead_code, reason = "opaque")] Opaque);

/// The body of a `wrt_linker`.
pub(crate) struct Linker {
    engine: Handle<Engine>,
    table: RwLock<Table>,
}

#[derive(Clone, Default)]
struct Table {
    definitions: IndexMap<Key, Definition>,
    shadowing: bool,
    unknown_exports: bool,
}

/// Module and name of an import.
type Key = (String, String);

#[derive(Clone)]
enum Definition {
    /// A function of the host, for any store.
    Host(Arc<HostFunc>),
    /// A function of the host that suspends, for any store.
    Suspending(Arc<Suspending>),
    /// A function of WASI, and its own name, for any store.
    Wasi(Arc<Functions>, Key, FuncType),
    /// A function that traps, for any store.
    Trap(FuncType),
    /// Something that lives in a store, or a shared memory.
    Item(Handle<Extern>),
}

impl Noun for Linker {
    type Face = wrt_linker;
    const NAME: &'static CStr = c"linker";
    const TAG: u32 = 11;

    fn close(&self) -> Result<()> {
        let table = std::mem::take(&mut *self.table.write());
        drop(table);
        Ok(())
    }
}
boundary::faces!(wrt_linker => Linker);

impl Table {
    /// Fails when one of `keys` is defined, unless shadowing is allowed.
    fn check_free<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Result<()> {
        let taken = keys.into_iter().find(|key| !self.shadowing && self.definitions.contains_key(*key));
        match taken {
            None => Ok(()),
            Some((module, name)) => {
                Err(Failure::new(WRT_ERR_LINK, format_args!("{module}.{name} is defined already (wrt_linker_allow)")))
            }
        }
    }
}

impl Definition {
    fn ty(&self) -> Option<ExternType> {
        match self {
            Definition::Host(host) => Some(host.signature.ty.clone().into()),
            Definition::Suspending(host) => Some(host.signature.ty.clone().into()),
            Definition::Wasi(_, _, ty) | Definition::Trap(ty) => Some(ty.clone().into()),
            Definition::Item(item) => item.ty().ok(),
        }
    }

    fn functions(&self) -> Option<&Functions> {
        if let Definition::Wasi(functions, ..) = self { Some(functions) } else { None }
    }

    /// Fails where the definition cannot be used in `store`.
    fn check_store(&self, store: &Object<Store>, key: &Key) -> Result<()> {
        match self {
            Definition::Item(item) => item.open()?.import(store, &format!("{}.{}", key.0, key.1)).map(drop),
            _ => Ok(()),
        }
    }

    /// The item for use in `store`.
    fn resolve(
        &self,
        store: &Object<Store>,
        context: &mut StoreContextMut<'_, Data>,
        key: &Key,
    ) -> Result<wasmtime::Extern> {
        Ok(match self {
            Definition::Item(item) => item.open()?.import(store, &format!("{}.{}", key.0, key.1))?,
            Definition::Host(host) => host.in_store(context).into(),
            Definition::Suspending(host) => host.in_store(context).into(),
            Definition::Wasi(functions, own, _) => functions.get(context, own)?,
            Definition::Trap(ty) => {
                let message = undefined(key);
                wasmtime::Func::new(context, ty.clone(), move |_, _, _| Err(unknown(&message))).into()
            }
        })
    }

    /// Adds the definition to a linker of Wasmtime, one of `Needs::linker`.
    fn add(
        &self,
        linker: &mut wasmtime::Linker<Data>,
        context: Option<&mut StoreContextMut<'_, Data>>,
        key: &Key,
    ) -> Result<()> {
        let (module, name) = (key.0.as_str(), key.1.as_str());
        let added = match (self, context) {
            (Definition::Host(host), _) => {
                let (own, ty) = (host.clone(), host.signature.ty.clone());
                if host.signature.plain {
                    // SAFETY: the host function keeps to the types it was registered with: they are plain numbers.
                    unsafe {
                        linker.func_new_unchecked(module, name, ty, move |caller, slots| own.plain(caller, slots))
                    }
                } else {
                    linker
                        .func_new(module, name, ty, move |caller, params, results| own.checked(caller, params, results))
                }
            }
            (Definition::Suspending(host), _) => {
                let (own, ty) = (host.clone(), host.signature.ty.clone());
                linker
                    .func_new_async(module, name, ty, move |caller, params, results| own.call(caller, params, results))
            }
            (Definition::Wasi(_, own, _), _) if own == key => return Ok(()),
            (Definition::Wasi(_, own, _), _) => linker.alias(&own.0, &own.1, module, name),
            (Definition::Trap(ty), _) => {
                let message = undefined(key);
                linker.func_new(module, name, ty.clone(), move |_, _, _| Err(unknown(&message)))
            }
            (Definition::Item(item), Some(context)) => linker.define(context, module, name, item.open()?.item()),
            (Definition::Item(item), None) => match item.open()?.store() {
                Some(store) => {
                    let mut entry = store.enter()?;
                    linker.define(entry.context(), module, name, item.item())
                }
                None => return Err(Failure::unsupported("a shared memory cannot be prelinked without a store")),
            },
        };
        added.map(drop).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LINK))
    }
}

/// What a store needs for some definitions.
#[derive(Clone, Copy, Default)]
struct Needs {
    suspending: bool,
    wasi: bool,
    direct: bool,
}

impl Needs {
    fn of<'d>(definitions: impl IntoIterator<Item = &'d Definition>) -> Needs {
        let mut needs = Needs::default();
        for definition in definitions {
            match definition {
                Definition::Host(_) => needs.direct = true,
                Definition::Suspending(_) => needs.suspending = true,
                Definition::Wasi(..) => needs.wasi = true,
                Definition::Trap(_) | Definition::Item(_) => {}
            }
        }
        needs
    }

    /// Makes the store ready.
    fn meet(self, entry: &mut Entry<'_>) -> Result<()> {
        if self.wasi {
            entry.make_wasi()?;
        } else if self.suspending {
            entry.make_asynchronous()?;
        }
        if self.direct {
            entry.store.note_direct();
        }
        Ok(())
    }
}

/// A linker of Wasmtime with `definitions`, those of WASI first: other names of theirs are to be theirs, although one of the
/// names may stand for something else.
fn linked<'d>(
    engine: &wasmtime::Engine,
    definitions: impl IntoIterator<Item = (&'d Key, &'d Definition)>,
    mut context: Option<&mut StoreContextMut<'_, Data>>,
) -> Result<wasmtime::Linker<Data>> {
    let (wasi, others): (Vec<_>, Vec<_>) =
        definitions.into_iter().partition(|(_, definition)| definition.functions().is_some());
    let functions = wasi.first().and_then(|(_, definition)| definition.functions());
    let mut linker = functions.map_or_else(|| wasmtime::Linker::new(engine), |functions| functions.linker.clone());
    linker.allow_shadowing(true);
    for (key, definition) in wasi.into_iter().chain(others) {
        definition.add(&mut linker, context.as_deref_mut(), key)?;
    }
    Ok(linker)
}

fn undefined(key: &Key) -> String {
    format!("the import {}.{} was called, but is not defined", key.0, key.1)
}

fn unknown(message: &str) -> wasmtime::Error {
    trap::into_wasmtime(Failure::new(WRT_ERR_LINK, message))
}

impl Linker {
    fn new(engine: Handle<Engine>) -> Linker {
        Linker { engine, table: RwLock::default() }
    }

    fn define(&self, key: Key, definition: Definition) -> Result<()> {
        let mut table = self.table.write();
        table.check_free([&key])?;
        let before = table.definitions.insert(key, definition);
        // Whatever was shadowed may have a drop function: not under the lock.
        drop(table);
        drop(before);
        Ok(())
    }

    fn define_all(&self, items: Vec<(Key, Definition)>) -> Result<()> {
        let mut table = self.table.write();
        table.check_free(items.iter().map(|(key, _)| key))?;
        let before: Vec<_> = items.into_iter().map(|(key, item)| table.definitions.insert(key, item)).collect();
        drop(table);
        drop(before);
        Ok(())
    }

    /// The definitions for the imports of `module`, in order; an error names all that are missing.
    fn find(&self, module: &Object<Module>) -> Result<Vec<(Key, Definition)>> {
        let table = self.table.read();
        let (mut found, mut missing, mut wasi) = (Vec::new(), Vec::new(), "");
        for (module, name, ty) in module.imports() {
            let key = (module, name);
            match table.definitions.get(&key) {
                Some(definition) => found.push((key, definition.clone())),
                None => {
                    if wasi::is_module(&key.0) && !Needs::of(table.definitions.values()).wasi {
                        wasi = " (WASI is not defined in this linker)";
                    }
                    missing.push(format!("{}.{} {}", key.0, key.1, ty.text()));
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let noun = if missing.len() == 1 { "import is" } else { "imports are" };
        let (count, missing) = (missing.len(), missing.join(", "));
        Err(Failure::new(WRT_ERR_LINK, format_args!("{count} {noun} not defined: {missing}{wasi}")))
    }

    fn check(&self, store: &Object<Store>, module: &Object<Module>) -> Result<()> {
        store.check_engine(self.engine.inner(), "linker")?;
        store.check_engine(module.engine().inner(), "module")
    }

    /// The imports of `module` as they are in `store`.
    fn imports(&self, store: &Object<Store>, module: &Object<Module>) -> Result<Vec<wasmtime::Extern>> {
        self.check(store, module)?;
        let definitions = self.find(module)?;
        let mut entry = store.enter()?;
        Needs::of(definitions.iter().map(|(_, definition)| definition)).meet(&mut entry)?;
        let mut context = entry.context();
        let resolve = |(key, definition): &(Key, Definition)| definition.resolve(store, &mut context, key);
        definitions.iter().map(resolve).collect()
    }

    /// A linker of Wasmtime with the definitions that `store` can use.
    fn for_store(&self, store: &Object<Store>, entry: &mut Entry<'_>) -> Result<wasmtime::Linker<Data>> {
        let table = self.table.read().clone();
        // All of them come into the store, used or not.
        Needs::of(table.definitions.values()).meet(entry)?;
        let context = &mut entry.context();
        let usable = table.definitions.iter().filter(|(_, definition)| {
            !matches!(definition, Definition::Item(item)
                if item.is_closed() || item.store().is_some_and(|own| store.check_same(own, "").is_err()))
        });
        let mut linker = linked(self.engine.inner(), usable, Some(context))?;
        linker.allow_shadowing(table.shadowing).allow_unknown_exports(table.unknown_exports);
        Ok(linker)
    }
}

/// The body of a `wrt_prelink`.
pub(crate) struct Prelink {
    linked: wasmtime::InstancePre<Data>,
    module: Handle<Module>,
    needs: Needs,
    /// The store of the items among the imports.
    store: Option<Handle<Store>>,
}

impl Noun for Prelink {
    type Face = wrt_prelink;
    const NAME: &'static CStr = c"prelink";
    const TAG: u32 = 12;
}
boundary::faces!(wrt_prelink => Prelink);

impl Prelink {
    /// Enters `store` to make an instance there.
    fn enter<'s>(&self, store: &'s Object<Store>) -> Result<Entry<'s>> {
        store.check_engine(self.module.engine().inner(), "prelink")?;
        if let Some(own) = &self.store {
            store.check_same(own, "an import of prelink")?;
        }
        let mut entry = store.enter()?;
        self.needs.meet(&mut entry)?;
        Ok(entry)
    }

    /// Making an instance, as a job.
    fn begin(&self, ticket: Arc<Ticket>) -> impl Start + use<> {
        let (linked, module) = (self.linked.clone(), self.module.clone());
        fiber::starting(move |mut context| {
            Box::pin(async move {
                let made = linked.instantiate_async(&mut context).await;
                ticket.finish(Instance::answer(context, made, module));
            })
        })
    }
}

fn key(module: *const c_char, module_len: usize, name: *const c_char, name_len: usize) -> Result<Key> {
    Ok((boundary::text(module, module_len, "module")?.to_owned(), boundary::text(name, name_len, "name")?.to_owned()))
}

/// Makes an empty linker. It is released with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_new(
    engine: Option<&wrt_engine>,
    out: Option<&mut MaybeUninit<*mut wrt_linker>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let engine = engine.required("engine")?.share();
        out.required("out")?.write(Handle::new(Linker::new(engine)).hand_over());
        Ok(())
    })
}

/// Makes a linker with the definitions that `linker` has now. It is released with `wrt_release`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_clone(
    linker: Option<&wrt_linker>,
    out: Option<&mut MaybeUninit<*mut wrt_linker>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let table = linker.table.read().clone();
        let copy = Linker { engine: linker.engine.clone(), table: RwLock::new(table) };
        out.required("out")?.write(Handle::new(copy).hand_over());
        Ok(())
    })
}

/// Says what `linker` permits, each 0 or 1: `shadowing`, that a name is defined again; `unknown_exports`, that
/// `wrt_linker_define_module` takes a command with more exports than a command has. Both are 0 at first.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_allow(
    linker: Option<&wrt_linker>,
    shadowing: i32,
    unknown_exports: i32,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let mut table = linker.required("linker")?.table.write();
        table.shadowing = shadowing != 0;
        table.unknown_exports = unknown_exports != 0;
        Ok(())
    })
}

/// Defines `module.name` as `item`, for instances in the item's store.
///
/// Errors: `WRT_ERR_LINK` when the name is defined already; `WRT_ERR_STORE` when the item belongs to another engine;
/// `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define(
    linker: Option<&wrt_linker>,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    item: Option<&wrt_extern>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let key = key(module, module_len, name, name_len)?;
        let item = item.required("item")?;
        let engine = match (&**item, item.store()) {
            (_, Some(store)) => store.engine(),
            (Extern::Shared(engine, ..), _) => engine,
            _ => &linker.engine,
        };
        if !wasmtime::Engine::same(engine.inner(), linker.engine.inner()) {
            return Err(Failure::new(WRT_ERR_STORE, "item belongs to another engine than the linker"));
        }
        linker.define(key, Definition::Item(item.share()))
    })
}

/// Defines `module.name` as a function of type `type` that calls `call` with `env`, in any store. `drop`, which may be
/// NULL, is called with `env` when neither the linker nor a store needs the function any more, on any thread; not when
/// this function fails.
///
/// Errors: `WRT_ERR_LINK` when the name is defined already; `WRT_ERR_TYPE` when `type` is no function type;
/// `WRT_ERR_UNSUPPORTED` for continuations in it; `WRT_ERR_STORE` when it belongs to another engine; `WRT_ERR_ARGUMENT`,
/// `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define_func(
    linker: Option<&wrt_linker>,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    r#type: Option<&wrt_type>,
    call: wrt_host_fn,
    env: *mut c_void,
    drop: wrt_drop_fn,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let key = key(module, module_len, name, name_len)?;
        let ty = r#type.required("type")?;
        ty.check_engine(linker.engine.inner(), "type")?;
        let host = HostFunc::new(ty.func("type")?, call, env, drop)?;
        linker.define(key, Definition::Host(host.clone()))?;
        host.registered.arm();
        Ok(())
    })
}

/// Defines `module.name` as a function of type `type` that suspends the call, in any store: its task answers
/// `WRT_TASK_HOST_CALL`, and `wrt_task_request` tells `id`. See `wrt_func_new_suspending`.
///
/// Errors: as `wrt_linker_define_func`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define_suspending_func(
    linker: Option<&wrt_linker>,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    r#type: Option<&wrt_type>,
    id: u64,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let key = key(module, module_len, name, name_len)?;
        let ty = r#type.required("type")?;
        ty.check_engine(linker.engine.inner(), "type")?;
        linker.define(key, Definition::Suspending(Suspending::new(ty.func("type")?, id)?))
    })
}

/// Defines all exports of `instance` under the module name `name`.
///
/// Errors: `WRT_ERR_LINK` when one of them is defined already, none is defined then; `WRT_ERR_STORE` when the instance
/// belongs to another engine; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define_instance(
    linker: Option<&wrt_linker>,
    name: *const c_char,
    name_len: usize,
    instance: Option<&wrt_instance>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let name = boundary::text(name, name_len, "name")?;
        let instance = instance.required("instance")?;
        let store = instance.store();
        store.check_engine(linker.engine.inner(), "linker")?;
        let mut entry = store.enter()?;
        let mut context = entry.context();
        let inner = instance.inner();
        let exports = inner.exports(&mut context);
        let exports: Vec<_> = exports.map(|export| (export.name().to_owned(), export.into_extern())).collect();
        let items = exports.into_iter().map(|(export, item)| {
            let item = Handle::new(Extern::new(store.clone(), &mut context, item));
            ((name.to_owned(), export), Definition::Item(item))
        });
        let items = items.collect();
        drop(entry);
        linker.define_all(items)
    })
}

/// Defines the exports of `module` under the module name `name`, in `store`: a reactor, or a module that is neither, is
/// instantiated once and its "_initialize" called; a command, one with an export "_start", anew for each call.
///
/// Errors: `WRT_ERR_LINK` when an import of the module is missing or a name is defined already; `WRT_ERR_STORE`;
/// whatever ends the start function; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define_module(
    linker: Option<&wrt_linker>,
    store: Option<&wrt_store>,
    name: *const c_char,
    name_len: usize,
    module: Option<&wrt_module>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        // A start function may release the linker.
        let linker = linker.required("linker")?.share();
        let store = store.required("store")?;
        let name = boundary::text(name, name_len, "name")?;
        let module = module.required("module")?;
        linker.check(store, module)?;
        for (key, definition) in linker.find(module)? {
            definition.check_store(store, &key)?;
        }
        let code = module.wasmtime()?;
        let mut entry = store.enter()?;
        let mut defined = linker.for_store(store, &mut entry)?;
        // What this adds is told from what was there by a name that no import can have been resolved with.
        let fresh = format!("{name}\u{0}new");
        if entry.is_apart() {
            let ticket = Ticket::quiet();
            entry.check_apart()?;
            let answer = entry.finish(&ticket, begin_define(defined, fresh.clone(), code, ticket.clone()))?;
            defined = match answer {
                Answer::Made(made) => *made.downcast().map_err(|_| Failure::new(WRT_ERR_PANIC, "no linker"))?,
                Answer::Values(_) => unreachable!("a definition has no values"),
            };
        } else {
            entry.run(WRT_ERR_LINK, |context| defined.module(context, &fresh, &code).map(drop))?;
        }
        let mut context = entry.context();
        let items: Vec<_> =
            defined.iter(&mut context).map(|(module, name, item)| (module.to_owned(), name.to_owned(), item)).collect();
        let items = items.into_iter().filter(|(module, _, _)| *module == fresh).map(|(_, export, item)| {
            let item = Handle::new(Extern::new(store.share(), &mut context, item));
            ((name.to_owned(), export), Definition::Item(item))
        });
        let items = items.collect();
        drop(entry);
        linker.define_all(items)
    })
}

/// Defines `code` in a linker of Wasmtime, as a job whose answer is the linker.
fn begin_define(
    mut linker: wasmtime::Linker<Data>,
    name: String,
    code: wasmtime::Module,
    ticket: Arc<Ticket>,
) -> impl Start {
    fiber::starting(move |mut context| {
        Box::pin(async move {
            let defined = linker.module_async(&mut context, &name, &code).await.map(drop);
            let outcome = defined.map_err(|error| trap::from_call(context, &error, WRT_ERR_LINK));
            ticket.finish(outcome.map(|()| Answer::Made(Box::new(linker))));
        })
    })
}

/// Defines the functions of WASI: `which` is `WRT_WASI_P1`. What they do for the programs of a store is said by
/// `wrt_store_set_wasi`, nothing where it is not; functions that have to wait suspend the call, as host functions do that
/// are suspending. A program that ends itself with status 0 has succeeded, with another its call fails with `WRT_ERR_EXIT`.
///
/// Errors: `WRT_ERR_LINK` when one of the names is defined already, none is defined then; `WRT_ERR_UNSUPPORTED` for what this
/// library does not have; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define_wasi(
    linker: Option<&wrt_linker>,
    which: u32,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        match which {
            WRT_WASI_P1 => {}
            0 => return Err(Failure::argument("which is 0, and would define nothing")),
            _ if which & !(WRT_WASI_P1 | WRT_WASI_P2 | WRT_WASI_P3 | WRT_WASI_HTTP) == 0 => {
                return Err(Failure::unsupported(
                    "this library has preview 1 of WASI, not the previews for components",
                ));
            }
            _ => return Err(Failure::argument(format_args!("which is {which}, not made of WRT_WASI_*"))),
        }
        let (functions, types) = Functions::new(linker.engine.inner())?;
        let functions = Arc::new(functions);
        let items = types.into_iter().map(|(key, ty)| (key.clone(), Definition::Wasi(functions.clone(), key, ty)));
        linker.define_all(items.collect())
    })
}

/// Defines each function import of `module` that is missing as one that fails when called.
///
/// Errors: `WRT_ERR_STORE` when the module belongs to another engine; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define_unknown_as_traps(
    linker: Option<&wrt_linker>,
    module: Option<&wrt_module>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let module = module.required("module")?;
        if !wasmtime::Engine::same(module.engine().inner(), linker.engine.inner()) {
            return Err(Failure::new(WRT_ERR_STORE, "module belongs to another engine than the linker"));
        }
        let mut table = linker.table.write();
        for (module, name, ty) in module.imports() {
            if let Some(ExternType::Func(ty)) = ty.item() {
                table.definitions.entry((module, name)).or_insert_with(|| Definition::Trap(ty.clone()));
            }
        }
        Ok(())
    })
}

/// Defines each import of `module` that is missing with a default, in `store`: functions that return zeros and nulls,
/// globals of zero or null, tables and memories of the least size.
///
/// Errors: `WRT_ERR_LINK` for an import whose type has no default; `WRT_ERR_STORE`, `WRT_ERR_LIMIT`, `WRT_ERR_ARGUMENT`,
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_define_unknown_as_defaults(
    linker: Option<&wrt_linker>,
    store: Option<&wrt_store>,
    module: Option<&wrt_module>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let store = store.required("store")?;
        let module = module.required("module")?;
        linker.check(store, module)?;
        let code = module.wasmtime()?;
        let mut entry = store.enter()?;
        let mut defined = linker.for_store(store, &mut entry)?;
        let mut context = entry.context();
        defined
            .define_unknown_imports_as_default_values(&mut context, &code)
            .map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LINK))?;
        let known = linker.table.read().definitions.keys().cloned().collect::<std::collections::HashSet<_>>();
        let mut items = Vec::new();
        for (module, name, _) in module.imports() {
            let found = if known.contains(&(module.clone(), name.clone())) {
                None
            } else {
                defined.get(&mut context, &module, &name).ok()
            };
            if let Some(item) = found {
                let item = Handle::new(Extern::new(store.share(), &mut context, item));
                items.push(((module, name), Definition::Item(item)));
            }
        }
        drop(entry);
        let mut table = linker.table.write();
        for (key, item) in items {
            table.definitions.entry(key).or_insert(item);
        }
        Ok(())
    })
}

/// Defines `as_module.as_name` as what `module.name` is now.
///
/// Errors: `WRT_ERR_NOT_FOUND` when that is not defined; `WRT_ERR_LINK` when the new name is; `WRT_ERR_ARGUMENT`,
/// `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_alias(
    linker: Option<&wrt_linker>,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    as_module: *const c_char,
    as_module_len: usize,
    as_name: *const c_char,
    as_name_len: usize,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let key = key(module, module_len, name, name_len)?;
        let alias = (
            boundary::text(as_module, as_module_len, "as_module")?.to_owned(),
            boundary::text(as_name, as_name_len, "as_name")?.to_owned(),
        );
        let definition = linker.table.read().definitions.get(&key).cloned();
        linker.define(alias, definition.ok_or_else(|| not_defined(&key))?)
    })
}

fn not_defined(key: &Key) -> Failure {
    Failure::new(WRT_ERR_NOT_FOUND, format_args!("{}.{} is not defined", key.0, key.1))
}

/// What `module.name` is in `store`, a new handle: release it with `wrt_release`.
///
/// Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_STORE` when it belongs to another store; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`,
/// `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_get(
    linker: Option<&wrt_linker>,
    store: Option<&wrt_store>,
    module: *const c_char,
    module_len: usize,
    name: *const c_char,
    name_len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_extern>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let store = store.required("store")?;
        let key = key(module, module_len, name, name_len)?;
        store.check_engine(linker.engine.inner(), "linker")?;
        let out = out.required("out")?;
        let definition = linker.table.read().definitions.get(&key).cloned().ok_or_else(|| not_defined(&key))?;
        let mut entry = store.enter()?;
        Needs::of([&definition]).meet(&mut entry)?;
        let mut context = entry.context();
        let item = definition.resolve(store, &mut context, &key)?;
        out.write(Handle::new(Extern::new(store.share(), &mut context, item)).hand_over());
        Ok(())
    })
}

/// Lists the definitions as JSON, in the order they were made: `[{"module", "name", "kind", "type"}]`; kind and type of
/// what lives in a store that is closed or in use elsewhere are null. `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_json(
    linker: Option<&wrt_linker>,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let table = linker.required("linker")?.table.read().clone();
        let describe = |((module, name), definition): (&Key, &Definition)| {
            let ty = definition.ty();
            serde_json::json!({
                "module": module,
                "name": name,
                "kind": ty.as_ref().map(|ty| noun(types::item_kind(ty))),
                "type": ty.as_ref().map(types::extern_text),
            })
        };
        let list: Vec<_> = table.definitions.iter().map(describe).collect();
        out.required("out")?.write(serde_json::Value::from(list).to_string().into());
        Ok(())
    })
}

/// Instantiates `module` in `store` with the definitions of `linker`, and runs its start function. The instance is
/// released with `wrt_release`.
///
/// Errors: `WRT_ERR_LINK` names all imports that are missing, or the one that does not fit; `WRT_ERR_STORE`;
/// `WRT_ERR_LIMIT`; whatever ends the start function; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_instantiate(
    linker: Option<&wrt_linker>,
    store: Option<&wrt_store>,
    module: Option<&wrt_module>,
    out: Option<&mut MaybeUninit<*mut wrt_instance>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let (store, module) = (store.required("store")?, module.required("module")?);
        let out = out.required("out")?;
        let imports = linker.imports(store, module)?;
        out.write(Instance::make(store, module, &imports)?.hand_over());
        Ok(())
    })
}

/// As `wrt_linker_instantiate`, as a task, so that the start function may call suspending functions. When the task is
/// done, `wrt_instance_of_task` has the instance. `wake`, which may be NULL, is called as for `wrt_call_start`. The task is
/// released with `wrt_release`.
///
/// Errors: those of `wrt_linker_instantiate` that come before anything runs; the others are the task's. The store's
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_instantiate_start(
    linker: Option<&wrt_linker>,
    store: Option<&wrt_store>,
    module: Option<&wrt_module>,
    wake: wrt_wake_fn,
    env: *mut c_void,
    out: Option<&mut MaybeUninit<*mut wrt_task>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let (store, module) = (store.required("store")?, module.required("module")?);
        let out = out.required("out")?;
        let imports = linker.imports(store, module)?;
        let ticket = task::ticket(wake, env);
        let start = Instance::begin(module.wasmtime()?, module.share(), imports, ticket.clone());
        out.write(Task::start(store, ticket, None, start)?.hand_over());
        Ok(())
    })
}

/// Resolves and checks the imports of `module` once, for `wrt_prelink_instantiate`. Later definitions do not reach it. It
/// is released with `wrt_release`.
///
/// Errors: as `wrt_linker_instantiate`, but for what happens in a store; `WRT_ERR_BUSY` when the store of an import is in
/// use. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_linker_prelink(
    linker: Option<&wrt_linker>,
    module: Option<&wrt_module>,
    out: Option<&mut MaybeUninit<*mut wrt_prelink>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let linker = linker.required("linker")?;
        let module = module.required("module")?;
        if !wasmtime::Engine::same(module.engine().inner(), linker.engine.inner()) {
            return Err(Failure::new(WRT_ERR_STORE, "module belongs to another engine than the linker"));
        }
        let out = out.required("out")?;
        let mut store: Option<Handle<Store>> = None;
        let definitions = linker.find(module)?;
        let needs = Needs::of(definitions.iter().map(|(_, definition)| definition));
        for (key, definition) in &definitions {
            if let Definition::Item(item) = definition
                && let Some(own) = item.store()
            {
                if store.as_ref().is_some_and(|store| !store.same(own)) {
                    let message = format!("{}.{} belongs to another store than an import before it", key.0, key.1);
                    return Err(Failure::new(WRT_ERR_STORE, message));
                }
                store = Some(own.clone());
            }
        }
        let resolved =
            linked(linker.engine.inner(), definitions.iter().map(|(key, definition)| (key, definition)), None)?;
        let linked =
            resolved.instantiate_pre(&module.wasmtime()?).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LINK))?;
        out.write(Handle::new(Prelink { linked, module: module.share(), needs, store }).hand_over());
        Ok(())
    })
}

/// Makes an instance in `store` from `prelink`: the fast way to many instances. It is released with `wrt_release`.
///
/// Errors: `WRT_ERR_STORE` when `store` is not that of the imports, or of another engine; `WRT_ERR_LIMIT`; whatever ends
/// the start function; `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_prelink_instantiate(
    prelink: Option<&wrt_prelink>,
    store: Option<&wrt_store>,
    out: Option<&mut MaybeUninit<*mut wrt_instance>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        // A start function may release the prelink.
        let prelink = prelink.required("prelink")?.share();
        let store = store.required("store")?;
        let out = out.required("out")?;
        let mut entry = prelink.enter(store)?;
        if entry.is_apart() {
            let ticket = Ticket::quiet();
            let start = prelink.begin(ticket.clone());
            out.write(Instance::finish(entry, &ticket, start)?.hand_over());
            return Ok(());
        }
        let instance = entry.run(WRT_ERR_LINK, |mut context| prelink.linked.instantiate(context.as_context_mut()))?;
        out.write(Handle::new(Instance::new(store.share(), instance, prelink.module.clone())).hand_over());
        Ok(())
    })
}

/// As `wrt_prelink_instantiate`, as a task, so that the start function may call suspending functions. When the task is
/// done, `wrt_instance_of_task` has the instance. `wake`, which may be NULL, is called as for `wrt_call_start`. The task is
/// released with `wrt_release`.
///
/// Errors: those of `wrt_prelink_instantiate` that come before anything runs; the others are the task's. The store's
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_prelink_instantiate_start(
    prelink: Option<&wrt_prelink>,
    store: Option<&wrt_store>,
    wake: wrt_wake_fn,
    env: *mut c_void,
    out: Option<&mut MaybeUninit<*mut wrt_task>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let prelink = prelink.required("prelink")?;
        let store = store.required("store")?;
        let out = out.required("out")?;
        drop(prelink.enter(store)?);
        let ticket = task::ticket(wake, env);
        let start = prelink.begin(ticket.clone());
        out.write(Task::start(store, ticket, None, start)?.hand_over());
        Ok(())
    })
}
