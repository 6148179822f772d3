//! What this library is: versions, build and the log.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::sync::LazyLock;

use crate::boundary;
use crate::error::{Failure, WRT_ERR_ABI, c_string};
use crate::fault::wrt_error;

/// The major version of this library.
pub const WRT_VERSION_MAJOR: u32 = 0;
/// The minor version of this library.
pub const WRT_VERSION_MINOR: u32 = 1;
/// The patch version of this library.
pub const WRT_VERSION_PATCH: u32 = 0;
/// The major version of the ABI; also in the SONAME. Libraries of another major version do not fit this header.
pub const WRT_ABI_MAJOR: u32 = 1;
/// The minor version of the ABI. A library of a higher minor version still fits this header.
pub const WRT_ABI_MINOR: u32 = 0;

/// What a build without the feature `compiler` says where one is needed.
pub(crate) const NO_COMPILER: &str =
    "this build of libwrt has no compiler: it runs modules that were compiled elsewhere";

/// The ABI version of the library at hand: the major version in the upper 16 bits, the minor one in the lower. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_abi_version() -> u32 {
    WRT_ABI_MAJOR << 16 | WRT_ABI_MINOR
}

/// Checks that this library serves a program built with ABI `abi_major.abi_minor`; pass `WRT_ABI_MAJOR` and
/// `WRT_ABI_MINOR`.
///
/// Errors: `WRT_ERR_ABI`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_abi_check(abi_major: u32, abi_minor: u32, error: Option<&mut MaybeUninit<wrt_error>>) -> i32 {
    boundary::call(error, || {
        #[allow(clippy::absurd_extreme_comparisons, reason = "the minor version is 0 only at first")]
        if abi_major == WRT_ABI_MAJOR && abi_minor <= WRT_ABI_MINOR {
            return Ok(());
        }
        Err(Failure::new(
            WRT_ERR_ABI,
            format_args!(
                "the program needs ABI {abi_major}.{abi_minor}, this library has {WRT_ABI_MAJOR}.{WRT_ABI_MINOR}"
            ),
        ))
    })
}

/// The version of this library, "0.1.0" for example. The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };
    VERSION.as_ptr()
}

/// The version of Wasmtime inside, "48.0.8" for example. The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasmtime_version() -> *const c_char {
    static VERSION: LazyLock<CString> = LazyLock::new(|| c_string(wasmtime_version()));
    boundary::value(c"".as_ptr(), || Some(VERSION.as_ptr()))
}

/// Written by build.rs from Cargo.lock.
fn wasmtime_version() -> &'static str {
    env!("WRT_WASMTIME_VERSION")
}

/// What this library was built as, in JSON: `{"version", "abi", "wasmtime", "target", "profile", "features": [...]}`.
/// The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_build_json() -> *const c_char {
    static JSON: LazyLock<CString> = LazyLock::new(|| {
        let json = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "abi": [WRT_ABI_MAJOR, WRT_ABI_MINOR],
            "wasmtime": wasmtime_version(),
            "target": env!("WRT_TARGET"),
            "profile": env!("WRT_PROFILE"),
            "features": env!("WRT_WASMTIME_FEATURES").split(',').collect::<Vec<_>>(),
        });
        c_string(&json.to_string())
    });
    boundary::value(c"{}".as_ptr(), || Some(JSON.as_ptr()))
}

/// This interface as data, in JSON: constants, structs with their layout, callbacks, and functions with what each
/// parameter holds and whether it may be NULL; the file `wrt.api.json` beside the header is the same. The text is static.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_api_json() -> *const c_char {
    const JSON: &CStr =
        match CStr::from_bytes_with_nul(concat!(include_str!("../include/wrt.api.json"), "\0").as_bytes()) {
            Ok(json) => json,
            Err(_) => c"{}",
        };
    JSON.as_ptr()
}
