//! A program of WASI from start to end, as Rust's own embedding runs it.

use wasmtime::{Config, Engine, Error, InstancePre, Linker, Module, Result, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

use crate::rust::{pool, timed};

/// The program, compiled and linked.
pub struct Program(InstancePre<WasiP1Ctx>);

impl Program {
    pub fn new(pooling: bool) -> Result<Program> {
        let mut config = Config::new();
        if pooling {
            config.allocation_strategy(pool());
        }
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, include_bytes!("../../../tests/wasi/hello.wasm"))?;
        let mut linker = Linker::new(&engine);
        p1::add_to_linker_sync(&mut linker, |context| context)?;
        linker.instantiate_pre(&module).map(Program)
    }

    /// Runs it `n` times, each in a store of its own, and keeps what it writes; in nanoseconds.
    pub fn run(&self, n: i32) -> Result<u64> {
        timed(|| (0..n).try_for_each(|_| self.run_once()))
    }

    fn run_once(&self) -> Result<()> {
        let written = MemoryOutputPipe::new(1 << 20);
        let context = WasiCtxBuilder::new().args(&["hello"]).stdout(written.clone()).build_p1();
        let mut store = Store::new(self.0.module().engine(), context);
        let instance = self.0.instantiate(&mut store)?;
        match instance.get_typed_func::<(), ()>(&mut store, "_start")?.call(&mut store, ()) {
            Err(error) if error.downcast_ref::<I32Exit>().is_none_or(|exit| exit.0 != 0) => Err(error),
            _ if written.contents().is_empty() => Err(Error::msg("the program wrote nothing")),
            _ => Ok(()),
        }
    }
}
