//! The functions of WASI, preview 1 and its predecessor, as a linker of Wasmtime has them.

use wasmtime::{FuncType, StoreContextMut};
use wasmtime_wasi::{WasiCtxBuilder, p0, p1};

use super::Key;
use crate::error::{Failure, Result, WRT_ERR_EXIT, WRT_ERR_LINK};
use crate::store::Data;
use crate::trap;

/// The modules from which programs import them.
const MODULES: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

/// All functions, for the linkers of one engine.
pub(super) struct Functions {
    pub linker: wasmtime::Linker<Data>,
}

impl Functions {
    /// The functions, and the type of each by its name.
    pub fn new(engine: &wasmtime::Engine) -> Result<(Functions, Vec<(Key, FuncType)>)> {
        let mut linker = wasmtime::Linker::new(engine);
        linker.allow_shadowing(true);
        let add = |linker: &mut wasmtime::Linker<Data>| {
            p1::add_to_linker_async(linker, Data::wasi)?;
            p0::add_to_linker_async(linker, Data::wasi)?;
            for module in MODULES {
                // Wasmtime takes statuses below 126 only, and programs end with others.
                linker.func_wrap(module, "proc_exit", |status: i32| -> wasmtime::Result<()> { Err(exit(status)) })?;
            }
            types(engine)
        };
        let types = add(&mut linker).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LINK))?;
        Ok((Functions { linker }, types))
    }

    /// One of the functions, in a store.
    pub fn get(&self, context: &mut StoreContextMut<'_, Data>, key: &Key) -> Result<wasmtime::Extern> {
        self.linker.get(context, &key.0, &key.1).map_err(|e| trap::from_wasmtime(&e, WRT_ERR_LINK))
    }
}

/// The type of each function, in an order that does not change.
fn types(engine: &wasmtime::Engine) -> wasmtime::Result<Vec<(Key, FuncType)>> {
    let mut linker = wasmtime::Linker::new(engine);
    p1::add_to_linker_async(&mut linker, |context| context)?;
    p0::add_to_linker_async(&mut linker, |context| context)?;
    let mut store = wasmtime::Store::try_new(engine, WasiCtxBuilder::new().build_p1())?;
    let items: Vec<_> =
        linker.iter(&mut store).map(|(module, name, item)| ((module.to_owned(), name.to_owned()), item)).collect();
    let mut types: Vec<_> =
        items.into_iter().filter_map(|(key, item)| Some((key, item.into_func()?.ty(&store)))).collect();
    types.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(types)
}

/// What a program ends with that ends itself.
fn exit(status: i32) -> wasmtime::Error {
    let failure = Failure::new(WRT_ERR_EXIT, format_args!("the program ended with status {status}"));
    trap::into_wasmtime(failure.with(|report| report.exit_code = status))
}

/// Whether programs import WASI from a module of this name.
pub(super) fn is_module(name: &str) -> bool {
    MODULES.contains(&name)
}
