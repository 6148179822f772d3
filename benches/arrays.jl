# Whole arrays: functions over their elements, and the bytes of a memory.

"Functions of one to four arguments, each with arrays for them, and a name."
function column_cases(engine; n = 10^6)
    exports = WasmInstance(WasmStore(engine), WasmModule(engine, """(module
        (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "add32") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
        (func (export "mulf32") (param f32 f32) (result f32) (f32.mul (local.get 0) (local.get 1)))
        (func (export "fma") (param f64 f64 f64) (result f64)
            (f64.add (f64.mul (local.get 0) (local.get 1)) (local.get 2)))
        (func (export "mixed") (param i32 i64 f32 f64) (result f64)
            (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
                     (f64.add (f64.promote_f32 (local.get 2)) (local.get 3)))))""")).exports
    i32, i64, f32, f64 = (rand(T, n) for T in (Int32, Int64, Float32, Float64))
    [(name, TypedFunc(exports[export_name]), args) for (name, export_name, args) in (
        ("Julia, f.(xs), i32", "inc", (i32,)), ("Julia, f.(xs, ys), i32", "add32", (i32, i32)),
        ("Julia, f.(xs, ys), i64", "add64", (i64, i64)), ("Julia, f.(xs, ys), f32", "mulf32", (f32, f32)),
        ("Julia, f.(xs, ys, z), f64", "fma", (f64, f64, 0.5)), ("Julia, f.(a, b, c, d), mixed", "mixed", (i32, i64, f32, f64)))]
end

results_of(::TypedFunc{A,R}, n) where {A,R} = Vector{R}(undef, n)

"Nanoseconds of `n` elements when `pass` does `length` of them."
per_element(pass, length) = n -> timed(turns -> (for _ in 1:turns; pass(); end), cld(n, length)) * n ÷ (cld(n, length) * length)

function broadcast(f, args, name)
    out = results_of(f, length(first(args)))
    pass() = (out .= f.(args...))
    Way(name, per_element(pass, length(out)))
end

broadcast_anew(f, args, name) = Way(name, per_element(() -> f.(args...), length(first(args))))

function broadcast_rows(row, native, engine)
    group = "Broadcasts over 10^6 elements, one element"
    cases = column_cases(engine)
    typed = rust("Rust TypedFunc::call, in a loop", "typed_call")
    for (name, f, args) in cases
        row(group, broadcast(f, args, name), typed; target = 0.25)
    end
    name, f, args = cases[1]
    row(group, broadcast_anew(f, args, "$name, into a new array"), typed)
end

"Elements of memory, read one after the other with bounds checks."
@noinline function summed(v)
    total = zero(eltype(v))
    for i in eachindex(v)
        total += v[i]
    end
    total
end

"`f` of a whole vector, for each of its elements."
elements(f, v, name) = Way(name, per_element(() -> f(v), length(v)))

function memory_rows(row, native, engine)
    group = "Memory of 1 MiB from Julia, one element"
    memory = Package(engine).plain.exports.memory
    bytes, floats = view(memory, 1:length(memory)), reinterpret(Float64, memory)
    array, float_array = Vector(memory), collect(floats)
    row(group, elements(summed, bytes, "view, loop"), elements(summed, array, "Vector{UInt8}, loop"))
    row(group, elements(summed, memory, "memory, loop"), elements(summed, array, "Vector{UInt8}, loop"))
    row(group, elements(sum, bytes, "view, sum"), elements(sum, array, "Vector{UInt8}, sum"))
    row(group, elements(summed, floats, "Float64 view, loop"), elements(summed, float_array, "Vector{Float64}, loop"))
    row(group, elements(sum, floats, "Float64 view, sum"), elements(sum, float_array, "Vector{Float64}, sum"))
end

"One copy after the other."
copies(copy, name) = Way(name, n -> timed(n -> (for _ in 1:n; copy(); end), n))

function moves(to::Vector{UInt8}, from::Vector{UInt8})
    copies("memmove") do
        ccall(:memmove, Ptr{Cvoid}, (Ptr{UInt8}, Ptr{UInt8}, Csize_t), to, from, length(from))
    end
end

function copy_rows(row, native, engine)
    group = "Copies between a memory and a Vector{UInt8}"
    memory = WasmMemory(WasmStore(engine), 256)
    for (size, name) in (1 << 16 => "64 KiB", 1 << 20 => "1 MiB", 1 << 24 => "16 MiB")
        bytes, array, other = view(memory, 1:size), rand(UInt8, size), rand(UInt8, size)
        row(group, copies(() -> copyto!(bytes, array), "$name, copyto!(view, vector)"), moves(other, array); target = 1.05)
        row(group, copies(() -> copyto!(array, bytes), "$name, copyto!(vector, view)"), moves(array, other); target = 1.05)
    end
end
