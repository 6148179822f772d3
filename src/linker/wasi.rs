//! The functions of WASI, preview 1 and its predecessor, as a linker of Wasmtime has them.

use std::time::Duration;

use wasmtime::{AsContextMut, Caller, Extern, FuncType, StoreContextMut};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{WasiCtxBuilder, p0, p1};
use wiggle::{GuestMemory, GuestPtr};

use super::Key;
use crate::error::{Failure, Result, WRT_ERR_EXIT, WRT_ERR_LINK};
use crate::store::Data;
use crate::trap;

/// The modules from which programs import them.
const MODULES: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

/// Defines `poll_oneoff` of one preview: a program that does nothing but sleep for a while suspends. Wasmtime's own blocks the
/// thread where it may use files on it.
macro_rules! sleeping {
    ($linker:expr, $module:expr, $preview:ident, $functions:ident) => {
        $linker.func_wrap_async(
            $module,
            "poll_oneoff",
            |mut caller: Caller<'_, Data>, (subscriptions, events, count, found): (i32, i32, i32, i32)| {
                Box::new(async move {
                    use wasmtime_wasi::$preview::types;

                    if count == 1 {
                        let export = caller.get_export("memory");
                        let (mut memory, _) = memory(&mut caller, export.as_ref())?;
                        // What cannot be read is refused by Wasmtime's own.
                        let wanted = memory.read(GuestPtr::<types::Subscription>::new(subscriptions as u32));
                        if let Ok(types::Subscription { userdata, u: types::SubscriptionU::Clock(clock) }) = wanted
                            && clock.flags.is_empty()
                        {
                            if !matches!(clock.id, types::Clockid::Realtime | types::Clockid::Monotonic) {
                                return Ok(types::Errno::Inval as i32);
                            }
                            let event = types::Event {
                                userdata,
                                error: types::Errno::Success,
                                type_: types::Eventtype::Clock,
                                fd_readwrite: types::EventFdReadwrite {
                                    nbytes: 0,
                                    flags: types::Eventrwflags::empty(),
                                },
                            };
                            // Nobody sees them before the time is over, and bad places are found now.
                            memory.write(GuestPtr::new(events as u32), event)?;
                            memory.write(GuestPtr::new(found as u32), 1u32)?;
                            if clock.timeout > 0 {
                                tokio::time::sleep(Duration::from_nanos(clock.timeout)).await;
                            }
                            return Ok(types::Errno::Success as i32);
                        }
                    }
                    let export = caller.get_export("memory");
                    let (mut memory, context) = memory(&mut caller, export.as_ref())?;
                    let polled = wasmtime_wasi::$preview::$functions::poll_oneoff(
                        context,
                        &mut memory,
                        subscriptions,
                        events,
                        count,
                        found,
                    );
                    polled.await
                })
            },
        )?
    };
}

/// The memory of a program, and what WASI has for it.
fn memory<'a>(
    caller: &'a mut Caller<'_, Data>,
    export: Option<&'a Extern>,
) -> wasmtime::Result<(GuestMemory<'a>, &'a mut WasiP1Ctx)> {
    use p1::wasi_snapshot_preview1::WasiSnapshotPreview1;

    let fuel = caller.as_context_mut().hostcall_fuel();
    let (memory, context) = match export {
        Some(Extern::Memory(memory)) => {
            let (bytes, data) = memory.data_and_store_mut(caller);
            (GuestMemory::Unshared(bytes), data.wasi())
        }
        Some(Extern::SharedMemory(memory)) => (GuestMemory::Shared(memory.data()), caller.data_mut().wasi()),
        _ => wasmtime::bail!("missing required memory export"),
    };
    context.set_hostcall_fuel(fuel);
    Ok((memory, context))
}

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
            sleeping!(linker, MODULES[0], p1, wasi_snapshot_preview1);
            sleeping!(linker, MODULES[1], p0, wasi_unstable);
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
