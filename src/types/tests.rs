//! Types: what is read is what is written, and hostile text has no other meaning.

use super::*;
use crate::error::{WRT_ERR_PARSE, WRT_ERR_UNSUPPORTED, WRT_ERR_VALIDATE};

fn all_features() -> wasmtime::Engine {
    let mut config = wasmtime::Config::new();
    config.wasm_custom_page_sizes(true).shared_memory(true);
    wasmtime::Engine::new(&config).unwrap()
}

fn parse(engine: &wasmtime::Engine, text: &str) -> Result<Type> {
    Type::parse(engine, text)
}

fn same(a: &Type, b: &Type) -> bool {
    a.matches(b) && b.matches(a)
}

/// What `parse` wrote, and what Wasmtime's type gives without it.
fn texts_of(ty: &Type) -> [String; 2] {
    [ty.text(), if ty.is_value { known::value_text(ty.value("").unwrap()) } else { extern_text(&ty.ty) }]
}

#[test]
fn text_reads_back() {
    for text in [
        "(func)",
        "(func (param i32 i64 f32 f64 v128) (result v128 f64))",
        "(func (param funcref externref anyref eqref i31ref structref arrayref exnref))",
        "(func (result nullref nullexternref nullfuncref nullexnref (ref any) (ref extern) (ref func)))",
        "(memory 0)",
        "(memory 1 10)",
        "(memory 1 65536)",
        "(memory i64 1 281474976710656)",
        "(memory 1 2 shared)",
        "(memory 1 2 (pagesize 1))",
        "(table 10 funcref)",
        "(table 0 4294967295 externref)",
        "(table i64 1 18446744073709551615 (ref null i31))",
        "(global i32)",
        "(global (mut i64))",
        "(global (mut (ref func)))",
        "(tag)",
        "(tag (param i32 externref))",
        "(type $t0 (struct (field i8) (field (mut i16)) (field (mut f32)))) (func (param (ref $t0)))",
        "(type $t0 (array (mut i8))) (table 1 (ref null $t0))",
        "(type $t0 (func (param i32))) (global (mut (ref null $t0)))",
        "(type $t0 (func (param i32))) (func (param i32 (ref $t0)))",
        "(type $t0 (sub (func))) (type $t1 (sub final $t0 (func))) (func (type $t1))",
        "(type $t0 (sub (struct))) (type $t1 (sub $t0 (struct (field i32)))) (tag (param (ref $t1)))",
        "(type $t0 (struct (field (ref null $t0)))) (func (result (ref $t0)))",
        "(type $t0 (func (param (ref null $t0)))) (func (type $t0))",
        "(rec (type $t0 (struct (field (ref null $t1)))) (type $t1 (array (ref null $t0)))) (func (param (ref $t1)))",
        "i32",
        "v128",
        "funcref",
        "(ref any)",
        "(type $t0 (array (mut i8))) (ref null $t0)",
        "(type $t0 (sub (struct))) (type $t1 (sub $t0 (struct (field i32)))) (ref $t1)",
    ] {
        let engine = all_features();
        let read = parse(&engine, text).unwrap_or_else(|e| panic!("{text}: {}", e.report().message));
        for written in texts_of(&read) {
            let again = parse(&engine, &written).unwrap_or_else(|e| panic!("{written}: {}", e.report().message));
            assert!(same(&read, &again), "{text} became {written}");
            assert_eq!(again.text(), written);
        }
    }
}

#[test]
fn unreached_members_of_a_group_are_kept() {
    let engine = all_features();
    let ty = parse(&engine, "(rec (type $a (func)) (type (struct))) (type (array i8)) (func (type $a))").unwrap();
    assert_eq!(ty.text(), "(rec (type $t0 (func)) (type $t1 (struct))) (func (type $t0))");
    assert!(same(&ty, &parse(&engine, &ty.text()).unwrap()));
    assert!(!same(&ty, &parse(&engine, "(func)").unwrap()));
}

#[test]
fn a_definition_alone_is_a_reference_to_it() {
    let engine = all_features();
    for (text, wanted) in [
        ("(struct (field i32))", "(type $t0 (struct (field i32))) (ref $t0)"),
        ("(array (mut i8))", "(type $t0 (array (mut i8))) (ref $t0)"),
        (
            "(type $a (sub (struct))) (sub $a (struct (field i64)))",
            "(type $t0 (sub (struct))) (type $t1 (sub $t0 (struct (field i64)))) (ref $t1)",
        ),
    ] {
        assert_eq!(parse(&engine, text).unwrap().text(), wanted);
    }
    let (value, item) = (parse(&engine, "i32").unwrap(), parse(&engine, "(global i32)").unwrap());
    assert!(!value.matches(&item) && !item.matches(&value));
    assert!(value.global("type").is_err() && item.value("type").is_err());
}

