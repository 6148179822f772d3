//! The compiler's side of Wasmtime in a build without the feature `compiler`: the same names, which refuse or do nothing. The rest
//! of the library is written as if there were a compiler.

use std::borrow::Cow;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Config, Engine, Module, OptLevel, RegallocAlgorithm, Result, Strategy};

use crate::error::Failure;
use crate::trap;
use crate::version::NO_COMPILER;

fn refused<T>() -> Result<T> {
    Err(trap::into_wasmtime(Failure::unsupported(NO_COMPILER)))
}

/// Of `Module`.
pub(crate) trait Compile: Sized {
    fn new(_: &Engine, _: impl AsRef<[u8]>) -> Result<Self> {
        refused()
    }

    fn from_binary(_: &Engine, _: &[u8]) -> Result<Self> {
        refused()
    }

    fn serialize(&self) -> Result<Vec<u8>> {
        refused()
    }
}
impl Compile for Module {}

/// Of `Engine`.
pub(crate) trait Precompile {
    fn precompile_module(&self, _: &[u8]) -> Result<Vec<u8>> {
        refused()
    }

    /// Of nothing: what a compiler would put into an artifact cannot be known.
    fn precompile_compatibility_hash(&self) -> impl std::hash::Hash {}
}
impl Precompile for Engine {}

/// Stands in for `wasmtime::CodeBuilder`.
pub(crate) struct CodeBuilder;

impl CodeBuilder {
    pub fn new(_: &Engine) -> CodeBuilder {
        CodeBuilder
    }

    pub fn wasm_binary(&mut self, _: &[u8], _: Option<&Path>) -> Result<&mut Self> {
        Ok(self)
    }

    pub fn dwarf_package(&mut self, _: &[u8]) -> Result<&mut Self> {
        Ok(self)
    }

    pub fn compile_module(&self) -> Result<Module> {
        refused()
    }
}

/// Setters of the compiler: `conflicts.rs` has refused whatever else than its default they would be called with.
pub(crate) trait Compiler {
    fn enable_compiler(&mut self, _: bool) -> &mut Self {
        self
    }

    fn strategy(&mut self, _: Strategy) -> &mut Self {
        self
    }

    fn parallel_compilation(&mut self, _: bool) -> &mut Self {
        self
    }

    fn wmemcheck(&mut self, _: bool) -> &mut Self {
        self
    }

    /// # Safety
    /// As Wasmtime's, which sets something.
    unsafe fn cranelift_flag_enable(&mut self, _: &str) -> &mut Self {
        self
    }

    /// # Safety
    /// As Wasmtime's, which sets something.
    unsafe fn cranelift_flag_set(&mut self, _: &str, _: &str) -> &mut Self {
        self
    }

    fn cranelift_opt_level(&mut self, _: OptLevel) -> &mut Self {
        self
    }

    fn cranelift_regalloc_algorithm(&mut self, _: RegallocAlgorithm) -> &mut Self {
        self
    }

    fn cranelift_debug_verifier(&mut self, _: bool) -> &mut Self {
        self
    }

    fn cranelift_wasmtime_debug_checks(&mut self, _: bool) -> &mut Self {
        self
    }

    fn cranelift_nan_canonicalization(&mut self, _: bool) -> &mut Self {
        self
    }

    fn emit_clif(&mut self, _: &Path) -> &mut Self {
        self
    }

    fn cache(&mut self, _: Option<Cache>) -> &mut Self {
        self
    }

    fn enable_incremental_compilation(&mut self, _: Arc<dyn CacheStore>) -> Result<&mut Self> {
        Ok(self)
    }
}
impl Compiler for Config {}

/// Stands in for `wasmtime::CacheStore`.
pub(crate) trait CacheStore: Send + Sync + Debug {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>>;
    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool;
}

/// Stands in for `wasmtime::Cache`.
pub(crate) struct Cache;

impl Cache {
    pub fn new(_: CacheConfig) -> Result<Cache> {
        refused()
    }
}

/// Stands in for `wasmtime::CacheConfig`.
pub(crate) struct CacheConfig;

macro_rules! settings {
    ($($name:ident: $type:ty),* $(,)?) => {
        impl CacheConfig {
            $(pub fn $name(&mut self, _: $type) -> &mut Self {
                self
            })*
        }
    };
}

settings! {
    with_directory: impl AsRef<Path>,
    with_worker_event_queue_size: u64,
    with_baseline_compression_level: i32,
    with_optimized_compression_level: i32,
    with_optimized_compression_usage_counter_threshold: u64,
    with_cleanup_interval: Duration,
    with_optimizing_compression_task_timeout: Duration,
    with_allowed_clock_drift_for_files_from_future: Duration,
    with_file_count_soft_limit: u64,
    with_files_total_size_soft_limit: u64,
    with_file_count_limit_percent_if_deleting: u8,
    with_files_total_size_limit_percent_if_deleting: u8,
}

impl CacheConfig {
    pub fn new() -> CacheConfig {
        CacheConfig
    }

    pub fn from_file(_: Option<&Path>) -> Result<CacheConfig> {
        refused()
    }

    pub fn file_count_soft_limit(&self) -> u64 {
        0
    }

    pub fn files_total_size_soft_limit(&self) -> u64 {
        0
    }
}
