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
    let message = message.lines().next().unwrap_or_default();
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
mod tests {
    use super::*;
    use crate::error::WRT_ERR_VALIDATE;
    use serde_json::{Value, json};
    use wasmparser::WasmFeatures;

    const SMALL: &str = r#"(module $"größe"
        (import "m" "imp" (func $imp (param i32)))
        (import "m" "g" (global $g (mut i64)))
        (memory $mem (export "mem") 1 10)
        (table $tab 4 funcref)
        (tag $tag (param i32))
        (global (export "π") f64 (f64.const 3.14))
        (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "wide") (param v128))
        (elem (i32.const 0) $add)
        (data (i32.const 0) "a") (data (i32.const 1) "b")
        (start $go) (func $go)
        (@custom "first" "one") (@custom "second" "two!") (@custom "first" "three")
        (@producers (language "Rust" "1.95") (processed-by "x" "1" )))"#;

    fn wasm(source: &str) -> Vec<u8> {
        translate(source).unwrap()
    }

    fn message(failure: &Failure) -> &str {
        &failure.report().message
    }

    fn inspected(wasm: &[u8]) -> Value {
        serde_json::from_str(&inspect::json(wasm).unwrap()).unwrap()
    }

    #[test]
    fn places_in_text_count_characters() {
        let source = "(module\n  (func $\"größe\" (export \"ß\") i32.cnst 0))";
        let error = translate(source).unwrap_err();
        let failure = located(None, source, &error);
        assert_eq!(message(&failure), "line 2, column 31: unknown operator or unexpected token");
        assert_eq!(failure.status(), WRT_ERR_PARSE);
        let failure = to_binary(source.as_bytes(), Some(Path::new("a.wat"))).unwrap_err();
        assert_eq!(message(&failure), "a.wat:2:31: unknown operator or unexpected token");
        let unclosed = located(None, "(module", &translate("(module").unwrap_err());
        assert!(message(&unclosed).starts_with("line 1, column 8: "), "{}", message(&unclosed));
    }

    #[test]
    fn bytes_are_told_from_text() {
        let binary = wasm("(module)");
        assert!(matches!(to_binary(&binary, None), Ok(Cow::Borrowed(found)) if found == binary));
        assert!(matches!(to_binary(b" ;; text\n(module)", None), Ok(Cow::Owned(found)) if found == binary));
        for (bytes, why) in [
            (&b""[..], "no bytes at all"),
            (b"\0wasm\x01\0\0\0", "the first bytes are not \\0asm"),
            (b"(module \xff)", "byte 8 is not UTF-8"),
        ] {
            let failure = to_binary(bytes, None).unwrap_err();
            assert_eq!(failure.status(), WRT_ERR_PARSE);
            assert_eq!(message(&failure), format!("neither WebAssembly nor its text format: {why}"));
        }
    }

    #[test]
    fn printing_keeps_the_module() {
        let binary = wasm(SMALL);
        let text = print(&binary).unwrap();
        assert!(text.contains("(func $add (;1;) (type 1) (param i32 i32) (result i32)"), "{text}");
        assert_eq!(inspected(&wasm(&text))["name"], "größe");
        assert_eq!(wasm(&text), binary);
    }

    #[test]
    fn a_module_is_described() {
        let binary = wasm(SMALL);
        let found = inspected(&binary);
        assert_eq!(found["kind"], "module");
        assert_eq!(found["name"], "größe");
        assert_eq!(found["size"], binary.len());
        assert_eq!(found["types"], json!([]));
        assert_eq!(
            found["imports"],
            json!([
                {"module": "m", "name": "imp", "kind": "func", "type": "(func (param i32))"},
                {"module": "m", "name": "g", "kind": "global", "type": "(global (mut i64))"},
            ])
        );
        assert_eq!(
            found["exports"],
            json!([
                {"name": "mem", "kind": "memory", "index": 0, "type": "(memory 1 10)"},
                {"name": "π", "kind": "global", "index": 1, "type": "(global f64)"},
                {"name": "add", "kind": "func", "index": 1, "type": "(func (param i32 i32) (result i32))"},
                {"name": "wide", "kind": "func", "index": 2, "type": "(func (param v128))"},
            ])
        );
        assert_eq!(
            found["functions"],
            json!([
                {"index": 0, "name": "imp", "type": "(func (param i32))", "imported": true, "size": null},
                {"index": 1, "name": "add", "type": "(func (param i32 i32) (result i32))", "imported": false, "size": 7},
                {"index": 2, "name": null, "type": "(func (param v128))", "imported": false, "size": 2},
                {"index": 3, "name": "go", "type": "(func)", "imported": false, "size": 2},
            ])
        );
        assert_eq!(found["memories"], json!([{"index": 0, "name": "mem", "type": "(memory 1 10)", "imported": false}]));
        assert_eq!(
            found["tables"],
            json!([{"index": 0, "name": "tab", "type": "(table 4 funcref)", "imported": false}])
        );
        assert_eq!(found["tags"], json!([{"index": 0, "name": "tag", "type": "(tag (param i32))", "imported": false}]));
        assert_eq!(
            found["globals"][0],
            json!({"index": 0, "name": "g", "type": "(global (mut i64))", "imported": true})
        );
        assert_eq!([&found["start"], &found["data_segments"], &found["elem_segments"]], [3, 2, 1]);
        assert_eq!(found["producers"], json!({"language": {"Rust": "1.95"}, "processed-by": {"x": "1"}}));
        let names: Vec<_> =
            found["custom_sections"].as_array().unwrap().iter().map(|section| &section["name"]).collect();
        assert_eq!(names, ["first", "second", "first", "producers", "name"]);
    }

    #[test]
    fn defined_types_are_named_once() {
        let found = inspected(&wasm(
            "(module (type (func)) (rec (type $s (struct (field (ref null $a)))) (type $a (array (mut i8))))
               (func (export \"f\") (param (ref $s)) (result structref) unreachable))",
        ));
        assert_eq!(
            found["types"],
            json!([
                "(type $t0 (func))",
                "(rec (type $t1 (struct (field (ref null $t2)))) (type $t2 (array (mut i8))))",
                "(type $t3 (func (param (ref $t1)) (result structref)))",
            ])
        );
        assert_eq!(found["exports"][0]["type"], "(func (param (ref $t1)) (result structref))");
    }

    #[test]
    fn features_are_those_recorded() {
        let found = inspected(&wasm(r#"(module (@custom "target_features" "\03+\04simd-\02gc+\20threads"))"#));
        assert_eq!(found["features"], json!(["simd"]));
        let found = inspected(&wasm(r#"(module (@custom "target_features" "\02+\04simd+\07threads"))"#));
        assert_eq!(found["features"], json!(["simd", "threads"]));
    }

    #[test]
    fn a_component_is_described() {
        let found = inspected(&wasm(
            r#"(component $comp (import "run" (func)) (core module $m (@custom "inner" "x")) (@custom "outer" "y")
                 (type $t (component)) (export "run2" (func 0)))"#,
        ));
        assert_eq!(found["kind"], "component");
        assert_eq!(found["name"], "comp");
        assert_eq!(found["imports"], json!([{"name": "run", "kind": "func"}]));
        assert_eq!(found["exports"], json!([{"name": "run2", "kind": "func"}]));
        assert_eq!(found["modules"], 1);
        let names: Vec<_> =
            found["custom_sections"].as_array().unwrap().iter().map(|section| &section["name"]).collect();
        assert_eq!(names, ["outer", "component-name"]);
    }

    #[test]
    fn sections_are_found_where_they_are() {
        let binary = wasm(SMALL);
        let sections = custom_sections(&binary).unwrap();
        let contents: Vec<_> =
            sections.iter().filter(|section| section.0 == "first").map(|section| &binary[section.1.clone()]).collect();
        assert_eq!(contents, [&b"one"[..], b"three"]);
        let failure = custom_sections(&binary[..binary.len() - 1]).unwrap_err();
        assert_eq!(failure.status(), WRT_ERR_PARSE);
        assert!(message(&failure).contains("(at offset 0x"), "{}", message(&failure));
    }

    #[test]
    fn malformed_is_told_from_invalid() {
        let features = WasmFeatures::default();
        assert!(classify(&wasm(SMALL), features).is_none());
        let invalid = classify(&wasm("(func (result i32))"), features).unwrap();
        assert_eq!(invalid.status(), WRT_ERR_VALIDATE);
        assert!(message(&invalid).contains("type mismatch"), "{}", message(&invalid));
        assert!(message(&invalid).contains("(at offset 0x"), "{}", message(&invalid));
        let disabled = classify(&wasm("(memory 1 2 shared)"), features - WasmFeatures::THREADS).unwrap();
        assert_eq!(disabled.status(), WRT_ERR_VALIDATE);
        let mut truncated = wasm("(func (export \"a\"))");
        truncated.pop();
        assert_eq!(classify(&truncated, features).unwrap().status(), WRT_ERR_PARSE);
        // An instruction that does not exist.
        let mut unknown = wasm("(func nop)");
        let nop = unknown.len() - 2;
        assert_eq!(unknown[nop], 0x01);
        unknown[nop] = 0xff;
        let unknown = classify(&unknown, features).unwrap();
        assert_eq!(unknown.status(), WRT_ERR_PARSE);
        assert_eq!(message(&unknown), format!("illegal opcode: 0xff (at offset {nop:#x})"));
    }

    /// Damages `binary` in every way that a loop can think of, and calls `check` each time.
    fn damaged(binary: &[u8], check: impl Fn(&[u8])) {
        for len in 0..binary.len() {
            check(&binary[..len]);
        }
        for at in 0..binary.len() {
            for byte in [0, 1, 0x40, 0x41, 0x50, 0x5e, 0x60, 0x7f, 0x80, 0xff] {
                let mut bytes = binary.to_vec();
                bytes[at] = byte;
                check(&bytes);
                bytes.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f]);
                check(&bytes);
            }
        }
    }

    #[test]
    fn damage_is_an_error_and_nothing_else() {
        let component = r#"(component (type (component (type (instance (export "x" (func)))) (import "a" (instance (type 0)))))
                             (core module (memory 1)) (@custom "c" "d"))"#;
        for source in [SMALL, component] {
            damaged(&wasm(source), |bytes| {
                if let Ok(text) = inspect::json(bytes) {
                    assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
                }
                let _ = print(bytes);
                let _ = custom_sections(bytes);
                if let Some(failure) = classify(bytes, WasmFeatures::all()) {
                    assert!(!message(&failure).contains('\n'), "{}", message(&failure));
                }
            });
        }
    }

    /// A section, with its size before it.
    fn section(id: u8, contents: &[u8]) -> Vec<u8> {
        let mut bytes = vec![id];
        bytes.extend(leb(contents.len()));
        bytes.extend(contents);
        bytes
    }

    fn leb(mut number: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number > 127 {
            bytes.push(number as u8 | 128);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }

    #[test]
    fn a_few_bytes_never_become_gigabytes() {
        // 100000 functions of one type with 1000 parameters: 1 GB as text.
        let mut types = vec![1, 0x60];
        types.extend(leb(1000));
        types.extend([0x7f; 1000]);
        types.push(0);
        let mut funcs = leb(100_000);
        funcs.extend([0; 100_000]);
        let mut bodies = leb(100_000);
        bodies.extend([2, 0, 0x0b].repeat(100_000));
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([section(1, &types), section(3, &funcs), section(10, &bodies)].concat());
        assert_eq!(inspect::json(&bytes).unwrap_err().status(), WRT_ERR_LIMIT);
        assert_eq!(print(&bytes).unwrap_err().status(), WRT_ERR_LIMIT);
        // A count of 4 billion, and nothing there.
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend(section(1, &[0xff, 0xff, 0xff, 0xff, 0x0f]));
        assert_eq!(inspect::json(&bytes).unwrap_err().status(), WRT_ERR_PARSE);
    }

    #[test]
    fn nested_types_do_not_exhaust_the_stack() {
        let nested = |kind: u8, depth: usize| {
            let mut types = vec![1];
            types.extend([kind, 1, 1].repeat(depth));
            types.extend([kind, 0]);
            let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
            bytes.extend(section(7, &types));
            bytes
        };
        for kind in [0x41, 0x42] {
            let deep = nested(kind, 1_000_000);
            for failure in [print(&deep).unwrap_err(), classify(&deep, WasmFeatures::all()).unwrap()] {
                assert_eq!(failure.status(), WRT_ERR_VALIDATE);
                assert!(message(&failure).starts_with("types are nested more than 100 deep"), "{}", message(&failure));
            }
            assert_eq!(inspected(&deep)["kind"], "component");
            assert!(print(&nested(kind, 40)).is_ok());
        }
        // Components within components, each an empty one: read without recursion.
        let mut bytes = Vec::new();
        for _ in 0..2000 {
            let inner = section(4, &bytes);
            bytes = b"\0asm\x0d\0\x01\0".to_vec();
            bytes.extend(if inner.len() > 2 { inner } else { Vec::new() });
        }
        assert_eq!(inspected(&bytes)["components"], 1);
        let _ = print(&bytes);
        let deep = format!("(module (func {}))", "(block ".repeat(200_000));
        assert_eq!(to_binary(deep.as_bytes(), None).unwrap_err().status(), WRT_ERR_PARSE);
        let deep = format!("(module (func {}{}))", "(block ".repeat(20_000), ")".repeat(20_000));
        assert!(to_binary(deep.as_bytes(), None).is_ok());
    }
}
