# Computations of some milliseconds: the code that is made, and what it costs that calls can be stopped.

const KERNELS = joinpath(@__DIR__, "kernels")

struct Kernel
    name::String
    size::Int32
    result::Union{Int64,Float64}
    wasm::Vector{UInt8}
end

number(text) = something(tryparse(Int64, text), tryparse(Float64, text))

"The kernels of the table in `kernels/README.md`."
function kernels()
    rows = filter(line -> startswith(line, "| `"), readlines(joinpath(KERNELS, "README.md")))
    map(rows) do row
        name, _, _, size, result = strip.(split(row, '|')[2:6])
        name = strip(name, '`')
        Kernel(name, parse(Int32, size), number(result), read(joinpath(KERNELS, "$name.wasm")))
    end
end

"The kernel as a function that Julia calls, in a store of its own."
function instance_of(kernel, engine; fuel = false)
    store = WasmStore(engine)
    fuel && set_fuel!(store, typemax(Int64))
    TypedFunc{Tuple{Int32},typeof(kernel.result)}(WasmInstance(store, WasmModule(engine, kernel.wasm)).exports.kernel)
end

@noinline wrong(kernel, found) = error("$(kernel.name) returned $found, not $(kernel.result)")

function repeated(f, kernel, n)
    for _ in 1:n
        found = f(kernel.size)
        found === kernel.result || wrong(kernel, found)
    end
end

package_kernel(kernel, engine, name; options...) = let f = instance_of(kernel, engine; options...)
    Way(name, n -> timed(n -> repeated(f, kernel, n), n))
end

function rust_kernel(kernel, engine, name)
    made = ccall(peer(:peer_kernel_new), Ptr{Cvoid}, (Ptr{Cvoid}, Ptr{UInt8}, Csize_t), engine, kernel.wasm, length(kernel.wasm))
    made == C_NULL && error("the peer cannot run $(kernel.name)")
    expected = reinterpret(UInt64, kernel.result)
    Way(name, n -> nanoseconds(ccall(peer(:peer_loop_kernel), UInt64, (Ptr{Cvoid}, Int32, UInt64, Int32),
                                     made, kernel.size, expected, n)))
end

function kernel_rows(row, native, engine)
    group = "Kernels, one call"
    same = rust_engine(engine)
    rows = map(kernels()) do k
        row(group, package_kernel(k, engine, "$(k.name): Julia"), rust_kernel(k, same, "Rust TypedFunc::call"); alike = true, target = 1.01)
    end
    row(geometric_mean(rows; target = 1.01))
end

"What a setting costs each kernel, beside an engine without it and without epochs."
function setting_rows(row, group, setting; options...)
    plain, set = WasmEngine(epoch_interruption = false), WasmEngine(; setting => true)
    rows = map(kernels()) do k
        row(group, package_kernel(k, set, "$(k.name): $setting"; options...), package_kernel(k, plain, "without"); alike = true)
    end
    mean = row(geometric_mean(rows))
    row(Fact("kernels with $setting against without, geometric mean", mean.ratio, "times"))
end

epoch_rows(row, native, engine) = setting_rows(row, "Kernels that epochs can stop, one call", :epoch_interruption)
fuel_rows(row, native, engine) = setting_rows(row, "Kernels that use up fuel, one call", :consume_fuel; fuel = true)
