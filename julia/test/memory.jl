const MEMORY = """
(module
  (memory (export "memory") 1 10)
  (data (i32.const 0) "hello\\00world")
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
"""

@testset "as a vector of bytes" begin
    instance = load(MEMORY)
    m = get_memory(instance, "memory")
    @test m isa WasmMemory && m isa AbstractMemory
    @test length(m) == 65536 && size(m) == (65536,) && axes(m) == (Base.OneTo(65536),)
    @test firstindex(m) == 1 && lastindex(m) == 65536 && eachindex(m) == 1:65536
    @test eltype(m) == UInt8 && ndims(m) == 1 && sizeof(m) == 65536 && !isempty(m)
    @test m[1] === UInt8('h') && m[end] === 0x00
    @test String(m[1:5]) == "hello"
    m[1] = 'H'
    @test instance.exports.load(0) == Int('H')
    instance.exports.store(1, 0x45)
    @test m[2] === 0x45
    @test_throws InexactError m[1] = 256
end

@testset "assigning many" begin
    m = load(MEMORY).exports.memory
    m[1:4] .= 0x41
    @test m[1:6] == b"AAAAo\0"
    m[1:5] .= codeunits("hëll")
    @test String(m[1:5]) == "hëll"
    m[1:3] = [1, 2, 3]
    @test m[1:3] == [1, 2, 3]
    m[2:3] = UInt8[8, 9]
    @test m[1:3] == [1, 8, 9]
    m[1:4] .+= 0x01
    @test m[1:3] == [2, 9, 10]
    @test fill!(m, 0x07) === m && all(==(0x07), m)
    fill!(view(m, 1:10), 0)
    @test sum(m) == 7 * (65536 - 10)
    @test copyto!(m, UInt8[1, 2, 3]) === m && m[1:4] == [1, 2, 3, 0]
    copyto!(m, 101, b"abc", 2, 2)
    @test m[101:103] == b"bc\x07"
    @test_throws DimensionMismatch m[1:3] = UInt8[1, 2]
end

@testset "out of it" begin
    m = load(MEMORY).exports.memory
    @test Vector(m) == collect(m) == copy(m) == m[:]
    @test Vector(m) isa Vector{UInt8}
    buffer = zeros(UInt8, 5)
    @test copyto!(buffer, 1, m, 1, 5) == b"hello"
    @test copyto!(zeros(UInt8, 65536), m) == Vector(m)
    io = IOBuffer()
    @test write(io, m) == 65536 && take!(io) == Vector(m)
    read!(IOBuffer(fill(0x09, 65536)), m)
    @test all(==(0x09), m) && maximum(m) == minimum(m) == 9
    @test first(m) == 9 && last(m) == 9
    @test count(==(9), m) == 65536 && findfirst(==(9), m) == 1
    @test [b for b in m] == fill(9, 65536)
    @test sum(b -> Int(b), m) == 9 * 65536
end

@testset "outside of it" begin
    m = load(MEMORY).exports.memory
    for i in (0, -1, 65537, typemax(Int), typemin(Int))
        @test_throws BoundsError m[i]
        @test_throws BoundsError m[i] = 0
    end
    @test_throws BoundsError m[65530:65537]
    @test_throws BoundsError view(m, 0:3)
    @test_throws BoundsError copyto!(m, zeros(UInt8, 65537))
    @test_throws BoundsError copyto!(m, 65536, UInt8[1, 2], 1, 2)
    @test_throws BoundsError copyto!(UInt8[1, 2], 1, m, 65536, 2)
    @test_throws BoundsError copyto!(m, 1, UInt8[1, 2], 1, 3)
    @test_throws ArgumentError copyto!(m, 1, UInt8[1, 2], 1, -1)
    inside(m) = @inbounds m[65537]
    @test_throws BoundsError inside(m)
    @test isempty(m[1:0]) && isempty(view(m, 5:4))
end

