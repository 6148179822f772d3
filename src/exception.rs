//! Exceptions: thrown by WebAssembly or by the host, caught by either.
//!
//! An exception that nothing catches is a failure of status `WRT_ERR_EXCEPTION`, which holds it. A host function that fails
//! with such a failure throws the exception on, and WebAssembly can catch it.

use std::mem::MaybeUninit;
use std::sync::Arc;

use wasmtime::{
    AsContextMut, ExnRef, ExnRefPre, ExnType, ExternType, OwnedRooted, Ref, RootScope, Rooted, StoreContextMut, Tag,
    Val,
};

use crate::boundary::{self, Required};
use crate::error::{
    Failure, Report, Result, Thrown, WRT_ERR_EXCEPTION, WRT_ERR_NOT_FOUND, WRT_ERR_OTHER, WRT_ERR_TYPE, counted,
};
use crate::r#extern::{Extern, wrt_tag};
use crate::fault::wrt_error;
use crate::handle::Handle;
use crate::reference::{self, Owed, Reference};
use crate::store::{Data, wrt_store};
use crate::trap::{self, Catch};
use crate::types;
use crate::value::wrt_val;

fn refused(error: wasmtime::Error) -> Failure {
    trap::from_wasmtime(&error, WRT_ERR_OTHER)
}

impl Catch for Data {
    fn catch(mut context: StoreContextMut<'_, Data>, exception: Rooted<ExnRef>) -> Result<Failure> {
        let message = message(&mut context, exception).map_err(refused)?;
        let owned = exception.to_owned_rooted(&mut context).map_err(refused)?;
        let passed = context.data_mut().passed.take();
        let same = |passed: &Passed| OwnedRooted::ref_eq(&context, &passed.exception, &owned).unwrap_or(false);
        let passed = passed.filter(|passed| same(passed)).map(|passed| passed.report);
        let thrown = thrown(&mut context, Reference::Exn(owned));
        let failure = match passed {
            Some(report) => Failure::from_report(report),
            None => Failure::new(WRT_ERR_EXCEPTION, message),
        };
        Ok(failure.with(|report| report.exception = Some(thrown)))
    }
}

/// An exception that a host function threw, and what was known of it: nothing of that goes with it through WebAssembly.
pub(crate) struct Passed {
    exception: OwnedRooted<ExnRef>,
    report: Report,
}

/// Keeps an exception for as long as a failure has it.
fn thrown(context: &mut StoreContextMut<'_, Data>, exception: Reference) -> Thrown {
    let data = context.data_mut();
    let id = data.references.insert_lasting(exception);
    Thrown::new(id, Arc::new(Owed::new(data.home.store(), vec![id])))
}

fn message(context: &mut StoreContextMut<'_, Data>, exception: Rooted<ExnRef>) -> wasmtime::Result<String> {
    let tag = exception.tag(&mut *context)?;
    let ty = types::item_text(&ExternType::Tag(tag.ty(&*context)));
    let values = exception.fields(&mut *context)?.map(|value| match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(bits) => f32::from_bits(bits).to_string(),
        Val::F64(bits) => f64::from_bits(bits).to_string(),
        Val::V128(value) => format!("{:#034x}", value.as_u128()),
        value => if value.ref_().is_none_or(|found| found.is_null()) { "null" } else { "a reference" }.to_owned(),
    });
    let values = values.collect::<Vec<_>>().join(", ");
    let with = if values.is_empty() { "" } else { ": " };
    Ok(format!("uncaught exception of type {ty}{with}{values}"))
}

/// The error to return to Wasmtime from a host function that failed in `context`: an exception is thrown on.
pub(crate) fn into_wasmtime(context: StoreContextMut<'_, Data>, failure: Failure) -> wasmtime::Error {
    let report = failure.report();
    let Some(thrown) = report.exception.as_ref().filter(|_| report.status == WRT_ERR_EXCEPTION) else {
        return trap::into_wasmtime(failure);
    };
    let mut scope = RootScope::new(context);
    let mut context = scope.as_context_mut();
    match context.data().references.get(thrown.id, "exception").ok().flatten().cloned() {
        Some(Reference::Exn(exception)) => {
            // Without what keeps the exception: that would keep the store, too.
            let report = Report { exception: None, ..failure.report().clone() };
            context.data_mut().passed = Some(Box::new(Passed { exception: exception.clone(), report }));
            let exception = exception.to_rooted(&mut context);
            context.throw::<()>(exception).err().unwrap_or_else(|| trap::into_wasmtime(failure))
        }
        // That of another store.
        _ => trap::into_wasmtime(failure),
    }
}

