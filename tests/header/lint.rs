//! The rules of the header, each checked: what they are for is said in docs/src/abi.md and in the messages.

use crate::c;
use crate::model::{Api, Function, Param, Section, Struct, Type};
use crate::source::Place;

/// One sentence for each broken rule, with its place in the source.
pub fn broken_rules(api: &Api) -> Vec<String> {
    let mut found = Vec::new();
    text(api, &mut found);
    names(api, &mut found);
    for section in &api.sections {
        constants(section, &mut found);
        docs(section, &mut found);
        for item in &section.structs {
            layout(api, item, &mut found);
        }
        for item in &section.callbacks {
            let mut say = |what: String| found.push(format!("{}: {}: {what}", item.place.label, item.name));
            // The members of wrt_host_hooks are functions that hosts have already.
            let is_hook =
                |item_struct: &Struct| item_struct.fields.iter().any(|field| names_type(&field.ty, &item.name));
            let hook = api.structs().any(is_hook);
            if !hook
                && item.params.first().is_none_or(|first| first.name != "env" || c::type_name(&first.ty) != "void *")
            {
                say("a callback takes `void *env` first".to_owned());
            }
            if !hook && !["int32_t", "int64_t", "void"].contains(&&*c::type_name(&item.result)) {
                say(format!("a callback returns int32_t, int64_t or nothing, not {}", c::type_name(&item.result)));
            }
            signature(api, &item.params, &item.result, &mut say);
        }
        for item in &section.functions {
            function(api, item, &mut found);
        }
    }
    found
}

/// Rules 1 and 3: declarations only, and no directive but those every tool knows.
fn text(api: &Api, found: &mut Vec<String>) {
    let header = without_comments(&c::header(api));
    for line in header.lines().filter(|line| line.trim_start().starts_with('#')) {
        let words = line.split_whitespace().collect::<Vec<_>>();
        let known = match words[..] {
            ["#ifndef" | "#define", "WRT_H"] | ["#ifdef", "__cplusplus"] | ["#endif"] => true,
            ["#include", file] => matches!(file, "<stddef.h>" | "<stdint.h>"),
            ["#define", name, _] => name.starts_with("WRT_") && !name.contains('('),
            _ => false,
        };
        if !known {
            found.push(format!("wrt.h: the directive `{line}` is not for every tool"));
        }
    }
    let cdef = without_comments(&c::cdef(api));
    if cdef.contains('#') || cdef.split_whitespace().any(|word| word == "extern") {
        found.push("wrt.cdef: holds a directive".to_owned());
    }
    for word in ["inline", "static", "__attribute__", "_Static_assert", "enum", "union", "bool", "..."] {
        if header.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).any(|found| found == word) {
            found.push(format!("wrt.h: holds `{word}`"));
        }
    }
}

pub fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let mut code = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        code.push_str(part.split_once("*/").map_or("", |(_, code)| code));
    }
    code
}

/// Rule 8: one name, one meaning, in every language that may include the header.
fn names(api: &Api, found: &mut Vec<String>) {
    let types = (api.opaques().map(|item| &item.name))
        .chain(api.aliases().map(|item| &item.name))
        .chain(api.structs().map(|item| &item.name))
        .chain(api.callbacks().map(|item| &item.name));
    let mut all = types.chain(api.functions().map(|item| &item.name)).collect::<Vec<_>>();
    for name in &all {
        if !name.starts_with("wrt_") {
            found.push(format!("{name}: names of types and functions begin with wrt_"));
        }
    }
    for constant in api.constants().filter(|constant| !constant.name.starts_with("WRT_")) {
        found.push(format!("{}: {}: names of constants begin with WRT_", constant.place.label, constant.name));
    }
    all.sort();
    for pair in all.windows(2).filter(|pair| pair[0] == pair[1]) {
        found.push(format!("{}: names two things", pair[0]));
    }
}

/// Rule 2: constants are literal integers that fit every tool's `int`.
fn constants(section: &Section, found: &mut Vec<String>) {
    for item in section.groups.iter().flat_map(|group| &group.constants) {
        if item.value.is_none_or(|value| i32::try_from(value).is_err()) {
            found.push(format!("{}: {}: `{}` is not a literal of 32 bits", item.place.label, item.name, item.text));
        }
        if !matches!(item.ty, Type::Integer { bits: 32, .. }) {
            found.push(format!("{}: {}: a constant is an i32 or a u32", item.place.label, item.name));
        }
    }
}

/// Rule 7: everything is documented.
fn docs(section: &Section, found: &mut Vec<String>) {
    if section.banner.is_empty() {
        found.push(format!("src/{}.rs: the file has no doc comment", section.noun));
    }
    let mut opaque = Vec::new();
    let mut check = |name: &str, doc: &str, place: &Place| {
        if doc.is_empty() {
            found.push(format!("{}: {name}: has no doc comment", place.label));
        }
    };
    for item in section.groups.iter().flat_map(|group| &group.constants) {
        check(&item.name, &item.doc, &item.place);
    }
    for item in &section.opaques {
        check(&item.name, &item.doc, &item.place);
        if !item.place.line.ends_with("Opaque);") {
            let what = "an opaque type holds an Opaque and nothing else (src/handle.rs says why)";
            opaque.push(format!("{}: {}: {what}", item.place.label, item.name));
        }
    }
    for item in &section.aliases {
        check(&item.name, &item.doc, &item.place);
    }
    for item in &section.callbacks {
        check(&item.name, &item.doc, &item.place);
    }
    for item in &section.structs {
        check(&item.name, &item.doc, &item.place);
        for field in &item.fields {
            check(&format!("{}.{}", item.name, field.name), &field.doc, &item.place);
        }
    }
    for item in &section.functions {
        check(&item.name, &item.doc, &item.place);
    }
    found.append(&mut opaque);
}

