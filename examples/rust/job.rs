//! Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. From the
//! header, by bindgen; a program that wants no C between itself and Wasmtime takes the crate `wasmtime`.
//!
//!     bindgen --default-macro-constant-type signed include/wrt.h -o examples/rust/wrt.rs
//!     rustc --edition 2024 examples/rust/job.rs -L target/release -l wrt -C link-arg=-Wl,-rpath,"$PWD/target/release"
//!     ./job examples/job.wat
mod glue;
#[allow(warnings)]
mod wrt;

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use glue::{Failure, Handle, check, make};
use wrt::*;

/// A panic must not leave a host function; `extern "C"` sees to that by ending the process.
unsafe extern "C" fn twice(
    _env: *mut c_void,
    _caller: *mut wrt_caller,
    slots: *mut wrt_val,
    _nslots: usize,
    error: *mut wrt_error,
) -> i32 {
    let slot = unsafe { &mut *slots };
    let Some(number) = u32::try_from(slot.lo as i32).ok() else {
        let reason = "twice takes no negative number";
        unsafe { wrt_error_set(error, WRT_ERR_HOST, reason.as_ptr().cast(), reason.len()) };
        return WRT_ERR_HOST;
    };
    slot.lo = u64::from(number * 2);
    WRT_OK
}

fn call(func: &Handle<wrt_func>, name: &str, a: i32, b: i32) {
    let args = [a, b].map(|number| wrt_val { lo: number as u32 as u64, hi: 0 });
    let mut result = wrt_val { lo: 0, hi: 0 };
    match check(|error| unsafe { wrt_func_call(func.0, args.as_ptr(), args.len(), &mut result, 1, error) }) {
        Ok(()) => println!("{name}({a}, {b}) = {}", result.lo as i32),
        Err(failure) => println!("{name}({a}, {b}) fails: {failure}"),
    }
}

fn job(path: &str) -> Result<(), Failure> {
    let signature = "(func (param i32) (result i32))";
    let engine = make(|out, e| unsafe { wrt_engine_new(null(), out, e) })?;
    let module = make(|out, e| unsafe { wrt_module_from_file(engine.0, path.as_ptr().cast(), path.len(), out, e) })?;
    let store = make(|out, e| unsafe { wrt_store_new(engine.0, null_mut(), None, out, e) })?;
    let kind = make(|out, e| unsafe { wrt_type_parse(engine.0, signature.as_ptr().cast(), signature.len(), out, e) })?;
    let host = make(|out, e| unsafe { wrt_func_new(store.0, kind.0, Some(twice), null_mut(), None, out, e) })?;
    let imports = [host.0.cast_const()];
    let instance = make(|out, e| unsafe { wrt_instance_new(store.0, module.0, imports.as_ptr(), 1, out, e) })?;
    let export = |name: &str| {
        make(|out, e| unsafe { wrt_instance_export(instance.0, name.as_ptr().cast(), name.len(), out, e) })
    };
    let (sum, average, memory) = (export("sum")?, export("average")?, export("memory")?);

    call(&sum, "sum", 20, 2);
    let mut bytes = [0; 22];
    check(|e| unsafe { wrt_memory_read(memory.0, 16, bytes.as_mut_ptr(), bytes.len(), e) })?;
    println!("{}", String::from_utf8_lossy(&bytes));
    call(&sum, "sum", -1, 2);
    call(&average, "average", 42, 0);
    check(|e| unsafe { wrt_close(store.0.cast(), e) })?;
    call(&sum, "sum", 20, 2);
    Ok(())
}

fn main() {
    let path = std::env::args().nth(1).unwrap_or_else(|| "examples/job.wat".to_owned());
    if let Err(failure) = job(&path) {
        eprintln!("{failure}");
        std::process::exit(1);
    }
    println!("{} objects are left", unsafe { wrt_live_count() });
}
