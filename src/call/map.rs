//! Calls over columns. A function of plain values gets a kernel: a small module that calls it in a loop over its own memory,
//! so that an element costs what a call inside of WebAssembly does. Columns pass through that memory piece by piece.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::{Extern, Instance, Memory, ValRaw, ValType};

use super::{Call, wrt_column};
use crate::error::{Failure, Result, WRT_ERR_OTHER, WRT_ERR_PANIC, WRT_ERR_TYPE, WRT_ERR_UNSUPPORTED};
use crate::r#extern::Signature;
use crate::store::Entry;
use crate::types;
use crate::value::wrt_val;

/// How many elements pass at once: the columns of most functions fit into the first cache.
const PIECE: usize = 512;

/// The name of the kernels, which frames of a trap are told by.
const NAME: &str = "wrt-map";

/// A kernel in a store, for one function.
pub(super) struct Kernel {
    run: wasmtime::Func,
    memory: Memory,
    /// Where each column begins in the memory, parameters first.
    places: Vec<usize>,
    /// Whether it runs: the function may call what is mapped again.
    busy: AtomicBool,
}

/// Marks a kernel as running.
struct Running<'k>(&'k Kernel);

impl Kernel {
    fn begin(&self) -> Option<Running<'_>> {
        (!self.busy.swap(true, Ordering::Relaxed)).then(|| Running(self))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Relaxed);
    }
}

/// The name of a plain type, and its size in memory.
fn plain(ty: &ValType) -> Result<(&'static str, usize)> {
    Ok(match ty {
        ValType::I32 => ("i32", 4),
        ValType::I64 => ("i64", 8),
        ValType::F32 => ("f32", 4),
        ValType::F64 => ("f64", 8),
        ValType::V128 => ("v128", 16),
        ValType::Ref(_) => {
            return Err(Failure::new(WRT_ERR_UNSUPPORTED, "references are not mapped: call the function for each"));
        }
    })
}

/// The text of the kernel for a signature, and where its columns begin.
fn kernel_text(signature: &Signature) -> Result<(String, Vec<usize>)> {
    let types = signature.params.iter().chain(&signature.results).map(plain).collect::<Result<Vec<_>>>()?;
    // The first 16 bytes hold the number of the element.
    let mut end = 16;
    let mut places = Vec::with_capacity(types.len());
    for (_, size) in &types {
        places.push(end);
        end += size * PIECE;
    }
    let (params, results) = types.split_at(signature.params.len());
    let names = |types: &[(&str, usize)]| types.iter().map(|(name, _)| format!(" {name}")).collect::<String>();
    let address = |size: usize| format!("(i32.shl (local.get $i) (i32.const {}))", size.trailing_zeros());
    let mut text = format!("(module ${NAME} (import \"\" \"f\" (func $f (param{})", names(params));
    let _ = write!(text, " (result{}))) (memory (export \"memory\") {})", names(results), end.div_ceil(65536));
    text.push_str("(func (export \"run\") (param $n i32) (local $i i32)");
    for (index, (name, _)) in results.iter().enumerate() {
        let _ = write!(text, "(local $r{index} {name})");
    }
    text.push_str("(loop $next (i32.store (i32.const 0) (local.get $i)) (call $f");
    for ((name, size), place) in params.iter().zip(&places) {
        let _ = write!(text, " ({name}.load offset={place} {})", address(*size));
    }
    text.push(')');
    for index in (0..results.len()).rev() {
        let _ = write!(text, "(local.set $r{index})");
    }
    for (index, ((name, size), place)) in results.iter().zip(&places[params.len()..]).enumerate() {
        let _ = write!(text, "({name}.store offset={place} {} (local.get $r{index}))", address(*size));
    }
    text.push_str("(br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))))");
    Ok((text, places))
}

/// A column that was checked, and the size of its elements.
#[derive(Clone, Copy)]
struct Column {
    data: *mut u8,
    stride: usize,
    size: usize,
}