fn fails(text: &str) -> (i32, String) {
    let failure = parse(&all_features(), text).err().unwrap_or_else(|| panic!("{text} is no error"));
    (failure.status(), failure.report().message.clone())
}

#[test]
fn errors_are_about_the_text_itself() {
    for (text, message) in [
        ("", "line 1, column 1: expected a type: (func ...), "),
        ("func", "line 1, column 1: expected a type: (func ...), "),
        ("(func", "line 1, column 6: expected `)`"),
        ("(func (param i33))", "line 1, column 14: unexpected token, expected one of: `i32`"),
        ("(type $é (func))", "line 1, column 7: empty identifier"),
        (";; grün\n(; ü ;) (func (param i33))", "line 2, column 22: unexpected token, expected one of: `i32`"),
        ("(func (param (ref $s)))", "line 1, column 19: unknown type: there is no `$s`"),
        ("(type $s (func)) (type $s (func)) (func)", "line 1, column 24: duplicate type identifier"),
        // One type, and nothing around it.
        ("(func) (func)", "line 1, column 8: expected the end"),
        ("(func) x", "line 1, column 8: expected the end"),
        ("(type $s (func))", "line 1, column 17: expected a type: (func ...), "),
        ("(func) (type $s (func))", "line 1, column 8: expected the end"),
        ("(module)", "line 1, column 2: unexpected token, expected one of: `func`"),
        ("(import \"a\" \"b\" (func))", "line 1, column 2: unexpected token, expected one of: `func`"),
        ("(export \"a\" (func 0))", "line 1, column 2: unexpected token, expected one of: `func`"),
        ("(func (export \"a\"))", "line 1, column 7: expected `)`"),
        ("(func (import \"a\" \"b\"))", "line 1, column 7: expected `)`"),
        ("(func i32.const 0)", "line 1, column 7: expected `)`"),
        ("(global i32 (i32.const 0))", "line 1, column 13: expected `)`"),
        ("(memory (data \"a\"))", "line 1, column 9: expected a u64"),
        ("(table funcref (elem))", "line 1, column 8: expected a u64"),
        // Out of whatever parentheses stand around it.
        (")) (func", "line 1, column 1: expected a type: (func ...), "),
        ("(func)) (func", "line 1, column 7: extra tokens"),
        ("(func)) (func (export \"a\")", "line 1, column 7: extra tokens"),
        ("(func (; ", "line 1, column 7: unterminated block comment"),
        ("(func \"", "line 1, column 8: unexpected end-of-file"),
        ("(func $\"a", "line 1, column 10: unexpected end-of-file"),
        ("(memory 99999999999999999999)", "line 1, column 9: invalid u64 number"),
        ("\0asm\u{1}\0\0\0", "line 1, column 1: unexpected character"),
    ] {
        let (status, found) = fails(text);
        assert_eq!(status, WRT_ERR_PARSE, "{text}: {found}");
        assert!(found.starts_with(message), "{text}: {found}");
        assert!(!found.contains("import \"\"") && !found.contains('\n'), "{found}");
    }
}

#[test]
fn invalid_types_are_refused() {
    for text in [
        "(memory 2 1)",
        "(memory 65537)",
        "(memory 1 shared)",
        "(memory 1 (pagesize 2))",
        "(table 2 1 funcref)",
        "(table 4294967296 funcref)",
        "(tag (result i32))",
        "(func (type 0))",
        "(type (struct)) (func (type 0))",
        "(type $a (func)) (type (sub $a (func))) (func)",
    ] {
        let (status, found) = fails(text);
        assert_eq!(status, WRT_ERR_VALIDATE, "{text}: {found}");
        assert!(found.starts_with("the type is invalid: ") && !found.contains("offset"), "{text}: {found}");
    }
    let mut config = wasmtime::Config::new();
    config.wasm_threads(false).wasm_gc(false).wasm_memory64(false).wasm_simd(false).wasm_relaxed_simd(false);
    let plain = wasmtime::Engine::new(&config).unwrap();
    for text in ["(memory 1 2 shared)", "(memory i64 1)", "(func (param v128))", "(func (param i31ref))"] {
        assert_eq!(parse(&plain, text).err().map(|failure| failure.status()), Some(WRT_ERR_VALIDATE), "{text}");
        assert!(parse(&all_features(), text).is_ok(), "{text}");
    }
}

