//! Prints the ABI as Julia: `julia/src/lib.jl`, the only place where Julia calls C.

use std::fmt::Write;

use crate::c;
use crate::model::{Api, Field, Function, Type};

const HEAD: &str = r#"# The C interface of libwrt, as include/wrt.h has it: constants, structs, and one function for each of C's.
# Generated from src/ by tests/header.rs: change the source, not this file.
#
# Handles and callbacks are `Ptr{Cvoid}`, `char *` and `uint8_t *` are `Ptr{UInt8}`; an output takes a `Ref`. The library
# is opened at the first call, by the function in `LOAD`.
module C

import Libdl

"Opens the library and calls `bind!`; set by library.jl."
const LOAD = Ref{Any}(nothing)

# The address of a function, opening the library where that has not happened.
@inline function address(slot::Base.RefValue{Ptr{Cvoid}})
    pointer = slot[]
    return pointer == C_NULL ? load(slot) : pointer
end

@noinline function load(slot::Base.RefValue{Ptr{Cvoid}})
    LOAD[]()
    slot[] == C_NULL && error("libwrt is not loaded")
    return slot[]
end
"#;

const SLOTS: &str = r#"
# Several values on the stack: a `Ref` of a tuple passes where C takes a pointer to the first of them.
@inline Base.unsafe_convert(::Type{Ptr{T}}, slots::Base.RefValue{NTuple{N,T}}) where {N,T<:Union{STRUCTS}} =
    Ptr{T}(Base.unsafe_convert(Ptr{NTuple{N,T}}, slots))
"#;

const TAIL: &str = r#"
"The names of all functions of the library."
const SYMBOLS = Tuple(first.(TABLE))

"""
    bind!(handle) -> Vector{Symbol}

Takes the address of each function from the library at `handle`, and returns the names of those that it lacks.
"""
function bind!(handle::Ptr{Cvoid})
    missing_names = Symbol[]
    for (name, slot) in TABLE
        pointer = Libdl.dlsym(handle, name; throw_error = false)
        if pointer === nothing || pointer == C_NULL
            push!(missing_names, name)
        else
            slot[] = pointer
        end
    end
    return missing_names
end

"""
    check_layout() -> Vector{String}

Compares each struct with its layout in C: one sentence for each difference, so empty where all is well.
"""
function check_layout()
    wrong = String[]
    for (T, size, offsets) in LAYOUT
        sizeof(T) == size || push!(wrong, "$T has $(sizeof(T)) bytes, in C it has $size")
        fieldcount(T) == length(offsets) || push!(wrong, "$T has $(fieldcount(T)) fields, in C it has $(length(offsets))")
        for i in 1:min(fieldcount(T), length(offsets))
            fieldoffset(T, i) == offsets[i] ||
                push!(wrong, "$T.$(fieldname(T, i)) is at $(fieldoffset(T, i)), in C at $(offsets[i])")
        end
    end
    return wrong
end

end
"#;

/// `julia/src/lib.jl`.
pub fn library(api: &Api) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n# # names: a handle is a `Ptr{Cvoid}`, whatever it leads to\n\n");
    for alias in api.aliases().filter(|alias| !api.is_opaque(&alias.of)) {
        let _ = writeln!(out, "const {} = {}", alias.name, julia_type(api, &alias.of));
    }
    for callback in api.callbacks() {
        let _ = writeln!(out, "const {} = Ptr{{Cvoid}}", callback.name);
    }
    for item in api.structs() {
        let _ = write!(out, "\nstruct {}\n", item.name);
        for field in &item.fields {
            let _ = writeln!(out, "    {}::{}", identifier(&field.name), julia_type(api, &field.ty));
        }
        out.push_str("end\n");
        let _ = writeln!(out, "{0}() = {0}({1})", item.name, zeros(api, &item.name, &item.fields));
    }
    let structs = api.structs().map(|item| item.name.as_str()).collect::<Vec<_>>().join(",");
    let _ = write!(out, "{}", SLOTS.replace("STRUCTS", &structs));
    for section in &api.sections {
        if section.groups.is_empty() && section.functions.is_empty() {
            continue;
        }
        let _ = write!(out, "\n# # {}\n", section.noun);
        for constant in section.groups.iter().flat_map(|group| &group.constants) {
            let _ = writeln!(out, "const {} = {}({})", constant.name, julia_type(api, &constant.ty), constant.text);
        }
        for item in &section.functions {
            function(&mut out, api, item);
        }
    }
    table(&mut out, api);
    out.push_str(TAIL);
    out
}

