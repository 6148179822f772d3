//! Modules and components as text and as bytes, without an engine: translation, printing, inspection.

mod binary;
mod inspect;

use std::borrow::Cow;
use std::ffi::c_char;
use std::fmt;
use std::mem::MaybeUninit;
use std::path::Path;

use wast::Wat;
use wast::parser::{self, ParseBuffer};

use crate::boundary;
use crate::error::{Failure, Result, WRT_ERR_LIMIT, WRT_ERR_NOT_FOUND, WRT_ERR_PARSE};
use crate::fault::wrt_error;
use crate::handle::wrt_bytes;

pub(crate) use binary::{check_nesting, classify, custom_sections};

// Kinds of precompiled artifact.

/// No artifact of Wasmtime.
pub const WRT_ARTIFACT_NONE: i32 = 0;
/// A compiled module.
pub const WRT_ARTIFACT_MODULE: i32 = 1;
/// A compiled component.
pub const WRT_ARTIFACT_COMPONENT: i32 = 2;

/// A failure with the place in the text that an error is about; columns count characters, from 1.
pub(crate) fn located(path: Option<&Path>, source: &str, error: &wast::Error) -> Failure {
    let before = source.get(..error.span().offset()).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = error.message();
    let message = message.lines().next().unwrap_or_default().replace("failed to find name", "there is no");
    Failure::new(
        WRT_ERR_PARSE,
        match path {
            Some(path) => format!("{}:{line}:{column}: {message}", path.display()),
            None => format!("line {line}, column {column}: {message}"),
        },
    )
}

/// Translates the text of a module or a component.
fn translate(source: &str) -> std::result::Result<Vec<u8>, wast::Error> {
    let buffer = ParseBuffer::new(source)?;
    parser::parse::<Wat>(&buffer)?.encode()
}

/// The binary that `bytes` are, or that they are the text of. `path` is for messages.
pub(crate) fn to_binary<'a>(bytes: &'a [u8], path: Option<&Path>) -> Result<Cow<'a, [u8]>> {
    let name = path.map(|path| format!("{}: ", path.display())).unwrap_or_default();
    let neither = |why: &dyn fmt::Display| {
        Failure::new(WRT_ERR_PARSE, format_args!("{name}neither WebAssembly nor its text format: {why}"))
    };
    match bytes.first() {
        None => return Err(neither(&"no bytes at all")),
        // Text begins otherwise, so a damaged binary is not called bad text.
        Some(0) if bytes.starts_with(b"\0asm") => return Ok(Cow::Borrowed(bytes)),
        Some(0) => return Err(neither(&"the first bytes are not \\0asm")),
        Some(_) => {}
    }
    let source = std::str::from_utf8(bytes)
        .map_err(|error| neither(&format_args!("byte {} is not UTF-8", error.valid_up_to())))?;
    translate(source).map(Cow::Owned).map_err(|error| located(path, source, &error))
}

/// Text that may not grow without end: a few bytes of hostile WebAssembly can describe gigabytes.
pub(crate) struct Bounded {
    text: String,
    limit: usize,
}

impl Bounded {
    /// Room for what `size` bytes of WebAssembly say, and much more than sane ones do.
    pub fn new(size: usize) -> Bounded {
        Bounded { text: String::new(), limit: size.saturating_mul(128).saturating_add(16 << 20) }
    }

    pub fn too_long(&self) -> Failure {
        Failure::new(WRT_ERR_LIMIT, format_args!("the text of wasm would be longer than {} bytes", self.limit))
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if piece.len() > self.limit - self.text.len() {
            return Err(fmt::Error);
        }
        self.text.push_str(piece);
        Ok(())
    }
}

/// Translates the text of a module or a component to its binary. The result may still be invalid: only syntax and names
/// are checked. `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_PARSE` with line and column; `WRT_ERR_ARGUMENT` for NULL and bad UTF-8. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wat_to_wasm(
    wat: *const c_char,
    len: usize,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let source = boundary::text(wat, len, "wat")?;
        let out = boundary::out(out, "out")?;
        if source.starts_with('\0') {
            return Err(Failure::new(WRT_ERR_PARSE, "line 1, column 1: wat is a binary, not text"));
        }
        out.write(wrt_bytes::new(translate(source).map_err(|error| located(None, source, &error))?));
        Ok(())
    })
}

/// Prints a binary module or component as text that `wrt_wat_to_wasm` reads, with the names that its name section gives.
/// `out` is freed with `wrt_bytes_free`.
///
/// Errors: `WRT_ERR_PARSE` with the offset in `wasm`; `WRT_ERR_LIMIT` when the text would be more than 128 times as long
/// as `wasm`, and longer than 16 MiB. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasm_to_wat(
    wasm: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasm = boundary::bytes(wasm, len, "wasm")?;
        let out = boundary::out(out, "out")?;
        out.write(print(wasm)?.into());
        Ok(())
    })
}