#[test]
fn an_engine_without_a_compiler_has_the_plain_types() {
    let mut config = wasmtime::Config::new();
    config.enable_compiler(false);
    let engine = wasmtime::Engine::new(&config).unwrap();
    assert_eq!(parse(&engine, "(func (param i32 anyref))").unwrap().text(), "(func (param i32 anyref))");
    assert_eq!(parse(&engine, "(memory i64 1 2)").unwrap().text(), "(memory i64 1 2)");
    let failure = parse(&engine, "(type $s (struct)) (global (ref $s))").err().unwrap();
    assert_eq!(failure.status(), WRT_ERR_UNSUPPORTED);
}

#[test]
fn names_and_comments_are_read() {
    let engine = all_features();
    for (text, written) in [
        ("(func $f (param $x i32) (param i64) (result f32))", "(func (param i32 i64) (result f32))"),
        (";; grün\n( func (;ü;) $\"größe\" )\n", "(func)"),
        ("(memory $m 0x10 1_00)", "(memory 16 100)"),
        ("(type $\"π\" (func)) (table 0 (ref null $\"π\"))", "(type $t0 (func)) (table 0 (ref null $t0))"),
        ("(type (func (param i32))) (func (type 0))", "(func (param i32))"),
        ("(func (@name \"x\") (param i32))", "(func (param i32))"),
    ] {
        assert_eq!(parse(&engine, text).unwrap().text(), written);
    }
}

#[test]
fn matching_follows_the_rules_of_imports() {
    let engine = all_features();
    for (found, expected, matches) in [
        ("(func (param i32))", "(func (param i32))", true),
        ("(func (param i32))", "(func (param i64))", false),
        ("(func (param i32))", "(func (param i32) (result i32))", false),
        // Function types match by what they declare, not by what their parts would allow.
        ("(func (result nullref))", "(func (result anyref))", false),
        ("(type $a (sub (func))) (func (type $a))", "(func)", false),
        (
            "(type $a (sub (func))) (type $b (sub $a (func))) (func (type $b))",
            "(type $a (sub (func))) (func (type $a))",
            true,
        ),
        (
            "(type $a (sub (func))) (func (type $a))",
            "(type $a (sub (func))) (type $b (sub $a (func))) (func (type $b))",
            false,
        ),
        ("(rec (type $a (func)) (type (struct))) (func (type $a))", "(func)", false),
        ("(memory 1)", "(memory 1)", true),
        ("(memory 2 3)", "(memory 1 4)", true),
        ("(memory 1 4)", "(memory 2 4)", false),
        ("(memory 1 5)", "(memory 1 4)", false),
        ("(memory 1)", "(memory 1 4)", false),
        ("(memory 1 4)", "(memory 1)", true),
        ("(memory i64 1)", "(memory 1)", false),
        ("(memory 1 2 shared)", "(memory 1 2)", false),
        ("(memory 1 2)", "(memory 1 2 shared)", false),
        ("(memory 1 2 (pagesize 1))", "(memory 1 2)", false),
        ("(table 2 3 funcref)", "(table 1 funcref)", true),
        ("(table 1 funcref)", "(table 1 3 funcref)", false),
        ("(table 1 funcref)", "(table 1 externref)", false),
        ("(table 1 nullfuncref)", "(table 1 funcref)", false),
        ("(table i64 1 funcref)", "(table 1 funcref)", false),
        ("(global i32)", "(global i32)", true),
        ("(global i32)", "(global (mut i32))", false),
        ("(global (mut i32))", "(global i32)", false),
        ("(global (ref func))", "(global funcref)", true),
        ("(global funcref)", "(global (ref func))", false),
        ("(global (mut (ref func)))", "(global (mut funcref))", false),
        ("(tag (param i32))", "(tag (param i32))", true),
        ("(tag (param i32))", "(tag)", false),
        ("(tag)", "(func)", false),
        ("(memory 1)", "(table 1 funcref)", false),
    ] {
        let (a, b) = (parse(&engine, found).unwrap(), parse(&engine, expected).unwrap());
        assert_eq!(super::matches(&a.ty, &b.ty), matches, "{found} for {expected}");
    }
}

