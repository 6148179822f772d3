//! Scripts: every command and every constant.

use super::*;
use crate::error::WRT_ERR_PARSE;
use serde_json::{Value, json};

fn commands(source: &str) -> Value {
    let script = Script::new(source, "dir/a.b.wast").unwrap();
    let mut json: Value = serde_json::from_slice(&script.json[..script.json.len() - 1]).unwrap();
    assert_eq!(json["source_filename"], "dir/a.b.wast");
    json["commands"].take()
}

fn constants(results: &str) -> Value {
    commands(&format!("(assert_return (invoke \"f\") {results})"))[0]["expected"].take()
}

#[test]
fn modules_are_files() {
    let source = "(module $m)\n(module definition)\n (module quote \"(mod\" \"ule\")\n(module quote \"(func)\")\n\
                  (assert_malformed\n (module binary \"\\00asm\")\n\"why\")";
    assert_eq!(
        commands(source),
        json!([
            {"type": "module", "line": 1, "name": "m", "filename": "a.b.0.wasm", "module_type": "binary"},
            {"type": "module_definition", "line": 2, "filename": "a.b.1.wasm", "module_type": "binary"},
            {"type": "module", "line": 3, "filename": "a.b.2.wat", "module_type": "text"},
            {"type": "module", "line": 4, "filename": "a.b.3.wat", "module_type": "text",
             "binary_filename": "a.b.3.wasm"},
            {"type": "assert_malformed", "line": 6, "filename": "a.b.4.wasm", "module_type": "binary", "text": "why"},
        ])
    );
    let script = Script::new(source, "").unwrap();
    assert_eq!(script.modules["script.2.wat"], b"(mod ule \0");
    assert_eq!(script.modules["script.3.wat"], b"(func) \0");
    assert!(script.modules["script.3.wasm"].starts_with(b"\0asm\x01\0\0\0"));
    assert_eq!(script.modules["script.4.wasm"], b"\0asm\0");
}

#[test]
fn commands_are_objects() {
    assert_eq!(
        commands(
            "(invoke $i \"f\" (i32.const -1))\n(assert_return (get \"g\"))\n(assert_trap (invoke \"f\") \"why\")\n\
             (assert_exhaustion (invoke \"f\") \"why\")\n(assert_exception (invoke \"f\"))\n(register \"r\" $i)\n\
             (assert_suspension (invoke \"f\") \"why\")\n(module instance $i $m)\n\
             (thread $t (shared (module $m)) (invoke \"f\"))\n(wait $t)"
        ),
        json!([
            {"type": "action", "line": 1,
             "action": {"type": "invoke", "module": "i", "field": "f", "args": [{"type": "i32", "value": "-1"}]}},
            {"type": "assert_return", "line": 2, "action": {"type": "get", "field": "g"}, "expected": []},
            {"type": "assert_trap", "line": 3, "action": {"type": "invoke", "field": "f", "args": []}, "text": "why"},
            {"type": "assert_exhaustion", "line": 4, "action": {"type": "invoke", "field": "f", "args": []},
             "text": "why"},
            {"type": "assert_exception", "line": 5, "action": {"type": "invoke", "field": "f", "args": []}},
            {"type": "register", "line": 6, "name": "i", "as": "r"},
            {"type": "assert_suspension", "line": 7, "action": {"type": "invoke", "field": "f", "args": []},
             "text": "why"},
            {"type": "module_instance", "line": 8, "instance": "i", "module": "m"},
            {"type": "thread", "line": 9, "name": "t", "shared_module": "m", "commands": [
                {"type": "action", "line": 9, "action": {"type": "invoke", "field": "f", "args": []}}]},
            {"type": "wait", "line": 10, "thread": "t"},
        ])
    );
    let refused = "(assert_invalid (module) \"a\") (assert_unlinkable (module) \"b\") (assert_trap (module) \"c\")";
    let refused = commands(refused);
    let kinds = ["assert_invalid", "assert_unlinkable", "assert_uninstantiable"];
    assert_eq!(kinds.map(Value::from), [0, 1, 2].map(|i: usize| refused[i]["type"].clone()));
}

#[test]
fn numbers_are_text() {
    assert_eq!(
        constants("(i64.const 0xffffffffffffffff) (f32.const -0) (f64.const nan:canonical) (f32.const nan:arithmetic)"),
        json!([
            {"type": "i64", "value": "-1"},
            {"type": "f32", "value": "2147483648"},
            {"type": "f64", "value": "nan:canonical"},
            {"type": "f32", "value": "nan:arithmetic"},
        ])
    );
    assert_eq!(
        constants("(v128.const i64x2 1 -1) (either (v128.const f32x4 nan:canonical 0 0 1) (i32.const 7))"),
        json!([
            {"type": "v128", "lane_type": "i64", "value": ["1", "-1"]},
            {"type": "either", "values": [
                {"type": "v128", "lane_type": "f32", "value": ["nan:canonical", "0", "0", "1065353216"]},
                {"type": "i32", "value": "7"}]},
        ])
    );
}

#[test]
fn null_is_told_from_any() {
    assert_eq!(
        constants("(ref.eq) (ref.null eq) (ref.null) (ref.null none) (ref.extern 5) (ref.func 2) (ref.func)"),
        json!([
            {"type": "eqref"}, {"type": "eqref", "value": "null"}, {"type": "refnull"}, {"type": "nullref"},
            {"type": "externref", "value": "5"}, {"type": "funcref", "value": {"index": 2}},
            {"type": "funcref"},
        ])
    );
}

#[test]
fn values_of_components() {
    assert_eq!(
        constants("(list.const (u8.const 1)) (variant.const \"v\" (str.const \"s\")) (option.none) (result.err)"),
        json!([
            {"type": "list", "value": [{"type": "u8", "value": "1"}]},
            {"type": "variant", "value": {"case": "v", "payload": {"type": "string", "value": "s"}}},
            {"type": "option", "value": null},
            {"type": "result", "value": {"Err": null}},
        ])
    );
}

#[test]
fn errors_have_a_place() {
    for (source, message) in [
        ("(module)\n(assert_retur)", "a.wast:2:2: unexpected token, expected one of: `module`"),
        ("(module (func (call $none)))", "a.wast:1:21: unknown func: there is no `$none`"),
        ("(assert_return (module))", "a.wast:1:17: a module is no action"),
        ("(assert_return (invoke \"f\") (ref.func $f))", "a.wast:1:2: "),
    ] {
        let failure = Script::new(source, "a.wast").err().unwrap();
        assert_eq!(failure.status(), WRT_ERR_PARSE);
        assert!(failure.report().message.starts_with(message), "{}", failure.report().message);
    }
}
