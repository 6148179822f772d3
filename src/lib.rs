//! `libwrt`: WebAssembly for any language with an FFI, on Wasmtime. The roof: names only.
//!
//! Each noun is one file, here and in the header; a file uses only those above it in this list.
#![allow(non_camel_case_types, reason = "the names are C's")]
#![allow(clippy::missing_safety_doc, reason = "docs/abi.md holds the rules for all pointers")]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs, clippy::undocumented_unsafe_blocks)]

mod error;
mod version;

mod boundary;
mod fault;
mod handle;
mod trap;

mod value;

mod config;

pub use config::*;
pub use error::*;
pub use fault::*;
pub use handle::*;
pub use trap::*;
pub use value::*;
pub use version::*;
