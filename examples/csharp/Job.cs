// Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. From the header, by
// bindgen and csbindgen: tests/bindings/generate makes Wrt.cs with them. For .NET, and for Mono:
//
//   mcs -unsafe -out:job.exe examples/csharp/*.cs Wrt.cs
//   LD_LIBRARY_PATH=target/release mono job.exe examples/job.wat
using System;
using System.Text;
using WebAssembly;

static unsafe class Job {
    // No exception may leave a host function. The delegate must be kept as long as the store: this one is static.
    static readonly Wrt.wrt_func_new_call_delegate twice = (env, caller, slots, nslots, error) => {
        try {
            var number = unchecked((int)slots[0].lo);
            if (number < 0) throw new ArgumentException("twice takes no negative number");
            slots[0].lo = (ulong)number * 2;
            return Wrt.WRT_OK;
        } catch (Exception e) {
            fixed (byte* message = Glue.Utf8(e.Message)) Wrt.wrt_error_set(error, Wrt.WRT_ERR_HOST, message, Glue.Nul);
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
            Glue.Check(Wrt.wrt_func_call(func, args, (UIntPtr)2, &result, (UIntPtr)1, &error), &error);
            Console.WriteLine(" = {0}", unchecked((int)result.lo));
        } catch (WrtException e) {
            Console.WriteLine(" fails: {0}", e.Message);
        }
    }

    static void Run(Scope scope, byte[] path) {
        wrt_error error;
        wrt_engine* engine;
        wrt_module* module;
        wrt_store* store;
        wrt_type* type;
        wrt_extern* host;
        wrt_instance* instance;
        Glue.Check(Wrt.wrt_engine_new(null, &engine, &error), &error);
        scope.Own(engine);
        fixed (byte* text = path) Glue.Check(Wrt.wrt_module_from_file(engine, text, Glue.Nul, &module, &error), &error);
        scope.Own(module);
        Glue.Check(Wrt.wrt_store_new(engine, null, null, &store, &error), &error);
        scope.Own(store);
        fixed (byte* text = Glue.Utf8("(func (param i32) (result i32))"))
            Glue.Check(Wrt.wrt_type_parse(engine, text, Glue.Nul, &type, &error), &error);
        scope.Own(type);
        Glue.Check(Wrt.wrt_func_new(store, type, twice, null, null, &host, &error), &error);
        scope.Own(host);
        Glue.Check(Wrt.wrt_instance_new(store, module, &host, (UIntPtr)1, &instance, &error), &error);
        scope.Own(instance);
        var sum = scope.Export(instance, "sum");

        Call(sum, "sum", 20, 2);
        var bytes = new byte[22];
        fixed (byte* place = bytes)
            Glue.Check(
                Wrt.wrt_memory_read(scope.Export(instance, "memory"), 16, place, (UIntPtr)bytes.Length, &error), &error);
        Console.WriteLine(Encoding.UTF8.GetString(bytes));
        Call(sum, "sum", -1, 2);
        Call(scope.Export(instance, "average"), "average", 42, 0);
        Glue.Check(Wrt.wrt_close(store, &error), &error);
        Call(sum, "sum", 20, 2);
    }

    static void Main(string[] args) {
        using (var scope = new Scope()) Run(scope, Glue.Utf8(args.Length > 0 ? args[0] : "examples/job.wat"));
        Console.WriteLine("{0} objects are left", Wrt.wrt_live_count());
    }
}
