// Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. From the header, by
// bindgen and csbindgen: tests/bindings/generate makes Wrt.cs with them. For .NET, and for Mono:
//
//   mcs -unsafe -out:job.exe examples/csharp/Job.cs Wrt.cs
//   LD_LIBRARY_PATH=target/release mono job.exe examples/job.wat
using System;
using System.Collections.Generic;
using System.Text;
using WebAssembly;

/// <summary>What a failed function says, and below it the functions it came out of, innermost first.</summary>
sealed unsafe class WrtException : Exception {
    WrtException(string message) : base(message) { }

    public static void Check(int status, wrt_error* error) {
        if (status == Wrt.WRT_OK) return;
        var message = new StringBuilder(Text(Wrt.wrt_status_name(status)) + ": " + Text(error->message));
        if (status == Wrt.WRT_ERR_TRAP) message.Append("\n  trap " + error->trap + ", " + Text(Wrt.wrt_trap_name(error->trap)));
        var frame = new wrt_frame { struct_size = (UIntPtr)sizeof(wrt_frame) };
        for (var i = 0u; Wrt.wrt_error_frame(error, (UIntPtr)i, &frame) == Wrt.WRT_OK; i++)
            message.Append("\n  in " + Text(frame.func_name));
        Wrt.wrt_error_clear(error);
        throw new WrtException(message.ToString());
    }

    static string Text(byte* text) {
        if (text == null) return "?";
        var length = 0;
        while (text[length] != 0) length++;
        return Encoding.UTF8.GetString(text, length);
    }
}

/// <summary>References to objects, given back at the end of a `using`.</summary>
sealed unsafe class Scope : IDisposable {
    readonly Stack<IntPtr> handles = new Stack<IntPtr>();

    public void Own(void* handle) { handles.Push((IntPtr)handle); }
    public void Dispose() { while (handles.Count > 0) Wrt.wrt_release((void*)handles.Pop()); }
}

static unsafe class Job {
    static readonly UIntPtr Nul = (UIntPtr)ulong.MaxValue; // the length of a text that ends in a NUL

    static byte[] Utf8(string text) { return Encoding.UTF8.GetBytes(text + "\0"); }

    // No exception may leave a host function. The delegate must be kept as long as the store: this one is static.
    static readonly Wrt.wrt_func_new_call_delegate twice = (env, caller, slots, nslots, error) => {
        try {
            var number = unchecked((int)slots[0].lo);
            if (number < 0) throw new ArgumentException("twice takes no negative number");
            slots[0].lo = (ulong)number * 2;
            return Wrt.WRT_OK;
        } catch (Exception e) {
            fixed (byte* message = Utf8(e.Message)) Wrt.wrt_error_set(error, Wrt.WRT_ERR_HOST, message, Nul);
            return Wrt.WRT_ERR_HOST;
        }
    };

    static void Call(wrt_extern* func, string name, int a, int b) {
        wrt_error error;
        wrt_val result;
        var args = stackalloc wrt_val[2];
        args[0].lo = unchecked((uint)a);
        args[1].lo = unchecked((uint)b);
        Console.Write("{0}({1}, {2})", name, a, b);
        try {
            WrtException.Check(Wrt.wrt_func_call(func, args, (UIntPtr)2, &result, (UIntPtr)1, &error), &error);
            Console.WriteLine(" = {0}", unchecked((int)result.lo));
        } catch (WrtException e) {
            Console.WriteLine(" fails: {0}", e.Message);
        }
    }

    static wrt_extern* Export(Scope scope, wrt_instance* instance, string name) {
        wrt_error error;
        wrt_extern* export;
        fixed (byte* text = Utf8(name)) WrtException.Check(Wrt.wrt_instance_export(instance, text, Nul, &export, &error), &error);
        scope.Own(export);
        return export;
    }

    static void Run(Scope scope, byte[] path) {
        wrt_error error;
        wrt_engine* engine;
        wrt_module* module;
        wrt_store* store;
        wrt_type* type;
        wrt_extern* host;
        wrt_instance* instance;
        WrtException.Check(Wrt.wrt_engine_new(null, &engine, &error), &error);
        scope.Own(engine);
        fixed (byte* text = path) WrtException.Check(Wrt.wrt_module_from_file(engine, text, Nul, &module, &error), &error);
        scope.Own(module);
        WrtException.Check(Wrt.wrt_store_new(engine, null, null, &store, &error), &error);
        scope.Own(store);
        fixed (byte* text = Utf8("(func (param i32) (result i32))"))
            WrtException.Check(Wrt.wrt_type_parse(engine, text, Nul, &type, &error), &error);
        scope.Own(type);
        WrtException.Check(Wrt.wrt_func_new(store, type, twice, null, null, &host, &error), &error);
        scope.Own(host);
        WrtException.Check(Wrt.wrt_instance_new(store, module, &host, (UIntPtr)1, &instance, &error), &error);
        scope.Own(instance);
        var sum = Export(scope, instance, "sum");

        Call(sum, "sum", 20, 2);
        var bytes = new byte[22];
        fixed (byte* place = bytes)
            WrtException.Check(
                Wrt.wrt_memory_read(Export(scope, instance, "memory"), 16, place, (UIntPtr)bytes.Length, &error), &error);
        Console.WriteLine(Encoding.UTF8.GetString(bytes));
        Call(sum, "sum", -1, 2);
        Call(Export(scope, instance, "average"), "average", 42, 0);
        WrtException.Check(Wrt.wrt_close(store, &error), &error);
        Call(sum, "sum", 20, 2);
    }

    static void Main(string[] args) {
        using (var scope = new Scope()) Run(scope, Utf8(args.Length > 0 ? args[0] : "examples/job.wat"));
        Console.WriteLine("{0} objects are left", Wrt.wrt_live_count());
    }
}