/// What a struct holds before C fills it: zeros, and its own size where C asks for that.
fn zeros(api: &Api, name: &str, fields: &[Field]) -> String {
    let value = |field: &Field| match (&*field.name, julia_type(api, &field.ty)) {
        ("struct_size", _) => format!("sizeof({name})"),
        (_, ty) if ty.starts_with("Ptr") => "C_NULL".to_owned(),
        _ => "0".to_owned(),
    };
    fields.iter().map(value).collect::<Vec<_>>().join(", ")
}

fn function(out: &mut String, api: &Api, item: &Function) {
    let names = item.params.iter().map(|param| identifier(&param.name)).collect::<Vec<_>>();
    let types = item.params.iter().map(|param| julia_type(api, &param.ty)).collect::<Vec<_>>();
    let prototype = c::prototype(item).split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
    let tuple = if types.len() == 1 { format!("({},)", types[0]) } else { format!("({})", types.join(", ")) };
    let result = if item.result == Type::Void { "Cvoid".to_owned() } else { julia_type(api, &item.result) };
    let _ = write!(
        out,
        "\n# {prototype}\nconst PTR_{name} = Ref{{Ptr{{Cvoid}}}}(C_NULL)\n\
         @inline {name}({arguments}) =\n    ccall({passed})\n",
        name = item.name,
        arguments = names.join(", "),
        passed = [format!("address(PTR_{})", item.name), result, tuple]
            .into_iter()
            .chain(names.clone())
            .collect::<Vec<_>>()
            .join(", "),
    );
}

fn table(out: &mut String, api: &Api) {
    out.push_str("\n# # all of them\n\nconst TABLE = Tuple{Symbol,Base.RefValue{Ptr{Cvoid}}}[\n");
    for item in api.functions() {
        let _ = writeln!(out, "    (:{0}, PTR_{0}),", item.name);
    }
    out.push_str("]\n\n# Each struct, its bytes in C, and where its fields begin.\nconst LAYOUT = (\n");
    for item in api.structs() {
        let offsets = item.fields.iter().map(|field| field.offset.to_string()).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "    ({}, {}, ({offsets},)),", item.name, item.size);
    }
    out.push_str(")\n");
}

fn julia_type(api: &Api, ty: &Type) -> String {
    match ty {
        Type::Void | Type::Foreign(_) => "Cvoid".to_owned(),
        Type::Char => "UInt8".to_owned(),
        Type::Size => "Csize_t".to_owned(),
        Type::Integer { bits, signed } => format!("{}Int{bits}", if *signed { "" } else { "U" }),
        Type::Named(_) if api.is_opaque(ty) => "Cvoid".to_owned(),
        Type::Named(name) => name.clone(),
        Type::Pointer { to, .. } => format!("Ptr{{{}}}", julia_type(api, to)),
    }
}

/// Names that mean something to Julia, or to this file, get an underscore.
fn identifier(name: &str) -> String {
    const WORDS: &[&str] = &[
        "address",
        "baremodule",
        "begin",
        "break",
        "catch",
        "const",
        "continue",
        "do",
        "else",
        "elseif",
        "end",
        "export",
        "false",
        "finally",
        "for",
        "function",
        "global",
        "if",
        "import",
        "let",
        "local",
        "macro",
        "module",
        "quote",
        "return",
        "struct",
        "true",
        "try",
        "type",
        "using",
        "while",
    ];
    if WORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}