/// The same decision by Wasmtime: a module that imports the one type and is given what another exports of the other.
#[test]
fn matching_agrees_with_wasmtime() {
    let engine = all_features();
    let kinds: [&[&str]; 4] = [
        &[
            "(memory 1)",
            "(memory 1 2)",
            "(memory 2 2)",
            "(memory i64 1)",
            "(memory i64 1 2)",
            "(memory 0 1 (pagesize 1))",
        ],
        &[
            "(table 1 funcref)",
            "(table 1 2 funcref)",
            "(table 1 externref)",
            "(table 1 (ref null i31))",
            "(table i64 1 2 funcref)",
        ],
        &[
            "(global i32)",
            "(global (mut i32))",
            "(global i64)",
            "(global anyref)",
            "(global eqref)",
            "(global (mut anyref))",
        ],
        &["(tag)", "(tag (param i32))", "(tag (param i64))"],
    ];
    for text in kinds {
        for found in text {
            for expected in text {
                let mut store = wasmtime::Store::new(&engine, ());
                let (a, b) = (parse(&engine, found).unwrap(), parse(&engine, expected).unwrap());
                let item = a.ty.default_value(&mut store).unwrap();
                let module = wasmtime::Module::new(&engine, format!("(import \"\" \"\" {expected})")).unwrap();
                let linked = wasmtime::Instance::new(&mut store, &module, &[item]);
                assert_eq!(super::matches(&a.ty, &b.ty), linked.is_ok(), "{found} for {expected}");
            }
        }
    }
}

#[test]
fn other_types_are_named_in_the_message() {
    let engine = all_features();
    let memory = parse(&engine, "(memory 1)").unwrap();
    let failure = memory.func("type").err().unwrap();
    assert_eq!(
        (failure.status(), &*failure.report().message),
        (WRT_ERR_TYPE, "type is a memory type, not a function type")
    );
    assert!(memory.memory("type").is_ok() && memory.table("type").is_err() && memory.global("type").is_err());
    let failure = memory.signature("type").err().unwrap();
    assert_eq!(failure.report().message, "type is a memory type, not a function or tag type");
    let failure = parse(&engine, "(func)").unwrap().shape("type").err().unwrap();
    assert_eq!(failure.report().message, "type is a function type, not a table, memory, global or value type");
    let failure = memory.check_engine(&all_features(), "type").err().unwrap();
    assert_eq!((failure.status(), &*failure.report().message), (WRT_ERR_STORE, "type belongs to another engine"));
}

#[test]
fn texts_for_messages_stand_alone() {
    let engine = all_features();
    let ty = parse(&engine, "(type $s (struct (field i32))) (func (param i32 i32 (ref $s)) (result i32))").unwrap();
    let func = ty.func("type").unwrap();
    assert_eq!(func_text(func), "(func (param i32 i32 (ref $t0)) (result i32))");
    let texts: Vec<_> = func.params().map(|ty| val_text(&ty)).collect();
    assert_eq!(texts, ["i32", "i32", "(ref $t0)"]);
    assert_eq!(val_text(&ValType::EXTERNREF), "externref");
}

#[test]
fn several_items_share_their_definitions() {
    let engine = all_features();
    let text = "(type $s (struct)) (type $f (func (result (ref $s))))";
    let items = ["(table 1 (ref null $f))", "(func (param (ref $s)))", "(memory 1)"];
    let items = items.map(|item| parse(&engine, &format!("{text} {item}")).unwrap().ty);
    let texts = texts(&items.each_ref());
    assert_eq!(texts.definitions, ["(type $t0 (struct))", "(type $t1 (func (result (ref $t0))))"]);
    assert_eq!(texts.items, ["(table 1 (ref null $t1))", "(func (param (ref $t0)))", "(memory 1)"]);
}

#[test]
fn long_chains_of_types_do_not_exhaust_the_stack() {
    let engine = all_features();
    let mut text = "(type $a0 (struct))".to_owned();
    for index in 1..20_000 {
        text += &format!("(type $a{index} (struct (field (ref $a{}))))", index - 1);
    }
    text += "(func (param (ref $a19999)))";
    let ty = parse(&engine, &text).unwrap();
    assert_eq!(extern_text(&ty.ty), ty.text());
    assert_eq!(ty.text().matches("(type ").count(), 20_000);
}

