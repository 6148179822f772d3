//! Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. From the header, which
//! translate-c turns into Zig.
//!
//!   zig translate-c -lc include/wrt.h > examples/zig/wrt.zig
//!   zig build-exe examples/zig/job.zig -lc -L target/release -lwrt -rpath target/release
//!   ./job examples/job.wat
const glue = @import("glue.zig");
const wrt = @import("wrt.zig");

const check = glue.check;
const failure = &glue.failure;
const printf = glue.printf;

/// An error that a host function gives to its caller. The arguments are in `slots`, and the results replace them.
fn twice(_: ?*anyopaque, _: ?*wrt.wrt_caller, slots: [*c]wrt.wrt_val, _: usize, err: [*c]wrt.wrt_error) callconv(.c) i32 {
    const number = glue.lower(slots[0]);
    if (number < 0) {
        _ = wrt.wrt_error_set(err, wrt.WRT_ERR_HOST, "twice takes no negative number", glue.nul);
        return wrt.WRT_ERR_HOST;
    }
    slots[0] = glue.lift(2 * number);
    return wrt.WRT_OK;
}

/// Calls a function of two numbers, and prints what comes of it.
fn call(func: ?*wrt.wrt_func, name: [*:0]const u8, a: i32, b: i32) void {
    const args = [_]wrt.wrt_val{ glue.lift(a), glue.lift(b) };
    var result: wrt.wrt_val = undefined;
    _ = printf("%s(%d, %d)", name, a, b);
    if (check(wrt.wrt_func_call(func, &args, args.len, &result, 1, failure))) |_| {
        _ = printf(" = %d\n", glue.lower(result));
    } else |_| {
        glue.tell();
    }
}

fn job(path: [*:0]const u8) error{Wrt}!void {
    var engine: ?*wrt.wrt_engine = null;
    try check(wrt.wrt_engine_new(null, &engine, failure));
    defer wrt.wrt_release(engine);
    var module: ?*wrt.wrt_module = null;
    try check(wrt.wrt_module_from_file(engine, path, glue.nul, &module, failure));
    defer wrt.wrt_release(module);
    var store: ?*wrt.wrt_store = null;
    try check(wrt.wrt_store_new(engine, null, null, &store, failure));
    defer wrt.wrt_release(store);
    var kind: ?*wrt.wrt_type = null;
    try check(wrt.wrt_type_parse(engine, "(func (param i32) (result i32))", glue.nul, &kind, failure));
    defer wrt.wrt_release(kind);
    var host: ?*wrt.wrt_func = null;
    try check(wrt.wrt_func_new(store, kind, twice, null, null, &host, failure));
    defer wrt.wrt_release(host);
    var instance: ?*wrt.wrt_instance = null;
    try check(wrt.wrt_instance_new(store, module, &host, 1, &instance, failure));
    defer wrt.wrt_release(instance);
    var items: [3]?*wrt.wrt_extern = undefined;
    for (&items, [_][*:0]const u8{ "sum", "average", "memory" }) |*item, name| {
        try check(wrt.wrt_instance_export(instance, name, glue.nul, item, failure));
    }
    defer for (items) |item| wrt.wrt_release(item);

    const sum, const average, const memory = items;
    call(sum, "sum", 20, 2);
    var text: [22]u8 = undefined;
    try check(wrt.wrt_memory_read(memory, 16, &text, text.len, failure));
    _ = printf("%.*s\n", @as(c_int, text.len), &text);
    call(sum, "sum", -1, 2);
    call(average, "average", 42, 0);
    try check(wrt.wrt_close(store, failure));
    call(sum, "sum", 20, 2);
}

pub export fn main(argc: c_int, argv: [*][*:0]const u8) c_int {
    job(if (argc > 1) argv[1] else "examples/job.wat") catch {
        _ = printf("%s\n", failure.message);
        return 1;
    };
    _ = printf("%d objects are left\n", @as(c_int, @intCast(wrt.wrt_live_count())));
    return 0;
}
