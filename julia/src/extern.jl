# What instances export and modules import: functions, memories, globals, tables, tags, behind one kind of handle.

const Item = Union{AbstractFunc,LinearMemory,WasmGlobal,WasmTable,WasmTag}

handleof(item::Union{LinearMemory,WasmGlobal,WasmTable,WasmTag}) = item

function externtype(ptr::Ptr{Cvoid})
    out = Ref{Ptr{Cvoid}}(C_NULL)
    @check C.wrt_extern_type(ptr, out)
    try
        wasmtype(out[])
    finally
        C.wrt_release(out[])
    end
end

typeof_extern(item) = GC.@preserve item externtype(Base.unsafe_convert(Ptr{Cvoid}, handleof(item)))

"The object for a handle, which it owns from now on."
extern(store, ptr::Ptr{Cvoid}) = extern(store, ptr, externtype(ptr))
extern(store, ptr, type::WasmFuncType) = WasmFunc(ptr, store, type)
extern(store, ptr, type::WasmGlobalType) = WasmGlobal(ptr, store, type)
extern(store, ptr, type::WasmTableType) = WasmTable(ptr, store, type)
extern(store, ptr, type::WasmTagType) = WasmTag(ptr, store, type)
extern(store, ptr, type::WasmMemoryType) = type.shared ? SharedMemory(ptr, store.engine) : WasmMemory(ptr, store)