/// The exception behind an id.
fn find(context: &mut StoreContextMut<'_, Data>, id: u64) -> Result<Rooted<ExnRef>> {
    match reference::find(context, id)? {
        Ref::Exn(Some(exception)) => Ok(exception),
        found => Err(reference::misfit(context, &found, "an exception")),
    }
}

/// Makes an exception of `tag` with the values `fields`, and an id for it, dropped with `wrt_ref_drop`. Ids among the fields
/// stay the caller's. `wrt_error_set_exception` throws it from a host function.
///
/// Errors: `WRT_ERR_TYPE` when `fields` do not fit the tag; `WRT_ERR_STORE` when that belongs to another store;
/// `WRT_ERR_LIMIT` when the collector's heap is full; `WRT_ERR_NOT_FOUND` for a stale or foreign id; `WRT_ERR_CLOSED`,
/// `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_new_exn(
    store: Option<&wrt_store>,
    tag: Option<&wrt_tag>,
    fields: *const wrt_val,
    nfields: usize,
    out: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let (home, tag) = tag.required("tag")?.tag("tag")?;
        store.check_same(home, "tag")?;
        let slots = boundary::slice(fields, nfields, "fields")?;
        let out = out.required("out")?;
        let id = store.enter()?.scoped(|context| {
            let ty = tag.ty(&*context);
            if ty.ty().params().len() != nfields {
                let (text, count) = (types::item_text(&ExternType::Tag(ty.clone())), ty.ty().params().len());
                let message = format_args!("{text} has {}, not {nfields}", counted(count, "value"));
                return Err(Failure::new(WRT_ERR_TYPE, message));
            }
            let values = slots.iter().zip(ty.ty().params()).enumerate();
            let values = values.map(|(i, (slot, ty))| reference::to_val(context, slot, &ty, &format!("field {i}")));
            let values = values.collect::<Result<Vec<_>>>()?;
            let allocator = ExnType::from_tag_type(&ty).map_err(refused)?;
            let allocator = ExnRefPre::new(&mut *context, allocator);
            let exception = ExnRef::new(&mut *context, &allocator, &tag, &values).map_err(refused)?;
            reference::from_ref(context, Ref::Exn(Some(exception)))
        })?;
        out.write(id);
        Ok(())
    })
}

/// Makes a handle of the tag of the exception `reference`. It is released with `wrt_release`.
///
/// Errors: `WRT_ERR_TYPE` when the reference is null or no exception; `WRT_ERR_NOT_FOUND` for a stale or foreign id;
/// `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_ref_exn_tag(
    store: Option<&wrt_store>,
    reference: u64,
    out: Option<&mut MaybeUninit<*mut wrt_tag>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let store = store.required("store")?;
        let out = out.required("out")?;
        let tag: Tag = store.enter()?.scoped(|context| {
            let exception = find(context, reference)?;
            exception.tag(context).map_err(refused)
        })?;
        out.write(Handle::new(Extern::Tag(store.share(), tag)).hand_over());
        Ok(())
    })
}

/// Writes the id of the exception in `error`, whose status is `WRT_ERR_EXCEPTION`, to `reference`. It is borrowed, valid
/// until the error is cleared: `wrt_ref_clone` makes one that lasts. It belongs to the store of the call.
///
/// Returns `WRT_ERR_NOT_FOUND` when the error holds none, `WRT_ERR_ARGUMENT` for NULL. Any thread that owns the error.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_exception(error: Option<&wrt_error>, reference: Option<&mut MaybeUninit<u64>>) -> i32 {
    boundary::call(None, || {
        let failure = error.required("error")?.failure();
        let out = reference.required("reference")?;
        let thrown = failure.and_then(|failure| failure.report().exception.clone());
        out.write(thrown.ok_or_else(|| Failure::new(WRT_ERR_NOT_FOUND, "the error holds no exception"))?.id);
        Ok(())
    })
}

/// Fills `error` from a host callback, which then returns `WRT_ERR_EXCEPTION`: the exception `reference` of `store` is thrown,
/// and WebAssembly can catch it. The id stays the caller's.
///
/// Returns `WRT_OK`; `WRT_ERR_TYPE` when the reference is null or no exception, `WRT_ERR_NOT_FOUND` for a stale or foreign id,
/// `WRT_ERR_ARGUMENT` for NULL, `WRT_ERR_CLOSED`, `WRT_ERR_BUSY`. The store's thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_error_set_exception(
    error: Option<&mut wrt_error>,
    store: Option<&wrt_store>,
    reference: u64,
) -> i32 {
    boundary::call(None, || {
        let error = error.ok_or_else(|| Failure::null("error"))?;
        let failure = store.required("store")?.enter()?.scoped(|context| {
            let exception = find(context, reference)?;
            Data::catch(context.as_context_mut(), exception)
        })?;
        error.fill(failure);
        Ok(())
    })
}