@testset "views follow growth" begin
    instance = load(MEMORY)
    m = instance.exports.memory
    part, all_of_it = view(m, 1:5), view(m, :)
    floats = reinterpret(Float32, m)
    @test length(floats) == 16384 && length(all_of_it) == 65536
    @test part isa DenseVector{UInt8} && part == b"hello"
    @test instance.exports.grow(2) == 1
    @test length(m) == 3 * 65536 && length(floats) == 3 * 16384 && length(all_of_it) == 3 * 65536 && length(part) == 5
    instance.exports.store(3 * 65536 - 1, 77)
    @test m[end] == 77 && all_of_it[end] == 77
    @test grow!(m, 1) == 3 && memory_grow!(m, 1) == 4 && memory_size(m) == 5
    @test length(floats) == 5 * 16384
    part[1] = 'J'
    @test instance.exports.load(0) == Int('J')
    e = thrown(() -> grow!(m, 100))
    @test e isa WasmLimitError && memory_size(m) == 5
end

@testset "as other types" begin
    instance = load(MEMORY)
    m = instance.exports.memory
    floats = reinterpret(Float32, m)
    floats[1:3] = Float32[1.5, 2.5, 3.5]
    @test read_memory(Float32, m, 4) == 2.5f0
    @test sum(view(floats, 1:3)) == 7.5f0 && maximum(floats) == 3.5f0
    floats .= 1
    @test sum(floats) == 16384
    @test reinterpret(UInt32, floats)[1] == 0x3f800000
    @test reinterpret(UInt8, view(floats, 1:1)) == [0x00, 0x00, 0x80, 0x3f]
    @test reinterpret(Int64, view(m, 2:17)) isa DenseVector{Int64}
    @test length(reinterpret(NTuple{3,UInt8}, m)) == 21845
    @test_throws ArgumentError reinterpret(Int64, view(m, 1:15))
    @test_throws ArgumentError reinterpret(String, m)
    @test_throws ArgumentError reinterpret(Nothing, m)
    @test_throws BoundsError floats[16385]
    # Indices whose address overflows are no way around the check.
    for i in (typemin(Int), 0, 2^61 + 1, typemax(Int)), v in (floats, reinterpret(Float64, view(m, 4:length(m) - 5)))
        @test_throws BoundsError v[i]
    end
    @test map(x -> 2x, view(floats, 1:2)) == [2, 2]
    @test view(floats, 2:3) .+ 1 == [2, 2]
    # Without a copy, and without an allocation.
    function total(v)
        s = 0.0f0
        for i in eachindex(v)
            s += @inbounds v[i]
        end
        s
    end
    @test allocated(total, floats) == 0
    @test pointer(floats) == pointer(view(m, :)) && strides(floats) == (1,)
end

@testset "by address" begin
    m = load(MEMORY).exports.memory
    @test read_memory(m, 0, 5) == b"hello"
    @test read_memory(m, 65536, 0) == UInt8[]
    @test write_memory!(m, 100, UInt8[1, 2, 3, 4]) === m
    @test read_memory(UInt32, m, 100) === 0x04030201
    @test read_memory(UInt16, m, 100, 2) == [0x0201, 0x0403]
    write_memory!(m, 101, 0x1122)
    @test read_memory(m, 100, 4) == [1, 0x22, 0x11, 4]
    write_memory!(m, 200, [1.5, 2.5])
    @test read_memory(Float64, m, 200, 2) == [1.5, 2.5]
    write_memory!(m, 300, 1:3)
    @test read_memory(Int, m, 300, 3) == [1, 2, 3]
    write_memory!(m, 400, "ä")
    @test read_memory(m, 400, 2) == codeunits("ä")
    write_memory!(m, 500, (Int32(1), Int32(2)))
    @test read_memory(Tuple{Int32,Int32}, m, 500) == (1, 2)
    @test read_string(m, 0, 5) == "hello" && read_string(m, 0) == "hello" && read_string(m, 6) == "world"
    @test write_string!(m, 600, "größe") == 7 && read_string(m, 600, 7) == "größe"
    @test write_string!(m, 600, "ab"; nul = true) == 3 && read_string(m, 600) == "ab"
    for use in (() -> read_memory(m, 65533, 4), () -> read_memory(m, -1, 1), () -> read_memory(m, 0, -1),
                () -> read_memory(UInt32, m, 65533), () -> write_memory!(m, 65535, 0x1234), () -> read_memory(Int, m, 0, 2^60),
                () -> read_string(m, 65530, 7), () -> write_string!(m, 65530, "too long"), () -> read_string(m, 65536),
                () -> read_memory(m, typemax(Int), typemax(Int)))
        e = thrown(use)
        @test e isa WasmtimeError && e.status === :bounds
    end
    fill!(m, 1)
    @test occursin("NUL", message(() -> read_string(m, 0)))
    @test_throws ArgumentError read_memory(String, m, 0)
    @test_throws ArgumentError write_memory!(m, 0, :symbol)
