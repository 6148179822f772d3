//! The layout of each public struct, as Rust has it.

use std::mem::{align_of, offset_of, size_of};

/// A struct: its name, size and alignment, and where its fields begin.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    pub name: String,
    pub size: usize,
    pub align: usize,
    pub fields: Vec<(String, usize)>,
}

macro_rules! layouts {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        vec![$(Layout {
            name: stringify!($name).to_owned(),
            size: size_of::<wrt::$name>(),
            align: align_of::<wrt::$name>(),
            fields: vec![$((stringify!($field).to_owned(), offset_of!(wrt::$name, $field))),+],
        }),+]
    };
}

/// Every public struct; a test compares the list with the header.
pub fn of_rust() -> Vec<Layout> {
    layouts! {
        wrt_error { status, trap, exit_code, frame_count, message, message_len, fault }
        wrt_frame {
            struct_size, func_index, inline_depth, module_offset, func_offset, module_name, func_name, file, line, column
        }
        wrt_bytes { data, len, owner }
        wrt_val { lo, hi }
    }
}
