//! generate HEADER FOLDER [ARGUMENT OF CLANG...]: writes wrt.rs, WrtFunctionPointers.cs and Wrt.cs into the folder.

use std::env;
use std::path::Path;

fn main() {
    let mut args = env::args().skip(1);
    let header = args.next().expect("the header");
    let folder = args.next().expect("the folder");
    let folder = Path::new(&folder);
    let rust = folder.join("wrt.rs");
    bindgen::Builder::default()
        .header(header)
        .clang_args(args)
        .allowlist_item("(wrt|WRT)_.*")
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .generate()
        .expect("bindgen")
        .write_to_file(&rust)
        .expect("wrt.rs");
    // For .NET 5 and later, and for older ones and Mono.
    for (file, modern) in [("WrtFunctionPointers.cs", true), ("Wrt.cs", false)] {
        csbindgen::Builder::default()
            .input_bindgen_file(&rust)
            .csharp_dll_name("wrt")
            .csharp_class_name("Wrt")
            .csharp_namespace("WebAssembly")
            .csharp_use_function_pointer(modern)
            .csharp_use_nint_types(modern)
            .csharp_generate_const_filter(|name| name.starts_with("WRT_"))
            .generate_csharp_file(folder.join(file))
            .expect("csbindgen");
    }
}
