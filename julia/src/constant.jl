# Constants of test scripts: what functions are called with, and what must come of it.

"Why a command did not go as the script says, where nothing was thrown."
struct Unexpected <: Exception
    message::String
end

"An object of the host, which a script knows by a number."
struct HostObject
    number::Int
end

"The value of a constant."
function constant(c)
    type = c["type"]
    type == "i32" ? numberbits(c["value"], 32) % Int32 :
    type == "i64" ? numberbits(c["value"], 64) % Int64 :
    type == "f32" ? reinterpret(Float32, numberbits(c["value"], 32) % UInt32) :
    type == "f64" ? reinterpret(Float64, numberbits(c["value"], 64)) :
    type == "v128" ? lanes(lanebits(c)) :
    isnull(c) ? nothing :
    type in ("externref", "anyref") ? HostObject(parse(Int, c["value"])) : throw(Unexpected("no argument is made of $(written(c))"))
end

"The bits of a number: integers have a sign, floats are given as bits."
numberbits(value, width) = parse(Int128, value) % UInt64 & (typemax(UInt64) >> (64 - width))

function lanebits(c)
    width = 128 ÷ length(c["value"])
    foldr((lane, all) -> all << width | numberbits(lane, width), c["value"]; init = UInt128(0))
end

isnull(c) = get(c, "value", nothing) == "null" || c["type"] in ("refnull", "nullref", "nullfuncref", "nullexternref", "nullexnref")

function compare(found, expected)
    length(found) == length(expected) || throw(Unexpected("expected $(length(expected)) results, found $(length(found))"))
    for ((x, type), c) in zip(found, expected)
        isexpected(x, type, c) || throw(Unexpected("expected $(written(c)), found $(type.text) $(shown(x))"))
    end
end

"Whether a value of a type is what a script expects."
function isexpected(x, type, c)
    wanted = c["type"]
    wanted == "either" ? any(one -> isexpected(x, type, one), c["values"]) :
    wanted == "i32" ? x isa Int32 && agrees(x % UInt32, 32, c["value"]) :
    wanted == "i64" ? x isa Int64 && agrees(x % UInt64, 64, c["value"]) :
    wanted == "f32" ? x isa Float32 && agrees(reinterpret(UInt32, x), 32, c["value"]) :
    wanted == "f64" ? x isa Float64 && agrees(reinterpret(UInt64, x), 64, c["value"]) :
    wanted == "v128" ? x isa V128 && lanes_agree(bits(x), c["value"]) :
    isnull(c) ? x === nothing :
    x !== nothing && isofkind(x, type, wanted) &&
    (!(get(c, "value", nothing) isa AbstractString) || x === HostObject(parse(Int, c["value"])))
end

"Whether the lowest `width` bits are those expected; a float may be any NaN of a kind, with any sign."
function agrees(found, width, expected)
    found = found % UInt64 & (typemax(UInt64) >> (64 - width))
    # All bits of the exponent, and the highest of the payload.
    quiet = width == 64 ? 0x7ff8000000000000 : UInt64(0x7fc00000)
    expected == "nan:canonical" ? found & ~(UInt64(1) << (width - 1)) == quiet :
    expected == "nan:arithmetic" ? found & quiet == quiet : found == numberbits(expected, width)
end

function lanes_agree(found, expected)
    width = 128 ÷ length(expected)
    all(i -> agrees(found >> (width * (i - 1)) % UInt64, width, expected[i]), eachindex(expected))
end

const EXTERNAL = (C.WRT_EXTERNREF, C.WRT_NOEXTERN)

"Whether `x`, which is not null and arrived with a type, is a reference of the kind that a script names."
function isofkind(x, type, wanted)
    external = type.kind in EXTERNAL
    wanted == "externref" ? external :
    wanted == "funcref" ? x isa WasmFunc :
    wanted == "exnref" ? x isa WasmException :
    wanted == "anyref" ? !external && !(x isa Union{WasmFunc,WasmException}) :
    wanted == "eqref" ? !external && x isa Union{Int32,WasmObject} :
    wanted == "i31ref" ? !external && x isa Int32 :
    wanted == "structref" ? !external && x isa WasmStruct :
    wanted == "arrayref" ? !external && x isa WasmArray : throw(Unexpected("no result is compared with $wanted"))
end

"A constant for a message."
function written(c)
    c["type"] == "either" && return join(map(written, c["values"]), " or ")
    value = get(c, "value", "")
    value isa AbstractVector && (value = string(c["lane_type"], "x", length(value), " ", join(value, " ")))
    c["type"] in ("f32", "f64") && !startswith(value, "nan") && (value = shown(constant(c)))
    rstrip(string(c["type"], " ", value))
end

shown(x) = repr(x)
shown(x::Integer) = string(x)
shown(x::AbstractFloat) = string(x, " (0x", string(reinterpret(Unsigned, x), base = 16, pad = 2sizeof(x)), ")")
shown(x::V128) = string("0x", string(bits(x), base = 16, pad = 32))
shown(x::HostObject) = string(x.number)
shown(::Nothing) = "null"