/// A source of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// A value type that may name one of the types below `defined`.
    fn value(&mut self, defined: usize) -> String {
        let plain = [
            "i32",
            "i64",
            "f32",
            "f64",
            "v128",
            "funcref",
            "externref",
            "anyref",
            "eqref",
            "(ref i31)",
            "nullref",
            "exnref",
        ];
        match self.below(3) {
            0 if defined > 0 => format!("(ref {}{})", self.pick(&["", "null "]), self.below(defined)),
            _ => self.pick(&plain).to_owned(),
        }
    }

    fn field(&mut self, defined: usize) -> String {
        let ty = if self.below(4) == 0 { self.pick(&["i8", "i16"]).to_owned() } else { self.value(defined) };
        if self.below(2) == 0 { ty } else { format!("(mut {ty})") }
    }

    fn several(&mut self, word: &str, part: impl Fn(&mut Dice) -> String) -> String {
        (0..self.below(4)).map(|_| format!(" ({word} {})", part(self))).collect()
    }

    fn signature(&mut self, defined: usize) -> String {
        let params = self.several("param", |dice| dice.value(defined));
        params + &self.several("result", |dice| dice.value(defined))
    }

    fn limits(&mut self) -> String {
        let min = self.below(100);
        let max = min + self.below(100);
        format!(
            "{}{min}{}",
            self.pick(&["", "i64 "]),
            if self.below(2) == 0 { String::new() } else { format!(" {max}") }
        )
    }

    /// Definitions in groups of up to three, and an item.
    fn text(&mut self) -> String {
        let mut text = String::new();
        let mut defined = 0;
        for _ in 0..self.below(4) {
            let size = 1 + self.below(3);
            text += if size > 1 { "(rec " } else { "" };
            for _ in 0..size {
                let inner = match self.below(3) {
                    0 => format!("(func{})", self.signature(defined + size)),
                    1 => format!("(struct{})", self.several("field", |dice| dice.field(defined + size))),
                    _ => format!("(array {})", self.field(defined + size)),
                };
                text += &match self.below(3) {
                    0 => format!("(type (sub {inner}))"),
                    _ => format!("(type {inner})"),
                };
            }
            text += if size > 1 { ") " } else { " " };
            defined += size;
        }
        let item = match self.below(5) {
            0 | 1 => format!("(func{})", self.signature(defined)),
            2 => format!("(memory {})", self.limits()),
            3 => format!(
                "(table {} (ref null {}))",
                self.limits(),
                if defined > 0 { self.below(defined).to_string() } else { "func".to_owned() }
            ),
            _ => format!("(global {})", self.field(defined).replace("i8", "i32").replace("i16", "i64")),
        };
        text + &item
    }
}

#[test]
fn whatever_is_written_reads_back() {
    let mut dice = Dice(7);
    let mut defined = 0;
    for _ in 0..400 {
        // A fresh engine numbers types in order, which is what tells the order of a group.
        let engine = all_features();
        let text = dice.text();
        let ty = parse(&engine, &text).unwrap_or_else(|e| panic!("{text}: {}", e.report().message));
        let again = parse(&engine, &ty.text()).unwrap_or_else(|e| panic!("{}: {}", ty.text(), e.report().message));
        assert!(same(&ty, &again), "{text} became {}", ty.text());
        assert_eq!(again.text(), ty.text());
        defined += usize::from(ty.text().contains("(type"));
        // Without the text that was read, members of a group that nothing leads to are unknown.
        if !text.contains("(rec") {
            assert_eq!(extern_text(&ty.ty), ty.text(), "{text}");
        }
    }
    assert!(defined > 100, "only {defined} had definitions");
}

#[test]
fn what_is_known_is_the_same() {
    let (engine, known) = (all_features(), Known::default());
    let parse = |text: &str| known.parse(&engine, text);
    for text in ["(func (param i32))", "(type $t (struct (field i32))) (ref $t)", "(memory 1)"] {
        let (first, again) = (parse(text).unwrap(), parse(text).unwrap());
        assert!(same(&first, &again) && first.text() == again.text() && first.is_value == again.is_value);
    }
    assert_eq!(known.0.lock().len(), 3);
    // What is wrong stays wrong, and what is long or much is not kept.
    assert!(parse("(func").is_err() && parse("(func").is_err());
    let long = format!("(func (param {}))", "i32 ".repeat(900));
    assert!(long.len() < Known::LONGEST && parse(&long).is_ok());
    assert!(parse(&format!("{long}{}", " ".repeat(Known::LONGEST))).is_ok());
    for i in 0..2 * Known::MOST {
        assert!(parse(&format!("(memory {i})")).is_ok());
    }
    assert!(known.0.lock().len() <= Known::MOST);
}