end

@testset "Julia's own" begin
    store = WasmStore(ENGINE)
    m = WasmMemory(store, 1 => 2)
    @test length(m) == 65536 && all(iszero, m)
    @test WasmMemoryType(m) == WasmMemoryType(1 => 2)
    @test grow!(m, 1) == 1
    @test_throws WasmLimitError grow!(m, 1)
    @test length(WasmMemory(store, WasmMemoryType(2))) == 131072
    empty = WasmMemory(store)
    @test length(empty) == 0 && isempty(empty) && WasmMemoryType(empty).limits.max === nothing
    @test_throws BoundsError empty[1]
    @test sum(empty) == 0 && Vector(empty) == UInt8[]
    importer = """(module (import "env" "memory" (memory 1)) (func (export "load") (result i32) (i32.load (i32.const 0))))"""
    write_memory!(m, 0, Int32(77))
    instance = load(importer; store = store, imports = (env = (memory = m,),))
    @test instance.exports.load() == 77
    @test shown(m) == "WasmMemory(131072 bytes, open)"
end

@testset "as an argument of C" begin
    m = WasmMemory(WasmStore(ENGINE), 1 => 3)
    m[5:8] .= 0x07
    ccall(:memset, Ptr{Cvoid}, (Ptr{UInt8}, Cint, Csize_t), m, 0x41, 4)
    @test m[1:5] == [0x41, 0x41, 0x41, 0x41, 0x07] && memory_size(m) == 1
    part = view(m, 5:8)
    @test unsafe_load(pointer(part)) == 0x07
    close(m.store)
    @test thrown(() -> pointer(part)).status === thrown(() -> ccall(:strlen, Csize_t, (Ptr{UInt8},), m)).status === :closed
end

@testset "shared memory" begin
    engine = WasmEngine(wasm_threads = true, shared_memory = true)
    m = SharedMemory(engine, 1 => 4)
    @test m isa AbstractMemory && length(m) == 65536 && WasmMemoryType(m).shared
    m[1:4] .= 0x01
    source = """
    (module
      (import "env" "memory" (memory 1 4 shared))
      (export "again" (memory 0))
      (func (export "add") (param i32) (drop (i32.atomic.rmw.add (i32.const 0) (local.get 0)))))
    """
    one, other = load(source; engine = engine, imports = (env = (memory = m,),)), load(source; engine = engine, imports = (env = (memory = m,),))
    one.exports.add(1)
    other.exports.add(2)
    @test read_memory(UInt32, m, 0) == 0x01010104
    @test one.exports.again isa SharedMemory && one.exports.again[1] == 4
    @test grow!(m, 1) == 1 && length(m) == 2 * 65536
    @test_throws WasmtimeError SharedMemory(ENGINE, 1 => 2)
    @test_throws WasmtimeError SharedMemory(engine, 1)
end

@testset "64-bit memory" begin
    m = WasmMemory(WasmStore(WasmEngine(wasm_memory64 = true)), WasmMemoryType(1 => 3; is64 = true))
    m[end] = 9
    @test grow!(m, 2) == 1 && m[65536] == 9 && length(m) == 3 * 65536
end