impl Column {
    /// The columns for values of these types.
    fn all(columns: &[wrt_column], types: &[ValType], count: usize, name: &str) -> Result<Vec<Column>> {
        let check = |(index, (column, ty)): (usize, (&wrt_column, &ValType))| {
            let (_, size) = plain(ty)?;
            if column.data.is_null() && count > 0 {
                return Err(Failure::argument(format_args!("{name}[{index}].data is NULL")));
            }
            if column.stride.checked_mul(count).is_none_or(|bytes| bytes > isize::MAX as usize) {
                return Err(Failure::argument(format_args!(
                    "{name}[{index}] is too long: {} * {count}",
                    column.stride
                )));
            }
            Ok(Column { data: column.data, stride: column.stride, size })
        };
        columns.iter().zip(types).enumerate().map(check).collect()
    }

    /// The address of an element.
    fn at(&self, index: usize) -> *mut u8 {
        self.data.wrapping_add(self.stride * index)
    }

    /// Copies `count` elements from `first` on to where they follow each other.
    ///
    /// # Safety
    /// The column has these elements, and there is room for them at `to`.
    unsafe fn gather(&self, first: usize, count: usize, to: *mut u8) {
        if self.stride == self.size {
            // SAFETY: as the caller vouches.
            return unsafe { std::ptr::copy_nonoverlapping(self.at(first), to, self.size * count) };
        }
        for index in 0..count {
            // SAFETY: as the caller vouches.
            unsafe { std::ptr::copy_nonoverlapping(self.at(first + index), to.add(self.size * index), self.size) };
        }
    }

    /// Copies `count` elements that follow each other to the column, from `first` on.
    ///
    /// # Safety
    /// The column has these elements, and so has `from`.
    unsafe fn scatter(&self, first: usize, count: usize, from: *const u8) {
        if self.stride == self.size {
            // SAFETY: as the caller vouches.
            return unsafe { std::ptr::copy_nonoverlapping(from, self.at(first), self.size * count) };
        }
        for index in 0..count {
            // SAFETY: as the caller vouches.
            unsafe { std::ptr::copy_nonoverlapping(from.add(self.size * index), self.at(first + index), self.size) };
        }
    }
}

/// Calls the function for each element of the columns; `done` counts those that succeeded.
pub(super) fn map(
    call: &Call,
    params: &[wrt_column],
    results: &[wrt_column],
    count: usize,
    done: &mut usize,
) -> Result<()> {
    let signature = &call.signature;
    if (params.len(), results.len()) != (signature.params.len(), signature.results.len()) {
        let (text, found) = (types::func_text(&signature.ty), (params.len(), results.len()));
        let message = format_args!("{text} cannot be mapped over {} columns to {}", found.0, found.1);
        return Err(Failure::new(WRT_ERR_TYPE, message));
    }
    let params = Column::all(params, &signature.params, count, "params")?;
    let results = Column::all(results, &signature.results, count, "results")?;
    // One budget for all of them, and a host function that releases the call does not end it.
    let _held = call.store.hold()?;
    if count > 1
        && let Some(kernel) = kernel(call)?
        && let Some(running) = kernel.begin()
    {
        return by_kernel(call, &running, &params, &results, count, done);
    }
    one_by_one(call, &params, &results, count, done)
}

/// The kernel for the function, where there can be one.
fn kernel(call: &Call) -> Result<Option<&Kernel>> {
    let mut entry = call.store.enter()?;
    if entry.is_apart() {
        return Ok(None);
    }
    if let Some(made) = call.kernel.get() {
        return Ok(made.as_ref());
    }
    if !entry.is_outermost() {
        return Ok(None);
    }
    let made = make(call, &mut entry)?;
    Ok(call.kernel.get_or_init(|| made).as_ref())
}

