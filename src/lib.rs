//! `libwrt`: WebAssembly for any language with an FFI, on Wasmtime. The roof: names only.
//!
//! Each noun is one file, here and in the header; a file uses only those above it in this list.
#![allow(non_camel_case_types, reason = "the names are C's")]
#![allow(clippy::missing_safety_doc, reason = "docs/src/abi.md holds the rules for all pointers")]
#![cfg_attr(not(feature = "compiler"), allow(dead_code, reason = "caches of what is compiled have nothing to do"))]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs, clippy::undocumented_unsafe_blocks)]

#[cfg(not(feature = "compiler"))]
mod absent;
mod error;
mod version;

mod boundary;
mod fault;
mod handle;
mod trap;
mod wake;

mod types;
mod value;

mod clock;
mod config;
mod engine;
mod hooks;
mod text;

mod script;

mod pipe;
mod wasi;

mod fiber;
mod limits;
mod module;
mod store;
mod view;

mod task;

mod call;
mod caller;
mod exception;
mod r#extern;
mod func;
mod global;
mod memory;
mod object;
mod reference;
mod table;
mod tag;

mod instance;
mod linker;

pub use call::*;
pub use caller::*;
pub use config::*;
pub use engine::*;
pub use error::*;
pub use exception::*;
pub use r#extern::*;
pub use fault::*;
pub use func::*;
pub use global::*;
pub use handle::*;
pub use hooks::*;
pub use instance::*;
pub use limits::*;
pub use linker::*;
pub use memory::*;
pub use module::*;
pub use object::*;
pub use pipe::*;
pub use reference::*;
pub use script::*;
pub use store::*;
pub use table::*;
pub use tag::*;
pub use task::*;
pub use text::*;
pub use trap::*;
pub use types::*;
pub use value::*;
pub use version::*;
pub use view::*;
pub use wake::*;
pub use wasi::*;
