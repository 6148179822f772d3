# Builds the library in a checkout, where it is not there yet. An installed package has no sources to build: it takes a library
# that was put into deps/lib, that the environment names, or that came as its artifact.

const FILENAME = Sys.iswindows() ? "wrt.dll" : Sys.isapple() ? "libwrt.dylib" : "libwrt.so"

include("../src/artifact.jl")

const CHECKOUT = dirname(dirname(@__DIR__))
const PLACES = [joinpath(@__DIR__, "lib", FILENAME), joinpath(CHECKOUT, "target", "release", FILENAME)]

function present()
    fetched = something(artifact(dirname(@__DIR__)), "")
    places = [get(ENV, "WASMTIME_RUNTIME_LIB", ""); PLACES; fetched]
    i = findfirst(isfile, places)
    i === nothing ? nothing : places[i]
end

function build()
    found = present()
    if found !== nothing
        @info "WasmtimeRuntime uses the library $found"
        return
    end
    manifest = joinpath(CHECKOUT, "Cargo.toml")
    if !isfile(manifest)
        @warn "WasmtimeRuntime has no library yet. Put $FILENAME into $(joinpath(@__DIR__, "lib")), or name it in the environment " *
              "variable WASMTIME_RUNTIME_LIB."
        return
    end
    Sys.which("cargo") === nothing && error("cargo is not on the PATH: install Rust, then build WasmtimeRuntime again")
    run(`cargo build --release --locked --manifest-path $manifest`)
    built = joinpath(get(ENV, "CARGO_TARGET_DIR", joinpath(CHECKOUT, "target")), "release", FILENAME)
    isfile(built) || error("cargo built no $built")
    # Cargo's own folder is looked at in any case, and is never stale.
    built == last(PLACES) && return
    mkpath(dirname(first(PLACES)))
    cp(built, first(PLACES); force = true)
    nothing
end

build()
