//! Test scripts of WebAssembly (`.wast`) as data: what to do as JSON, and the modules to do it with.

mod command;
mod constant;

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::path::Path;

use indexmap::IndexMap;
use wast::Wast;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};

use crate::boundary::{self, Required};
use crate::error::{Failure, Result, WRT_ERR_NOT_FOUND};
use crate::fault::wrt_error;
use crate::handle::{Handle, Noun, Opaque};
use crate::text;
use command::Commands;

/// A script: a handle, immutable, for all threads. No engine is needed, nothing is compiled or run.
pub struct wrt_script(#[allow(dead_code, reason = "opaque")] Opaque);

/// The body of a `wrt_script`. All bytes end in a NUL that is not counted, and outlive `wrt_close`, since C may have
/// borrowed them.
pub(crate) struct Script {
    json: Vec<u8>,
    /// By the names of their files.
    modules: IndexMap<String, Vec<u8>>,
}

impl Noun for Script {
    type Face = wrt_script;
    const NAME: &'static CStr = c"script";
    const TAG: u32 = 14;
}
boundary::faces!(wrt_script => Script);

impl Script {
    fn new(source: &str, name: &str) -> Result<Script> {
        let path = Some(Path::new(name)).filter(|_| !name.is_empty());
        let Commands { json, modules } = read(source, name).map_err(|error| text::located(path, source, &error))?;
        let with_nul = |mut bytes: Vec<u8>| {
            bytes.push(0);
            bytes
        };
        Ok(Script {
            json: with_nul(json.to_string().into_bytes()),
            modules: modules.into_iter().map(|(file, bytes)| (file, with_nul(bytes))).collect(),
        })
    }
}

fn read(source: &str, name: &str) -> std::result::Result<Commands, wast::Error> {
    let mut lexer = Lexer::new(source);
    // Scripts test names in all their variety, those that a reader may take for others too.
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    Commands::new(source, name, parser::parse::<Wast>(&buffer)?)
}

/// Reads the script `text`. `name`, "linking.wast" for example, stands in messages and in the JSON, and without its
/// extension before the names of the modules' files; where it is empty, "script" does. Modules that are not quoted become
/// binaries. The script is released with `wrt_release`.
///
/// Errors: `WRT_ERR_PARSE` with line and column; `WRT_ERR_ARGUMENT` for NULL and bad UTF-8. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_script_new(
    text: *const c_char,
    text_len: usize,
    name: *const c_char,
    name_len: usize,
    out: Option<&mut MaybeUninit<*mut wrt_script>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let text = boundary::text(text, text_len, "text")?;
        let name = boundary::text(name, name_len, "name")?;
        let out = out.required("out")?;
        out.write(Handle::new(Script::new(text, name)?).hand_over());
        Ok(())
    })
}

/// The commands of `script` as JSON, borrowed from it: `{"source_filename", "commands": [{"type", "line", ...}]}`, in the
/// format that `wast2json` and `wasm-tools json-from-wast` write.
///
/// A command names a module by `filename`, whose bytes `wrt_script_module` has; `module_type` is "binary" or "text". Text
/// that can be translated has `binary_filename` too. A constant is `{"type", "value"}`, with numbers as decimal text:
/// integers signed, floats their bits, or "nan:canonical" and "nan:arithmetic"; `{"type": "v128", "lane_type", "value":
/// [...]}`; `{"type": "either", "values": [...]}`. A reference has the value "null", a number of the host's, or none,
/// which stands for any that is not null; `refnull`, `nullref` and its sisters are always null.
///
/// Errors: `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_script_json(
    script: Option<&wrt_script>,
    json: Option<&mut MaybeUninit<*const c_char>>,
    len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let script = script.required("script")?;
        let (json, len) = (json.required("json")?, len.required("len")?);
        json.write(script.json.as_ptr().cast());
        len.write(script.json.len() - 1);
        Ok(())
    })
}

/// The module that the JSON of `script` names `name`, binary or text, borrowed from the script. It may be malformed: that
/// is what some commands test.
///
/// Errors: `WRT_ERR_NOT_FOUND`; `WRT_ERR_ARGUMENT`, `WRT_ERR_CLOSED`. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn wrt_script_module(
    script: Option<&wrt_script>,
    name: *const c_char,
    name_len: usize,
    data: Option<&mut MaybeUninit<*const u8>>,
    len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<wrt_error>>,
) -> i32 {
    boundary::call(error, || {
        let script = script.required("script")?;
        let name = boundary::text(name, name_len, "name")?;
        let (data, len) = (data.required("data")?, len.required("len")?);
        let module = script.modules.get(name).ok_or_else(|| {
            Failure::new(WRT_ERR_NOT_FOUND, format_args!("the script has no module file named {name:?}"))
        })?;
        data.write(module.as_ptr());
        len.write(module.len() - 1);
        Ok(())
    })
}

#[cfg(test)]
mod tests;
