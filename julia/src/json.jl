# Reading the descriptions that the library gives in JSON. Objects keep their order: a vector of pairs would do, but a
# dictionary is what the callers ask questions of.

"The Julia value of a JSON text: `Dict{String,Any}`, `Vector{Any}`, `String`, `Int`, `Float64`, `Bool`, `nothing`."
function parsejson(text::AbstractString)
    value, at = jsonvalue(codeunits(String(text)), 1)
    value
end

jsonfail(at) = throw(ArgumentError("no JSON at byte $at"))

function skipspace(b, at)
    while at <= length(b) && b[at] in (0x20, 0x09, 0x0a, 0x0d)
        at += 1
    end
    at <= length(b) ? at : jsonfail(at)
end

function jsonvalue(b, at)
    at = skipspace(b, at)
    c = b[at]
    c == UInt8('{') ? jsonobject(b, at + 1) :
    c == UInt8('[') ? jsonarray(b, at + 1) :
    c == UInt8('"') ? jsonstring(b, at + 1) :
    c == UInt8('t') ? (true, at + 4) :
    c == UInt8('f') ? (false, at + 5) :
    c == UInt8('n') ? (nothing, at + 4) : jsonnumber(b, at)
end

function jsonobject(b, at)
    found = Dict{String,Any}()
    at = skipspace(b, at)
    b[at] == UInt8('}') && return found, at + 1
    while true
        at = skipspace(b, at)
        b[at] == UInt8('"') || jsonfail(at)
        key, at = jsonstring(b, at + 1)
        at = skipspace(b, at)
        b[at] == UInt8(':') || jsonfail(at)
        found[key], at = jsonvalue(b, at + 1)
        at = skipspace(b, at)
        b[at] == UInt8('}') && return found, at + 1
        b[at] == UInt8(',') || jsonfail(at)
        at += 1
    end
end

function jsonarray(b, at)
    found = Any[]
    at = skipspace(b, at)
    b[at] == UInt8(']') && return found, at + 1
    while true
        value, at = jsonvalue(b, at)
        push!(found, value)
        at = skipspace(b, at)
        b[at] == UInt8(']') && return found, at + 1
        b[at] == UInt8(',') || jsonfail(at)
        at += 1
    end
end

const JSON_ESCAPES = Dict(UInt8('n') => '\n', UInt8('t') => '\t', UInt8('r') => '\r', UInt8('b') => '\b', UInt8('f') => '\f')

function jsonstring(b, at)
    out = IOBuffer()
    while b[at] != UInt8('"')
        if b[at] != UInt8('\\')
            write(out, b[at])
            at += 1
        elseif b[at+1] == UInt8('u')
            code = parse(UInt32, String(b[at+2:at+5]), base = 16)
            at += 6
            if 0xd800 <= code < 0xdc00      # the first half of a pair
                low = parse(UInt32, String(b[at+2:at+5]), base = 16)
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
                at += 6
            end
            print(out, Char(code))
        else
            print(out, get(JSON_ESCAPES, b[at+1], Char(b[at+1])))
            at += 2
        end
    end
    String(take!(out)), at + 1
end

function jsonnumber(b, at)
    stop = at
    while stop <= length(b) && (b[stop] in UInt8('0'):UInt8('9') || b[stop] in (UInt8('-'), UInt8('+'), UInt8('.'), UInt8('e'), UInt8('E')))
        stop += 1
    end
    digits = String(b[at:stop-1])
    number = tryparse(Int, digits)
    number === nothing && (number = tryparse(UInt64, digits))
    number === nothing && (number = tryparse(Float64, digits))
    number === nothing && jsonfail(at)
    number, stop
end
