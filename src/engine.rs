//! Engines: the compiler, its settings, and whatever modules share.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use crate::boundary;
use crate::error::{Failure, Result, WRT_ERR_CONFIG};
use crate::fault::wrt_error;
use crate::handle::{Handle, Noun};

/// An engine.
pub struct wrt_engine(#[allow(dead_code, reason = "opaque")] [usize; 2]);

/// The body of a `wrt_engine`.
pub(crate) struct Engine {
    engine: wasmtime::Engine,
}

impl Noun for Engine {
    type Face = wrt_engine;
    const NAME: &'static CStr = c"engine";
    const TAG: u32 = 3;
}
boundary::faces!(wrt_engine => Engine);

impl Engine {
    pub fn new(config: &wasmtime::Config) -> Result<Engine> {
        let engine = wasmtime::Engine::new(config).map_err(|e| Failure::new(WRT_ERR_CONFIG, e))?;
        Ok(Engine { engine })
    }

    pub fn wasmtime(&self) -> Result<wasmtime::Engine> {
        Ok(self.engine.clone())
    }
}

/// Makes an engine with the default settings.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_engine_new(
    _config: *const std::ffi::c_void,
    out: Option<&mut MaybeUninit<*mut wrt_engine>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let out = boundary::out(out, "out")?;
        out.write(Handle::new(Engine::new(&wasmtime::Config::new())?).hand_over());
        Ok(())
    })
}
