//! Rust's own way into Wasmtime: what a Rust program would write, n times.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use wasmtime::{
    Caller, Config, Enabled, Engine, Func, FuncType, InstanceAllocationStrategy, InstancePre, Linker, Module,
    PoolingAllocationConfig, Result, Store, TypedFunc, Val, ValRaw, ValType,
};

use crate::program::Program;

/// An instance, and what is called in it.
pub struct Peer {
    store: Store<()>,
    add: TypedFunc<(i32, i32), i32>,
    add_untyped: Func,
    /// `run` where the host function was defined with `func_wrap`.
    run_wrapped: TypedFunc<i32, i32>,
    /// `run` where the host function reads its slots itself.
    run_unchecked: TypedFunc<i32, i32>,
    /// `run` where the host function suspends before it answers, in a store of its own: all calls there are asynchronous.
    suspending: Store<()>,
    run_suspending: TypedFunc<i32, i32>,
    /// The same where the types of the host function are known at run time only.
    run_dynamic: TypedFunc<i32, i32>,
    on_demand: InstancePre<()>,
    pooling: InstancePre<()>,
    /// The program of WASI, on demand and pooling.
    programs: [Program; 2],
}

impl Peer {
    pub fn new() -> Result<Peer> {
        let engine = Engine::default();
        let on_demand = prelink(&engine)?;
        let pooling = prelink(&Engine::new(Config::new().allocation_strategy(pool()))?)?;
        let mut store = Store::new(&engine, ());
        let wrapped = on_demand.instantiate(&mut store)?;
        let mut linker = Linker::new(&engine);
        let ty = FuncType::new(&engine, [ValType::I32, ValType::I32], [ValType::I32]);
        // SAFETY: the function reads two i32 and writes one, as its type says.
        unsafe { linker.func_new_unchecked("env", "add", ty, add_slots)? };
        let unchecked = linker.instantiate(&mut store, on_demand.module())?;
        let add = wrapped.get_typed_func(&mut store, "add")?;
        let add_untyped = *add.func();
        let run_wrapped = wrapped.get_typed_func(&mut store, "run")?;
        let run_unchecked = unchecked.get_typed_func(&mut store, "run")?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("env", "add", |_, (a, b): (i32, i32)| {
            Box::new(async move {
                suspend_once().await;
                a.wrapping_add(b)
            })
        })?;
        let mut suspending = Store::new(&engine, ());
        let instance = finish(linker.instantiate_async(&mut suspending, on_demand.module()))?;
        let run_suspending = instance.get_typed_func(&mut suspending, "run")?;
        let mut linker = Linker::new(&engine);
        let ty = FuncType::new(&engine, [ValType::I32, ValType::I32], [ValType::I32]);
        linker.func_new_async("env", "add", ty, |_, params, results| {
            Box::new(async move {
                suspend_once().await;
                results[0] = Val::I32(params[0].unwrap_i32().wrapping_add(params[1].unwrap_i32()));
                Ok(())
            })
        })?;
        let instance = finish(linker.instantiate_async(&mut suspending, on_demand.module()))?;
        let run_dynamic = instance.get_typed_func(&mut suspending, "run")?;
        Ok(Peer {
            store,
            add,
            add_untyped,
            run_wrapped,
            run_unchecked,
            suspending,
            run_suspending,
            run_dynamic,
            on_demand,
            pooling,
            programs: [Program::new(false)?, Program::new(true)?],
        })
    }

    /// The loop that `benches/run.jl` calls `name`.
    pub fn by_name(&mut self, name: &str, n: i32) -> Result<u64> {
        match name {
            "typed_call" => self.typed_call(n),
            "unchecked_call" => self.unchecked_call(n),
            "dynamic_call" => self.dynamic_call(n),
            "async_call" => self.async_call(n),
            "dynamic_async_call" => self.dynamic_async_call(n),
            "host_suspending" => self.suspending_host_calls(n, true),
            "host_suspending_dynamic" => self.suspending_host_calls(n, false),
            "host_wrapped" => self.host_calls(n, true),
            "host_unchecked" => self.host_calls(n, false),
            "instantiate" => self.instantiate(n, false),
            "instantiate_pooling" => self.instantiate(n, true),
            "program" => self.programs[0].run(n),
            "program_pooling" => self.programs[1].run(n),
            _ => Err(wasmtime::Error::msg(format!("there is no loop named {name}"))),
        }
    }

    /// `n` calls of `add` by `TypedFunc::call`, in nanoseconds.
    fn typed_call(&mut self, n: i32) -> Result<u64> {
        timed(|| {
            for i in 0..n {
                std::hint::black_box(self.add.call(&mut self.store, (i, 1))?);
            }
            Ok(())
        })
    }

