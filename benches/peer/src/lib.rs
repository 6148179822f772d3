//! The other side of every ratio, and loops that stand for a C program: `benches/run.jl` loads this library beside libwrt.
//!
//! Every loop returns nanoseconds, and `u64::MAX` when something failed, after a line on standard error.

mod c;
mod module;
mod program;
mod rust;

use std::ffi::{CStr, c_char};

use rust::Peer;
// The symbols of the official C API, in this library's table.
pub use wasmtime_c_api::*;

/// What all loops of Rust run on; NULL when it cannot be made. It lives as long as the process.
#[unsafe(no_mangle)]
pub extern "C" fn peer_new() -> Option<Box<Peer>> {
    Peer::new().map(Box::new).inspect_err(|error| eprintln!("peer: {error:?}")).ok()
}

/// `n` turns of the loop `name`.
#[unsafe(no_mangle)]
pub extern "C" fn peer_loop(peer: &mut Peer, name: *const c_char, n: i32) -> u64 {
    // SAFETY: the caller passes a NUL-terminated name.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    peer.by_name(&name, n).unwrap_or_else(|error| {
        eprintln!("peer: {error:?}");
        u64::MAX
    })
}