fn make(call: &Call, entry: &mut Entry<'_>) -> Result<Option<Kernel>> {
    let (text, places) = kernel_text(&call.signature)?;
    let Some(module) = call.store.engine().own_module(text) else { return Ok(None) };
    let instance = entry.exempt(|context| Instance::new(context, &module, &[call.func.into()]));
    // A function of a type of its own, a pool without room: it can be called for each.
    let Ok(instance) = instance else { return Ok(None) };
    let mut context = entry.context();
    let (run, memory) = (instance.get_func(&mut context, "run"), instance.get_export(&mut context, "memory"));
    match (run, memory) {
        (Some(run), Some(Extern::Memory(memory))) => {
            Ok(Some(Kernel { run, memory, places, busy: AtomicBool::new(false) }))
        }
        _ => Err(Failure::new(WRT_ERR_PANIC, "a kernel without its exports")),
    }
}

fn by_kernel(
    call: &Call,
    running: &Running<'_>,
    params: &[Column],
    results: &[Column],
    count: usize,
    done: &mut usize,
) -> Result<()> {
    let kernel = running.0;
    let (inputs, outputs) = kernel.places.split_at(params.len());
    while *done < count {
        let (first, piece) = (*done, PIECE.min(count - *done));
        let mut entry = call.store.enter()?;
        if entry.is_apart() {
            drop(entry);
            return one_by_one(call, params, results, count, done);
        }
        let memory = kernel.memory.data_ptr(entry.context());
        for (column, place) in params.iter().zip(inputs) {
            // A value that is the same for all stays where it is.
            if column.stride != 0 || first == 0 {
                // SAFETY: the caller vouches for the columns; the memory has room for a piece of each at its place.
                unsafe { column.gather(first, piece, memory.add(*place)) };
            }
        }
        // What ends the kernel before its first element finds none done, and not the last one of the piece before.
        // SAFETY: the kernel keeps the number of the element there; the memory never grows.
        unsafe { memory.cast::<u32>().write_unaligned(0) };
        let mut slots = [ValRaw::u32(piece as u32)];
        // SAFETY: the kernel takes an i32, belongs to this store, which has synchronous functions only, and no fiber runs.
        let outcome =
            entry.run(WRT_ERR_OTHER, |context| unsafe { kernel.run.call_unchecked(context, &raw mut slots[..]) });
        let succeeded = match &outcome {
            Ok(()) => piece,
            // SAFETY: as above.
            Err(_) => (unsafe { memory.cast::<u32>().read_unaligned() } as usize).min(piece),
        };
        for (column, place) in results.iter().zip(outputs) {
            // SAFETY: as above.
            unsafe { column.scatter(first, succeeded, memory.add(*place)) };
        }
        *done += succeeded;
        outcome.map_err(without_kernel)?;
    }
    Ok(())
}

/// The failure without the frame of the kernel.
#[cold]
fn without_kernel(failure: Failure) -> Failure {
    let is_kernel =
        |name: &Option<std::ffi::CString>| name.as_ref().is_some_and(|name| name.as_bytes() == NAME.as_bytes());
    failure.with(|report| {
        report.frames = report.frames.iter().filter(|frame| !is_kernel(&frame.module_name)).cloned().collect();
    })
}

fn one_by_one(call: &Call, params: &[Column], results: &[Column], count: usize, done: &mut usize) -> Result<()> {
    let mut slots = vec![wrt_val::default(); call.slots];
    while *done < count {
        for (slot, column) in slots.iter_mut().zip(params) {
            *slot = wrt_val::default();
            // SAFETY: the caller vouches for the column; a slot has room for every plain value.
            unsafe { column.gather(*done, 1, (&raw mut *slot).cast()) };
        }
        call.invoke(&mut slots)?;
        for (slot, column) in slots.iter().zip(results) {
            // SAFETY: as above.
            unsafe { column.scatter(*done, 1, (&raw const *slot).cast()) };
        }
        *done += 1;
    }
    Ok(())
}
