//! What is not tried, and why: all of it is Wasmtime's, or the specification's own history.

/// Lines of a script, or the whole of it.
pub struct Known {
    pub folder: &'static str,
    pub file: &'static str,
    /// None where it is the whole script.
    pub lines: &'static [u64],
    pub why: &'static str,
}

const DESCRIPTORS: &str = "Wasmtime does not have custom descriptors";
const LONG: &str = "sizes and offsets may be 64-bit numbers since memory64, which are longer";
const ZERO: &str = "the byte that had to be zero is the number of a memory since multi-memory";
const MEMORIES: &str = "modules may have several memories since multi-memory";
const TABLES: &str = "modules may have several tables since reference-types";
const SEGMENTS: &str = "segments that do not fit are traps since bulk-memory";
const LABELS: &str = "the labels of an unreachable br_table may differ in type since WebAssembly 2.0";

const fn all(folder: &'static str, file: &'static str, why: &'static str) -> Known {
    Known { folder, file, lines: &[], why }
}

const fn some(folder: &'static str, file: &'static str, lines: &'static [u64], why: &'static str) -> Known {
    Known { folder, file, lines, why }
}

pub const KNOWN: &[Known] = &[
    some("wasm-v1", "binary-leb128.wast", &[217, 225, 404, 461], LONG),
    some("wasm-v1", "imports.wast", &[405, 409, 413], MEMORIES),
    some("wasm-v1", "memory.wast", &[8, 9], MEMORIES),
    some("wasm-v2", "binary-leb128.wast", &[218, 226], LONG),
    some("wasm-v2", "binary.wast", &[146, 166, 185, 204, 243, 262, 280, 298], ZERO),
    some("wasm-v2", "imports.wast", &[488, 492, 496], MEMORIES),
    some("wasm-v2", "memory.wast", &[10, 11], MEMORIES),
    all("custom-descriptors", "array_new_exact.wast", DESCRIPTORS),
    all("custom-descriptors", "binary-descriptors.wast", DESCRIPTORS),
    some("custom-descriptors", "br_on_cast.wast", &[211], DESCRIPTORS),
    all("custom-descriptors", "br_on_cast_desc_eq.wast", DESCRIPTORS),
    all("custom-descriptors", "br_on_cast_desc_eq_fail.wast", DESCRIPTORS),
    some("custom-descriptors", "br_on_cast_fail.wast", &[226], DESCRIPTORS),
    all("custom-descriptors", "descriptors.wast", DESCRIPTORS),
    all("custom-descriptors", "exact-casts.wast", DESCRIPTORS),
    all("custom-descriptors", "exact-func-import.wast", DESCRIPTORS),
    all("custom-descriptors", "exact.wast", DESCRIPTORS),
    all("custom-descriptors", "ref_cast_desc_eq.wast", DESCRIPTORS),
    all("custom-descriptors", "ref_get_desc.wast", DESCRIPTORS),
    all("custom-descriptors", "struct_new_desc.wast", DESCRIPTORS),
    some("function-references", "binary.wast", &[146, 166, 185, 204, 243, 262, 280, 298], ZERO),
    some("memory64", "binary.wast", &[877, 897, 916, 935, 974, 993, 1011, 1029], ZERO),
    some("memory64", "memory.wast", &[10, 11], MEMORIES),
    some("memory64", "memory64.wast", &[8, 9], MEMORIES),
    some("multi-value", "binary.wast", &[163, 183, 202, 221, 260, 279, 297, 315], ZERO),
    some("mutable-global", "linking.wast", &[207, 228, 239, 299, 335, 345], SEGMENTS),
    some("reference-types", "binary-leb128.wast", &[218, 226, 405, 462], LONG),
    some("reference-types", "binary.wast", &[158, 355, 363, 420], LONG),
    some("reference-types", "binary.wast", &[757, 777, 796, 815, 854, 873, 891, 909], ZERO),
    some("reference-types", "imports.wast", &[417, 421, 425], MEMORIES),
    some("reference-types", "unreached-invalid.wast", &[540], LABELS),
    some("threads", "imports.wast", &[310, 314, 318], TABLES),
    some("threads", "imports.wast", &[405, 409, 413], MEMORIES),
    some("threads", "memory.wast", &[14, 15], MEMORIES),
];
