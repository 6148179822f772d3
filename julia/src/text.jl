# The text format.

"""
    wat2wasm(text)::Vector{UInt8}

The binary module that a text in WebAssembly's text format stands for. A mistake in it is a [`WasmCompileError`](@ref) that says
where.

```jldoctest
julia> wat2wasm("(module)")
8-element Array{UInt8,1}:
 0x00
 0x61
 0x73
 0x6d
 0x01
 0x00
 0x00
 0x00
```
"""
function wat2wasm(text::AbstractString)
    text, out = String(text), Ref{C.wrt_bytes}()
    @check C.wrt_wat_to_wasm(text, sizeof(text), out)
    take!(out)
end

"""
    wat"..."

The binary module for a text: [`wat2wasm`](@ref) for literals. Nothing is interpolated.

```julia
bytes = wat\"\"\"
(module
  (func (export "add") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.add))
\"\"\"
```
"""
macro wat_str(text)
    :(wat2wasm($text))
end

"""
    wasm2wat(bytes)::String

The text of a binary module.

```jldoctest
julia> print(wasm2wat(wat2wasm("(module (memory 1))")))
(module
  (memory (;0;) 1)
)
```
"""
function wasm2wat(bytes::AbstractVector{UInt8})
    bytes, out = contiguous(bytes), Ref{C.wrt_bytes}()
    @check C.wrt_wasm_to_wat(bytes, length(bytes), out)
    String(take!(out))
end

"Whether a text is a module in the text format, not the name of a file: it begins with a parenthesis or a comment."
iswat(text::AbstractString) = occursin(r"^\s*(\(|;;)", text)
