//! Text: places, descriptions, and bytes that mean harm.

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
    assert_eq!(found["tables"], json!([{"index": 0, "name": "tab", "type": "(table 4 funcref)", "imported": false}]));
    assert_eq!(found["tags"], json!([{"index": 0, "name": "tag", "type": "(tag (param i32))", "imported": false}]));
    assert_eq!(found["globals"][0], json!({"index": 0, "name": "g", "type": "(global (mut i64))", "imported": true}));
    assert_eq!([&found["start"], &found["data_segments"], &found["elem_segments"]], [3, 2, 1]);
    assert_eq!(found["producers"], json!({"language": {"Rust": "1.95"}, "processed-by": {"x": "1"}}));
    let names: Vec<_> = found["custom_sections"].as_array().unwrap().iter().map(|section| &section["name"]).collect();
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
    let names: Vec<_> = found["custom_sections"].as_array().unwrap().iter().map(|section| &section["name"]).collect();
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