    /// The same by `Func::call_unchecked`.
    fn unchecked_call(&mut self, n: i32) -> Result<u64> {
        timed(|| {
            for i in 0..n {
                let mut slots = [ValRaw::i32(i), ValRaw::i32(1)];
                // SAFETY: two slots, which hold the i32 that `add` takes.
                unsafe { self.add_untyped.call_unchecked(&mut self.store, &raw mut slots)? };
                std::hint::black_box(slots[0].get_i32());
            }
            Ok(())
        })
    }

    /// The same by `Func::call`.
    fn dynamic_call(&mut self, n: i32) -> Result<u64> {
        timed(|| {
            for i in 0..n {
                let mut results = [Val::I32(0)];
                self.add_untyped.call(&mut self.store, &[Val::I32(i), Val::I32(1)], &mut results)?;
                std::hint::black_box(results);
            }
            Ok(())
        })
    }

    /// The same by `TypedFunc::call_async`, each polled to its end.
    fn async_call(&mut self, n: i32) -> Result<u64> {
        timed(|| {
            for i in 0..n {
                std::hint::black_box(finish(self.add.call_async(&mut self.store, (i, 1)))?);
            }
            Ok(())
        })
    }

    /// The same by `Func::call_async`.
    fn dynamic_async_call(&mut self, n: i32) -> Result<u64> {
        timed(|| {
            for i in 0..n {
                let mut results = [Val::I32(0)];
                let args = [Val::I32(i), Val::I32(1)];
                finish(self.add_untyped.call_async(&mut self.store, &args, &mut results))?;
                std::hint::black_box(results);
            }
            Ok(())
        })
    }

    /// `n` calls of a host function that suspends, from one call of WebAssembly, in nanoseconds.
    fn suspending_host_calls(&mut self, n: i32, typed: bool) -> Result<u64> {
        let run = if typed { &self.run_suspending } else { &self.run_dynamic };
        timed(|| match finish(run.call_async(&mut self.suspending, n))? {
            sum if sum == n => Ok(()),
            sum => Err(wasmtime::Error::msg(format!("the host was called {sum} times, not {n}"))),
        })
    }

    /// `n` calls of a host function, from one call of WebAssembly, in nanoseconds.
    fn host_calls(&mut self, n: i32, wrapped: bool) -> Result<u64> {
        let run = if wrapped { &self.run_wrapped } else { &self.run_unchecked };
        timed(|| match run.call(&mut self.store, n)? {
            sum if sum == n => Ok(()),
            sum => Err(wasmtime::Error::msg(format!("the host was called {sum} times, not {n}"))),
        })
    }

    /// `n` times a store and an instance in it, made and dropped, in nanoseconds.
    fn instantiate(&mut self, n: i32, pooling: bool) -> Result<u64> {
        let pre = if pooling { &self.pooling } else { &self.on_demand };
        timed(|| {
            for _ in 0..n {
                let mut store = Store::new(pre.module().engine(), ());
                std::hint::black_box(pre.instantiate(&mut store)?);
            }
            Ok(())
        })
    }
}

/// A pool with the settings of libwrt's.
pub fn pool() -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(65_536).table_keep_resident(16_384).pagemap_scan(Enabled::Auto);
    InstanceAllocationStrategy::Pooling(pool)
}

/// Comes back once before it goes on.
async fn suspend_once() {
    let mut first = true;
    poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

fn prelink(engine: &Engine) -> Result<InstancePre<()>> {
    let module = Module::new(engine, include_str!("../../module.wat"))?;
    let mut linker = Linker::new(engine);
    linker.func_wrap("env", "add", |a: i32, b: i32| a.wrapping_add(b))?;
    linker.instantiate_pre(&module)
}

fn add_slots(_: Caller<'_, ()>, slots: &mut [std::mem::MaybeUninit<ValRaw>]) -> Result<()> {
    // SAFETY: the type of the function says that two i32 are there.
    let (a, b) = unsafe { (slots[0].assume_init().get_i32(), slots[1].assume_init().get_i32()) };
    slots[0].write(ValRaw::i32(a.wrapping_add(b)));
    Ok(())
}

/// Polls until there is a result.
fn finish<R>(future: impl Future<Output = R>) -> R {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
    }
}

/// How long `body` takes, in nanoseconds.
pub fn timed(body: impl FnOnce() -> Result<()>) -> Result<u64> {
    let start = Instant::now();
    body()?;
    Ok(start.elapsed().as_nanos() as u64)
}
