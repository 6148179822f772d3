//! What a Zig program puts around the functions of the header: failures that are errors, numbers that are values.
const std = @import("std");
const wrt = @import("wrt.zig");

pub const nul: usize = std.math.maxInt(usize); // the length of a text that ends in a NUL

/// What a failed function says goes here; Zig's own error only says that it did.
pub var failure: wrt.wrt_error = std.mem.zeroes(wrt.wrt_error);

pub fn check(status: i32) error{Wrt}!void {
    if (status != wrt.WRT_OK) return error.Wrt;
}

pub fn lift(number: i32) wrt.wrt_val {
    return .{ .lo = @as(u32, @bitCast(number)), .hi = 0 };
}

pub fn lower(value: wrt.wrt_val) i32 {
    return @bitCast(@as(u32, @truncate(value.lo)));
}

pub extern fn printf(format: [*:0]const u8, ...) c_int;

/// Prints the failure, the trap, and the functions it came out of, and frees what it holds.
pub fn tell() void {
    defer wrt.wrt_error_clear(&failure);
    _ = printf(" fails: %s: %s\n", wrt.wrt_status_name(failure.status), failure.message);
    if (failure.status == wrt.WRT_ERR_TRAP) _ = printf("  trap %d, %s\n", failure.trap, wrt.wrt_trap_name(failure.trap));
    var frame = std.mem.zeroes(wrt.wrt_frame);
    frame.struct_size = @sizeOf(wrt.wrt_frame);
    for (0..failure.frame_count) |i| {
        _ = wrt.wrt_error_frame(&failure, i, &frame);
        _ = printf("  in %s\n", if (frame.func_name != null) frame.func_name else @as([*c]const u8, "?"));
    }
}
