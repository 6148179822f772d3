//! The host module `spectest` that scripts import from.

use std::ffi::c_void;

use wrt::*;

use crate::handle::{Owned, Result, call, chars, make};

/// Functions that print what they get; nobody reads it.
const PRINTERS: &[(&str, &str)] = &[
    ("print", "(func)"),
    ("print_i32", "(func (param i32))"),
    ("print_i64", "(func (param i64))"),
    ("print_f32", "(func (param f32))"),
    ("print_f64", "(func (param f64))"),
    ("print_i32_f32", "(func (param i32 f32))"),
    ("print_f64_f64", "(func (param f64 f64))"),
];

extern "C" fn print(_: *mut c_void, _: *mut wrt_caller, _: *mut wrt_val, _: usize, _: *mut wrt_error) -> i32 {
    WRT_OK
}

pub fn define(engine: &wrt_engine, store: &wrt_store, linker: &wrt_linker) -> Result<()> {
    let (engine, store, linker) = (Some(engine), Some(store), Some(linker));
    let (module, module_len) = chars("spectest");
    let parse = |ty: &str| {
        let (text, len) = chars(ty);
        make(|out, error| wrt_type_parse(engine, text, len, out, error))
    };
    for (name, ty) in PRINTERS {
        let ((name, len), ty) = (chars(name), parse(ty)?);
        let (env, drop) = (std::ptr::null_mut(), None);
        call(|error| {
            wrt_linker_define_func(linker, module, module_len, name, len, ty.get(), Some(print), env, drop, error)
        })?;
    }
    let define = |name: &str, item: Owned<wrt_extern>| {
        let (name, len) = chars(name);
        call(|error| wrt_linker_define(linker, module, module_len, name, len, item.get(), error))
    };
    let globals = [
        ("global_i32", "(global i32)", 666),
        ("global_i64", "(global i64)", 666),
        ("global_f32", "(global f32)", u64::from(666.6f32.to_bits())),
        ("global_f64", "(global f64)", 666.6f64.to_bits()),
    ];
    for (name, ty, bits) in globals {
        let (ty, init) = (parse(ty)?, wrt_val { lo: bits, hi: 0 });
        define(name, make(|out, error| wrt_global_new(store, ty.get(), Some(&init), out, error))?)?;
    }
    let null = wrt_val::default();
    for (name, ty) in [("table", "(table 10 20 funcref)"), ("table64", "(table i64 10 20 funcref)")] {
        let ty = parse(ty)?;
        define(name, make(|out, error| wrt_table_new(store, ty.get(), Some(&null), out, error))?)?;
    }
    let ty = parse("(memory 1 2)")?;
    define("memory", make(|out, error| wrt_memory_new(store, ty.get(), out, error))?)?;
    let ty = parse("(memory 1 2 shared)")?;
    define("shared_memory", make(|out, error| wrt_memory_new_shared(engine, ty.get(), out, error))?)
}