fn print(wasm: &[u8]) -> Result<String> {
    check_nesting(wasm)?;
    let mut text = Bounded::new(wasm.len());
    match wasmprinter::Config::new().print(wasm, &mut wasmprinter::PrintFmtWrite(&mut text)) {
        Ok(()) => Ok(text.text),
        Err(error) if error.is::<std::io::Error>() => Err(text.too_long()),
        Err(error) => Err(match error.downcast_ref::<wasmparser::BinaryReaderError>() {
            Some(error) => binary::failure(WRT_ERR_PARSE, error),
            None => Failure::new(WRT_ERR_PARSE, format!("{error:#}").replace('\n', ": ")),
        }),
    }
}

/// Describes a binary module or component as JSON, whatever features it uses, without compiling it:
/// `{"kind": "module", "name", "size", "types": [...], "imports": [{"module", "name", "kind", "type"}], "exports":
/// [{"name", "kind", "index", "type"}], "functions": [{"index", "name", "type", "size", "imported"}], "tables",
/// "memories", "globals", "tags": [{"index", "name", "type", "imported"}], "start", "data_segments", "elem_segments",
/// "custom_sections": [{"name", "offset", "size"}], "producers": {...}, "features": [...]}`.
///
/// Types are WAT. `types` holds the definitions that others name `$t0`, `$t1` and so on, where there are any. `size` is
/// in bytes, `offset` counts from the beginning of `wasm`. What is unknown is null. `features` are those that the
/// compiler recorded. A component has `"kind": "component"`, `name`, `size`, `imports` and `exports` with `name` and
/// `kind`, the numbers of its own `modules` and `components`, `custom_sections` and `producers`.
///
/// `out` is freed with `wrt_bytes_free`. Errors: `WRT_ERR_PARSE` with the offset; `WRT_ERR_LIMIT` when the text would be
/// more than 128 times as long as `wasm`, and longer than 16 MiB. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasm_inspect_json(
    wasm: *const u8,
    len: usize,
    out: Option<&mut MaybeUninit<wrt_bytes>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasm = boundary::bytes(wasm, len, "wasm")?;
        let out = boundary::out(out, "out")?;
        out.write(inspect::json(wasm)?.into());
        Ok(())
    })
}

/// Finds the custom section `name` of a binary module or component; `nth` counts, from 0, those of the same name. Writes
/// where its contents begin in `wasm`, and how long they are.
///
/// Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_PARSE` with the offset; `WRT_ERR_ARGUMENT`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_wasm_custom_section(
    wasm: *const u8,
    len: usize,
    name: *const c_char,
    name_len: usize,
    nth: usize,
    offset: Option<&mut MaybeUninit<usize>>,
    size: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let wasm = boundary::bytes(wasm, len, "wasm")?;
        let name = boundary::text(name, name_len, "name")?;
        let (offset, size) = (boundary::out(offset, "offset")?, boundary::out(size, "size")?);
        let sections = custom_sections(wasm)?;
        let mut named = sections.iter().filter(|section| section.0 == name);
        let count = named.clone().count();
        let (_, range) = named.nth(nth).ok_or_else(|| {
            Failure::new(
                WRT_ERR_NOT_FOUND,
                match count {
                    0 => format!("there is no custom section {name:?}"),
                    _ => format!("there is no custom section {name:?} with nth {nth}: the number of them is {count}"),
                },
            )
        })?;
        offset.write(range.start);
        size.write(range.len());
        Ok(())
    })
}

/// Writes to `kind` what `data` is: `WRT_ARTIFACT_MODULE` or `WRT_ARTIFACT_COMPONENT` for what Wasmtime has compiled,
/// `WRT_ARTIFACT_NONE` for anything else. Only the header is looked at. Any thread.
///
/// Errors: `WRT_ERR_ARGUMENT`.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_artifact_kind(
    data: *const u8,
    len: usize,
    kind: Option<&mut MaybeUninit<i32>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let data = boundary::bytes(data, len, "data")?;
        boundary::out(kind, "kind")?.write(match wasmtime::Engine::detect_precompiled(data) {
            Some(wasmtime::Precompiled::Module) => WRT_ARTIFACT_MODULE,
            Some(wasmtime::Precompiled::Component) => WRT_ARTIFACT_COMPONENT,
            None => WRT_ARTIFACT_NONE,
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests;
