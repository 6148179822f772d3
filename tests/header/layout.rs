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
            fields: vec![$((stringify!($field).trim_start_matches("r#").to_owned(), offset_of!(wrt::$name, $field))),+],
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
        wrt_shape { struct_size, min, max, is_64, is_shared, is_mutable, page_size_log2, content_kind, nullable }
        wrt_host_hooks { struct_size, enter_native, leave_native, enter_host, leave_host, signal_pending }
        wrt_item { struct_size, kind, index, module, module_len, name, name_len, r#type }
        wrt_limits {
            struct_size, memory_bytes, table_elements, instances, tables, memories, trap_on_grow_failure, reserved
        }
        wrt_memory_header { base, len }
        wrt_column { data, stride }
        wrt_pipe_info { struct_size, capacity, len, is_wanted, is_ended, is_broken, reserved }
        wrt_host_request { struct_size, id, slots, nslots, store, caller, depth }
    }
}