@testset "addresses as WebAssembly gives them" begin
    # 2 GiB and a page, of which little is touched.
    m = WasmMemory(WasmStore(ENGINE), 32769 => 32769)
    high = reinterpret(Int32, 0x80000010)
    write_memory!(m, high, Int32[1, 2])
    @test read_memory(Int32, m, high + Int32(4)) == 2 && read_memory(Int32, m, 0x80000010) == 1 && m[2^31+17] == 1
    write_string!(m, high, "text"; nul = true)
    @test read_string(m, high) == "text"
    write_memory!(m, high, Int32[1, 2])
    words = MemoryView{Int32}(m, high, 2)
    @test words == [1, 2] && thrown(() -> words[3]) isa BoundsError && MemoryView{Int32}(m, Int32(0), UInt8(3)) == [0, 0, 0]
    @test thrown(() -> read_memory(m, Int32(-1), 1)).status === :bounds && thrown(() -> read_memory(m, -1, 1)).status === :bounds
    @test thrown(() -> MemoryView{Int32}(m, -4, 1)) isa BoundsError && thrown(() -> MemoryView{Int32}(m, 0, -1)) isa BoundsError
    @test length(MemoryView{Int32}(m, 0, 2^40)) == 32769 * 65536 ÷ 4
end

const SHARING = WasmEngine(shared_memory = true)

const COUNTER = """
(module
  (import "env" "memory" (memory 1 2 shared))
  (func (export "add") (param i32)
    (loop
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "get") (result i32) (i32.atomic.load (i32.const 0)))
  (func (export "set") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
  (func (export "wake") (param i32) (result i32) (memory.atomic.notify (local.get 0) (i32.const -1)))
  (func (export "sleep") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2))))
"""

sharing(memory) = load(COUNTER; engine = SHARING, imports = (env = (memory = memory,),)).exports

@testset "waiting and waking" begin
    memory = SharedMemory(SHARING, 1 => 2)
    x = sharing(memory)
    @test wait(memory, 0, Int32(1)) === :mismatch && wait(memory, 8, Int64(1)) === :mismatch
    @test wait(memory, 0, Int32(0); timeout = 0.001) === :timed_out && wait(memory, 8, UInt64(0); timeout = 0.03) === :timed_out
    @test notify(memory, 0) == 0 && x.wake(0) == 0
    # Another task of this thread changes the value meanwhile.
    waiting = @async wait(memory, 4, Int32(0); timeout = 60)
    yield()
    @test !istaskdone(waiting)
    x.set(4, 7)
    notify(memory, 4)
    @test fetch(waiting) === :ok
    @test x.sleep(0, 1, 0) == 1 && x.sleep(0, 0, 1000) == 2
    @test thrown(() -> notify(memory, 2)).status === :argument && thrown(() -> wait(memory, 4, Int64(0))).status === :argument
    @test thrown(() -> notify(memory, 65536)).status === :bounds && thrown(() -> wait(memory, 2^40, Int32(0))).status === :bounds
    close(memory)
    @test thrown(() -> notify(memory, 0)).status === :closed
end

@testset "threads count together" begin
    memory = SharedMemory(SHARING, 1 => 2)
    # One for each of eight tasks, which as many threads run as there are.
    tasks = [Threads.@spawn(sharing(memory).add(100_000)) for _ in 1:8]
    foreach(wait, tasks)
    @test sharing(memory).get() == 800_000
end

if Threads.nthreads() > 1
    @testset "a thread wakes another one" begin
        memory = SharedMemory(SHARING, 1 => 2)
        x, y = sharing(memory), sharing(memory)
        done = Channel{Any}(1)
        elsewhere(() -> put!(done, x.sleep(0, 0, 10^10)))
        while notify(memory, 0) == 0
            GC.safepoint()
            yield()
        end
        @test take!(done) == 0
        elsewhere(() -> put!(done, wait(memory, 0, Int32(0); timeout = 60)))
        y.set(0, 5)
        y.wake(0)
        @test take!(done) in (:ok, :mismatch)
    end
end
