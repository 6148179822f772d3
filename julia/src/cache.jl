# Compiled modules on disk: what one process has compiled, all others with the same settings map into memory.

"The folder for the compiled modules of this user."
cache_folder() = joinpath(first(DEPOT_PATH), "scratchspaces", "a6d3f585-9dab-40dc-a38e-1a8f32bb72bb", "modules")

"""
The module of `bytes` from `cache`, a folder or `true` for the user's own: compiled now, and kept there, where nothing in it has this
content and the fingerprint of `engine`.
"""
function cached(engine, bytes, cache)
    folder = cache === true ? cache_folder() : String(cache)
    path = joinpath(folder, module_key(engine, bytes))
    isfile(path) && check_private(folder)
    try
        isfile(path) && return deserialize(engine, path; trusted = true)
    catch e
        # What does not fit any more is replaced.
        e isa WasmtimeError || rethrow()
    end
    mod = compile_module(engine, bytes)
    keep(mod, folder, path)
    mod
end

function module_key(engine, bytes)
    out = Ref{C.wrt_bytes}()
    @check C.wrt_engine_module_key(engine, bytes, length(bytes), out)
    String(take!(out))
end

# Native code is loaded from there as it is.
function check_private(folder)
    Sys.isunix() && stat(folder).mode & 0o022 != 0 &&
        throw(WasmRuntimeError("others than its owner can write to the folder $folder: native code is not loaded from there", :argument))
    nothing
end

"Writes a module to `path`, at once as a whole. A folder that cannot be written to is no reason not to go on."
function keep(mod::WasmModule, folder, path)
    try
        mkpath(folder; mode = 0o700)
        check_private(folder)
        own = string(path, '.', getpid(), '.', Threads.threadid(), ".tmp")
        write(own, serialize(mod))
        mv(own, path; force = true)
    catch e
        e isa Union{SystemError,Base.IOError} || rethrow()
        @warn "compiled modules cannot be kept in $folder" exception = e maxlog = 1
    end
    nothing
end
