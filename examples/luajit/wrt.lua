-- What job.lua and tasks.lua have in common: the declarations of wrt.cdef and the library, with errors of Lua's, and handles that
-- are released when they are collected. The library and the declarations are those of the repository, or where WRT_LIBRARY and
-- WRT_CDEF say; run from its root.
local ffi = require("ffi")
ffi.cdef(assert(io.open(os.getenv("WRT_CDEF") or "include/wrt.cdef")):read("*a"))
local lib = ffi.load(os.getenv("WRT_LIBRARY") or "target/release/libwrt.so")

-- The length of a text that ends in a NUL. A plain -1 is a double, and as such no size_t.
local wrt = { lib = lib, NUL = -1ULL }

local Failure = { __tostring = function(e) return e.status .. ": " .. e.message end }

-- What a failed function says: a table with its status, message, trap and frames.
local function failure(err)
  local e = { status = ffi.string(lib.wrt_status_name(err.status)), message = ffi.string(err.message), frames = {} }
  if err.status == lib.WRT_ERR_TRAP then e.trap = err.trap end
  local frame = ffi.new("wrt_frame", { struct_size = ffi.sizeof("wrt_frame") })
  while lib.wrt_error_frame(err, #e.frames, frame) == lib.WRT_OK do
    e.frames[#e.frames + 1] = frame.func_name ~= nil and ffi.string(frame.func_name) or "?"
  end
  lib.wrt_error_clear(err)
  return setmetatable(e, Failure)
end

-- Calls a function with a wrt_error behind its other arguments. Compiled code cannot be called back, so what may come back into
-- Lua is not to be compiled.
function wrt.check(func, ...)
  local err, n, args = ffi.new("wrt_error"), select("#", ...), { ... }
  args[n + 1] = err
  if func(unpack(args, 1, n + 1)) ~= lib.WRT_OK then error(failure(err), 0) end
end
jit.off(wrt.check)

-- The handle that a function makes, a `kind *`. It is released when it is collected, or by `wrt.release`.
function wrt.make(kind, func, ...)
  local out, n, args = ffi.new(kind .. " *[1]"), select("#", ...), { ... }
  args[n + 1] = out
  wrt.check(func, unpack(args, 1, n + 1))
  return ffi.gc(out[0], lib.wrt_release)
end

function wrt.release(handle) lib.wrt_release(ffi.gc(handle, nil)) end

-- A number of type i32 as a value of WebAssembly, and back.
function wrt.lift(number) return ffi.cast("uint32_t", ffi.cast("int32_t", number)) end
function wrt.lower(value) return tonumber(ffi.cast("int32_t", value.lo)) end

return wrt
