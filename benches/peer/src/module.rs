//! Rust's own way from the bytes of a module to the end of a long call, for modules that the benchmark names.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::slice;
use std::time::Instant;

use wasmtime::{Config, Engine, Instance, Module, Result, Store, TypedFunc, WasmBacktraceDetails};

/// What a loop returns that failed.
const FAILED: u64 = u64::MAX;

fn said<T>(result: Result<T>) -> Option<T> {
    result.inspect_err(|error| eprintln!("peer: {error:?}")).ok()
}

/// An engine with the settings that libwrt has by default. `epochs` is the setting that the Julia package may choose.
#[unsafe(no_mangle)]
pub extern "C" fn peer_engine_new(epochs: i32) -> Option<Box<Engine>> {
    let mut config = Config::new();
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable).epoch_interruption(epochs != 0);
    said(Engine::new(&config)).map(Box::new)
}

/// What `wrt_engine_fingerprint` says of an engine that makes the same machine code.
#[unsafe(no_mangle)]
pub extern "C" fn peer_engine_fingerprint(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// # Safety
/// There are `len` bytes at `wasm`, for as long as the result is used.
unsafe fn bytes<'a>(wasm: *const u8, len: usize) -> &'a [u8] {
    // SAFETY: the caller says so.
    unsafe { slice::from_raw_parts(wasm, len) }
}

/// Nanoseconds of `n` times `Module::new`; dropping the module is not counted.
///
/// # Safety
/// There are `len` bytes at `wasm`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_loop_compile(engine: &Engine, wasm: *const u8, len: usize, n: i32) -> u64 {
    // SAFETY: the caller says so.
    let wasm = unsafe { bytes(wasm, len) };
    let mut ns = 0;
    for _ in 0..n {
        let start = Instant::now();
        let Some(module) = said(Module::new(engine, wasm)) else { return FAILED };
        ns += start.elapsed().as_nanos() as u64;
        drop(module);
    }
    ns
}

/// A function `kernel` of a number, in an instance.
pub struct Kernel {
    store: Store<()>,
    kernel: Result<TypedFunc<i32, i64>, TypedFunc<i32, f64>>,
}

impl Kernel {
    fn new(engine: &Engine, wasm: &[u8]) -> Result<Kernel> {
        let module = Module::new(engine, wasm)?;
        let mut store = Store::new(engine, ());
        // No effect where the engine has no epochs.
        store.set_epoch_deadline(1 << 60);
        let instance = Instance::new(&mut store, &module, &[])?;
        let kernel = match instance.get_typed_func(&mut store, "kernel") {
            Ok(integer) => Ok(integer),
            Err(_) => Err(instance.get_typed_func(&mut store, "kernel")?),
        };
        Ok(Kernel { store, kernel })
    }

    /// The bits of the result.
    fn call(&mut self, size: i32) -> Result<u64> {
        match &self.kernel {
            Ok(integer) => integer.call(&mut self.store, size).map(i64::cast_unsigned),
            Err(float) => float.call(&mut self.store, size).map(f64::to_bits),
        }
    }

    fn check(&mut self, size: i32, expected: u64) -> Result<()> {
        let found = self.call(size)?;
        if found == expected {
            return Ok(());
        }
        Err(wasmtime::Error::msg(format!("the kernel returned {found:#x}, not {expected:#x}")))
    }
}

/// The kernel of the module `wasm`; NULL when it cannot be made. It lives as long as the process.
///
/// # Safety
/// There are `len` bytes at `wasm`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_kernel_new(engine: &Engine, wasm: *const u8, len: usize) -> Option<Box<Kernel>> {
    // SAFETY: the caller says so.
    said(Kernel::new(engine, unsafe { bytes(wasm, len) })).map(Box::new)
}

/// Nanoseconds of `n` calls, of which each must return the bits `expected`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop_kernel(kernel: &mut Kernel, size: i32, expected: u64, n: i32) -> u64 {
    let start = Instant::now();
    for _ in 0..n {
        if said(kernel.check(size, expected)).is_none() {
            return FAILED;
        }
    }
    start.elapsed().as_nanos() as u64
}
