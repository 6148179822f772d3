//! Prints the ABI as C: the header, and its twin without directives for tools that bring no preprocessor.

use std::fmt::Write;

use crate::model::{Api, Callback, Constant, Function, Param, Section, Struct, Type};

const WIDTH: usize = 120;

/// `include/wrt.h`.
pub fn header(api: &Api) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "/*\n * libwrt {}: WebAssembly for any language with an FFI.\n *\n\
{CONVENTIONS} *\n * Generated from src/ by tests/header.rs: change the source, not this file.\n */\n\
         #ifndef WRT_H\n#define WRT_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n",
        api.version
    );
    body(&mut out, api, |out, constants| {
        for constant in constants {
            comment(out, &constant.doc, "");
            let _ = writeln!(out, "#define {} {}", constant.name, parenthesized(&constant.text));
        }
    });
    out.push_str("\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* WRT_H */\n");
    out
}

/// `include/wrt.cdef`.
pub fn cdef(api: &Api) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "/*\n * libwrt {}: the declarations of wrt.h without a directive, for ffi.cdef of cffi and of LuaJIT and their like.\n *\n\
{CONVENTIONS} *\n * Generated from src/ by tests/header.rs: change the source, not this file.\n */\n",
        api.version
    );
    body(&mut out, api, |out, constants| {
        out.push_str("enum {\n");
        for (i, constant) in constants.iter().enumerate() {
            comment(out, &constant.doc, "  ");
            let comma = if i + 1 < constants.len() { "," } else { "" };
            let _ = writeln!(out, "  {} = {}{comma}", constant.name, constant.text);
        }
        out.push_str("};\n");
    });
    out
}

const CONVENTIONS: &str = " * Handles are reference-counted: wrt_retain, wrt_release. Fallible functions return a status, WRT_OK or one of
 * WRT_ERR_*, and describe a failure in their last argument, a wrt_error that may be NULL. Outputs are written on success
 * only. Text is UTF-8 with a length; the length (size_t)-1 says that a NUL ends it. NULL, a closed handle or a handle of
 * another kind is answered with a status, never with a crash. \"The store's thread\" is whichever thread uses the store: one at a
 * time, and a second one gets WRT_ERR_BUSY. docs/src/abi.md holds the rules in full; an archive has it in share/doc.
";

fn body(out: &mut String, api: &Api, print_constants: impl Fn(&mut String, &[Constant])) {
    out.push_str("\n/* # names: every handle and struct; what they are for stands with their functions */\n\n");
    names(out, api);
    for section in &api.sections {
        let _ = write!(out, "\n/* # {}\n", section.noun);
        for line in section.doc.lines() {
            let _ = writeln!(out, " * {line}");
        }
        out.push_str(" */\n");
        for group in &section.groups {
            out.push('\n');
            print_constants(out, &group.constants);
        }
        print_section(out, section);
    }
}

/// The types first, so that no section needs to stand before another.
fn names(out: &mut String, api: &Api) {
    for opaque in api.opaques() {
        comment(out, &opaque.doc, "");
        let _ = writeln!(out, "typedef struct {0} {0};", opaque.name);
    }
    for alias in api.aliases() {
        comment(out, &alias.doc, "");
        let _ = writeln!(out, "typedef {};", declare(&alias.of, &alias.name));
    }
    out.push('\n');
    for item in api.structs() {
        let _ = writeln!(out, "typedef struct {0} {0};", item.name);
    }
}

fn print_section(out: &mut String, section: &Section) {
    for item in &section.callbacks {
        out.push('\n');
        comment(out, &item.doc, "");
        let _ = writeln!(out, "{}", callback(item));
    }
    for item in &section.structs {
        out.push('\n');
        print_struct(out, item);
    }
    for item in &section.functions {
        out.push('\n');
        comment(out, &item.doc, "");
        let _ = writeln!(out, "{}", prototype(item));
    }
}

fn print_struct(out: &mut String, item: &Struct) {
    comment(out, &item.doc, "");
    let _ = writeln!(out, "struct {} {{", item.name);
    for field in &item.fields {
        comment(out, &field.doc, "  ");
        let _ = writeln!(out, "  {};", declare(&field.ty, &field.name));
    }
    out.push_str("};\n");
}

pub fn prototype(function: &Function) -> String {
    with_params(&declare(&function.result, &format!("{}(", function.name)), &function.params)
}

pub fn callback(callback: &Callback) -> String {
    with_params(&format!("typedef {}", declare(&callback.result, &format!("(*{})(", callback.name))), &callback.params)
}

/// A parameter list, on as many lines as it needs.
fn with_params(start: &str, params: &[Param]) -> String {
    let params = params.iter().map(|param| declare(&param.ty, &param.name)).collect::<Vec<_>>();
    if params.is_empty() {
        return format!("{start}void);");
    }
    let line = format!("{start}{});", params.join(", "));
    if line.len() <= WIDTH { line } else { format!("{start}\n    {});", params.join(",\n    ")) }
}

/// `name` declared as a `ty`, in C.
pub fn declare(ty: &Type, name: &str) -> String {
    fn go(ty: &Type, inner: &str, constant: bool) -> String {
        let constant_word = if constant { "const " } else { "" };
        match ty {
            Type::Pointer { to, constant: pointee } => go(to, &format!("*{constant_word}{inner}"), *pointee),
            base => format!("{constant_word}{} {inner}", base_name(base)),
        }
    }
    go(ty, name, false).trim_end().to_owned()
}

/// `ty` without a name: `const char *`.
pub fn type_name(ty: &Type) -> String {
    declare(ty, "")
}

fn base_name(ty: &Type) -> String {
    match ty {
        Type::Void => "void".to_owned(),
        Type::Char => "char".to_owned(),
        Type::Size => "size_t".to_owned(),
        Type::Integer { bits, signed } => format!("{}int{bits}_t", if *signed { "" } else { "u" }),
        Type::Named(name) | Type::Foreign(name) => name.clone(),
        Type::Pointer { .. } => type_name(ty),
    }
}

fn parenthesized(value: &str) -> String {
    if value.starts_with('-') { format!("({value})") } else { value.to_owned() }
}

fn comment(out: &mut String, doc: &str, indent: &str) {
    assert!(!doc.contains("*/") && !doc.contains("/*"), "a comment of C cannot hold this doc: {doc}");
    let lines = doc.lines().collect::<Vec<_>>();
    match lines[..] {
        [] => {}
        [line] if line.len() + indent.len() + "/**  */".len() <= WIDTH => {
            let _ = writeln!(out, "{indent}/** {line} */");
        }
        [first, ref rest @ ..] => {
            let _ = writeln!(out, "{indent}/** {first}");
            for line in rest {
                let _ = writeln!(out, "{}", format!("{indent} *  {line}").trim_end());
            }
            let _ = writeln!(out, "{indent} */");
        }
    }
}
