use crate::error::Result;
use crate::handle::{Handle, Noun};
use std::ffi::CStr;
pub struct wrt_config([usize; 2]);
#[derive(Default)]
pub(crate) struct Config;
impl Noun for Config {
    type Face = wrt_config;
    const NAME: &'static CStr = c"config";
    const TAG: u32 = 2;
}
crate::boundary::faces!(wrt_config => Config);
impl Config {
    pub fn snapshot(&self) -> Config {
        Config
    }
    pub fn build(&self) -> Result<wasmtime::Config> {
        let mut c = wasmtime::Config::new();
        c.epoch_interruption(std::env::var("EPOCH").is_ok());
        Ok(c)
    }
    pub fn effective_json(_: &wasmtime::Engine, _: &Config) -> serde_json::Value {
        serde_json::Value::Null
    }
}
