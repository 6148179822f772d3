# Finding the library, and opening it when the first call needs it.

import Libdl

const ENVIRONMENT = "WASMTIME_RUNTIME_LIB"

const FILENAME = Sys.iswindows() ? "wrt.dll" : Sys.isapple() ? "libwrt.dylib" : "libwrt.so"

"""
The places where the library may be, best first, each with the word for it in messages. A place that is named on purpose is the
only one.
"""
function places()
    chosen = get(ENV, ENVIRONMENT, nothing)
    chosen === nothing || return ["environment variable $ENVIRONMENT" => chosen]
    chosen = preferred()
    chosen === nothing || return ["preference library_path" => chosen]
    root = dirname(@__DIR__)
    # Below the prefix of an archive, package and library belong together.
    prefix = prefix_of(root)
    prefix === nothing || return ["library of the same prefix" => joinpath(prefix, "lib", FILENAME)]
    found = ["deps/lib of the package" => joinpath(root, "deps", "lib", FILENAME),
             "release build of the checkout" => joinpath(dirname(root), "target", "release", FILENAME),
             "debug build of the checkout" => joinpath(dirname(root), "target", "debug", FILENAME)]
    # Last: who has built one in the checkout, or put one there, wants that one.
    fetched = artifact(root)
    fetched === nothing ? found : push!(found, "artifact of the package" => fetched)
end

"The prefix that a package in `PREFIX/share/julia/WasmtimeRuntime` belongs to."
function prefix_of(root)
    parts = splitpath(root)
    length(parts) > 3 && parts[end-2:end-1] == ["share", "julia"] ? joinpath(parts[1:end-3]...) : nothing
end

"The preference `library_path`, where this Julia has preferences."
function preferred()
    @static isdefined(Base, :get_preferences) || return nothing
    get(Base.get_preferences(Base.UUID(PACKAGE_UUID)), "library_path", nothing)::Union{String,Nothing}
end

"The path of the library: the first place that has it, or what the system's loader finds by name."
function locate()
    tried = places()
    for (_, path) in tried
        isfile(path) && return path
    end
    apart(search, tried)::String
end

"What the system's loader finds by name, where no place was named on purpose."
function search(tried)
    found = Libdl.find_library("libwrt")
    isempty(found) || length(tried) == 1 || return found
    list = join(("\n  $path ($what)" for (what, path) in tried))
    length(tried) == 1 || (list *= "\n  libwrt (by the system's loader)")
    throw(WasmRuntimeError("the library libwrt is not there. Tried:$list\n" *
                           "Build it with `cargo build --release` in the checkout, or with Pkg.build(\"WasmtimeRuntime\"), " *
                           "or name it in the environment variable $ENVIRONMENT.", :not_found))
end

const LOADING = ReentrantLock()
const LOADED = Ref("")

"Opens the library, once. The generated layer calls this when it needs an address that it does not have."
function load()
    lock(LOADING)
    try
        isempty(LOADED[]) && open_library(locate())
    finally
        unlock(LOADING)
    end
    nothing
end

function open_library(path)
    missing_names = C.bind!(Libdl.dlopen(path))
    check_version(path)
    isempty(missing_names) || apart(lacking, path, missing_names)
    set_hooks()
    LOADED[] = path
    nothing
end

function check_version(path)
    slot = Ref{C.wrt_error}()
    C.wrt_abi_check(C.WRT_ABI_MAJOR, C.WRT_ABI_MINOR, slot) == C.WRT_OK || apart(unfit, path, slot[])
end

unfit(path, slot) =
    throw(WasmRuntimeError("the library $path does not fit this package: $(exception(slot).message)", :abi))
lacking(path, names) = throw(WasmRuntimeError("the library $path lacks $(join(names, ", "))", :abi))

# Julia's garbage collector waits for every thread that runs Julia code. A thread in WebAssembly runs none, and says so with
# these; a host function is Julia code again. The flag is up when Ctrl-C waits to be thrown.
function set_hooks()
    hooks = C.wrt_host_hooks(sizeof(C.wrt_host_hooks), cglobal(:jl_gc_safe_enter), cglobal(:jl_gc_safe_leave),
                             cglobal(:jl_gc_unsafe_enter), cglobal(:jl_gc_unsafe_leave), cglobal(:jl_signal_pending))
    slot = Ref{C.wrt_error}()
    C.wrt_set_host_hooks(Ref(hooks), slot) == C.WRT_OK || fail(slot[])
end

"The path of the library in use."
library_path() = (isempty(LOADED[]) && load(); LOADED[])

"""
    versions()

The versions of this package's library and of Wasmtime inside it, as a `NamedTuple`, with the path of the library.
"""
versions() = (library = VersionNumber(unsafe_string(C.wrt_version())),
              wasmtime = VersionNumber(unsafe_string(C.wrt_wasmtime_version())), path = library_path())