/// Rule 4: structs have no holes, and either a size to grow by or a layout that is said to be frozen.
fn layout(api: &Api, item: &Struct, found: &mut Vec<String>) {
    let mut say = |what: String| found.push(format!("{}: {}: {what}", item.place.label, item.name));
    let mut end = 0;
    for field in &item.fields {
        if field.offset != end {
            say(format!("there is a hole before {}", field.name));
        }
        end = field.offset + field.size;
        type_is_plain(api, &field.ty, &field.name, &mut say);
    }
    if end != item.size {
        say("there is a hole at its end".to_owned());
    }
    let sized = item.fields.first().is_some_and(|field| field.name == "struct_size" && field.ty == Type::Size);
    if sized && !item.doc.contains("`struct_size`") {
        say("its doc does not say that `struct_size` is set first".to_owned());
    }
    if !sized && !item.doc.to_lowercase().contains("frozen") {
        say("it neither begins with `size_t struct_size` nor says that its layout is frozen".to_owned());
    }
}

fn function(api: &Api, item: &Function, found: &mut Vec<String>) {
    let mut say = |what: String| found.push(format!("{}: {}: {what}", item.place.label, item.name));
    signature(api, &item.params, &item.result, &mut say);
    for (i, param) in item.params.iter().enumerate() {
        let length = item.params.get(i + 1).is_some_and(|next| next.ty == Type::Size && next.name.ends_with("len"));
        if c::type_name(&param.ty) == "const char *" && !length {
            say(format!("the text {} comes without a length", param.name));
        }
    }
    if item.status && c::type_name(&item.result) != "int32_t" {
        say(format!("a status is an int32_t, not {}", c::type_name(&item.result)));
    }
    if let Some(slot) = item.error_slot() {
        let taken =
            item.params.iter().filter(|param| param.name == "error").count() > usize::from(slot.name == "error");
        if slot.name != "error" && !taken {
            say(format!("the last argument is called error, not {}", slot.name));
        }
    }
    if item.params.iter().rev().skip(1).any(|param| param.ty.is_error_slot() && item.error_slot().is_some()) {
        say("the error is the last argument".to_owned());
    }
    let fresh = item.params.iter().position(|param| is_new_handle(api, &param.ty));
    if let Some(late) = fresh.and_then(|fresh| item.params[fresh..].iter().find(|param| !param.ty.is_pointer())) {
        say(format!("{} is an input and stands behind an output", late.name));
    }
    // What fills or reads an error has no other one to describe a failure in.
    let failure = if item.error_slot().is_some() { "Errors:" } else { "Returns" };
    if item.status && !item.doc.contains(failure) {
        say(format!("its doc has no sentence that begins with `{failure}`"));
    }
    let words = ["thread", "nside the callback", "nside the host function"];
    let says_where = |doc: &str| words.iter().any(|word| doc.contains(word));
    if !says_where(&item.doc) {
        say("its doc does not say on which thread it may be called".to_owned());
    }
    let freed = |by: &str| [by, "As `wrt_"].iter().any(|word| item.doc.contains(word));
    if item.params.iter().any(|param| is_new_handle(api, &param.ty)) && !freed("wrt_release") && !freed("orrowed") {
        say("its doc does not say how the handle is released".to_owned());
    }
    if item.params.iter().any(|param| is_new_bytes(&param.ty)) && !freed("wrt_bytes_free") && !freed("Frees") {
        say("its doc does not say how the bytes are freed".to_owned());
    }
}

fn is_new_handle(api: &Api, ty: &Type) -> bool {
    ty.depth() == 2 && !ty.is_const() && api.is_opaque(ty.base())
}

fn is_new_bytes(ty: &Type) -> bool {
    c::type_name(ty) == "wrt_bytes *"
}

/// Rule 2: plain types, named parameters.
fn signature(api: &Api, params: &[Param], result: &Type, say: &mut impl FnMut(String)) {
    for param in params {
        if param.name.is_empty() {
            say("a parameter has no name".to_owned());
        }
        if RESERVED.contains(&&*param.name) {
            say(format!("{} means something to C++", param.name));
        }
        type_is_plain(api, &param.ty, &param.name, say);
    }
    type_is_plain(api, result, "the result", say);
}

fn names_type(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Named(own) if own == name)
}

fn type_is_plain(api: &Api, ty: &Type, name: &str, say: &mut impl FnMut(String)) {
    if let Type::Foreign(what) = ty.base() {
        say(format!("{name} is a {what}, which not every language has"));
    }
    if let Type::Named(of) = ty {
        let by_value = api.structs().any(|item| item.name == *of) || api.is_opaque(ty);
        if by_value {
            say(format!("{name} is a {of} by value"));
        } else if !api.is_callback(ty) && !api.aliases().any(|alias| alias.name == *of) {
            say(format!("{name} is a {of}, which the header does not declare"));
        }
    }
    if let Type::Named(of) = ty.base() {
        let known =
            api.structs().any(|item| item.name == *of) || api.is_opaque(ty.base()) || api.is_callback(ty.base());
        if ty.is_pointer() && !known && !api.aliases().any(|alias| alias.name == *of) {
            say(format!("{name} leads to a {of}, which the header does not declare"));
        }
    }
}

/// Words of C++ that are none of C.
const RESERVED: &[&str] = &[
    "and",
    "bool",
    "catch",
    "class",
    "delete",
    "explicit",
    "export",
    "false",
    "friend",
    "mutable",
    "namespace",
    "new",
    "not",
    "operator",
    "or",
    "private",
    "protected",
    "public",
    "template",
    "this",
    "throw",
    "true",
    "try",
    "typeid",
    "typename",
    "using",
    "virtual",
    "xor",
];
