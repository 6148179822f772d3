# Builds the library in a checkout, where it is not there yet. An installed package has no sources to build: it takes a library
# that was put into deps/lib, or that the environment names.

const FILENAME = Sys.iswindows() ? "wrt.dll" : Sys.isapple() ? "libwrt.dylib" : "libwrt.so"

checkout() = dirname(dirname(@__DIR__))
target() = get(ENV, "CARGO_TARGET_DIR", joinpath(checkout(), "target"))

function present()
    named = get(ENV, "WASMTIME_RUNTIME_LIB", "")
    isempty(named) || return named
    i = findfirst(isfile, [joinpath(@__DIR__, "lib", FILENAME), joinpath(checkout(), "target", "release", FILENAME)])
    i === nothing ? nothing : (joinpath(@__DIR__, "lib", FILENAME), joinpath(checkout(), "target", "release", FILENAME))[i]
end

function build()
    found = present()
    if found !== nothing
        @info "WasmtimeRuntime uses the library $found"
        return
    end
    manifest = joinpath(checkout(), "Cargo.toml")
    if !isfile(manifest)
        @warn "WasmtimeRuntime has no library yet. Put $FILENAME into $(joinpath(@__DIR__, "lib")), or name it in the environment " *
              "variable WASMTIME_RUNTIME_LIB."
        return
    end
    Sys.which("cargo") === nothing && error("cargo is not on the PATH: install Rust, then build WasmtimeRuntime again")
    run(`cargo build --release --locked --manifest-path $manifest`)
    built = joinpath(target(), "release", FILENAME)
    isfile(built) || error("cargo built no $built")
    mkpath(joinpath(@__DIR__, "lib"))
    cp(built, joinpath(@__DIR__, "lib", FILENAME); force = true)
    nothing
end

build()
