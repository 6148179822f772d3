// What a C# program puts around the functions of Wrt.cs: failures that are exceptions, handles that are given back.
using System;
using System.Collections.Generic;
using System.Text;
using WebAssembly;

/// <summary>What a failed function says, and below it the functions it came out of, innermost first.</summary>
sealed class WrtException : Exception {
    public WrtException(string message) : base(message) { }
}

static unsafe class Glue {
    public static readonly UIntPtr Nul = (UIntPtr)ulong.MaxValue; // the length of a text that ends in a NUL

    public static byte[] Utf8(string text) { return Encoding.UTF8.GetBytes(text + "\0"); }

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

    public wrt_extern* Export(wrt_instance* instance, string name) {
        wrt_error error;
        wrt_extern* export;
        fixed (byte* text = Glue.Utf8(name))
            Glue.Check(Wrt.wrt_instance_export(instance, text, Glue.Nul, &export, &error), &error);
        Own(export);
        return export;
    }

    public void Dispose() { while (handles.Count > 0) Wrt.wrt_release((void*)handles.Pop()); }
}
