-- Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. LuaJIT alone does it,
-- from the declarations of wrt.cdef.
--
--   luajit examples/luajit/job.lua target/release/libwrt.so include/wrt.cdef examples/job.wat
local ffi = require("ffi")
local library, cdef, path = unpack(arg)
ffi.cdef(assert(io.open(cdef)):read("*a"))
local lib = ffi.load(library)
local NUL = -1ULL -- the length of a text that ends in a NUL; a plain -1 is a double, and no such size_t

local Failure = { __tostring = function(e) return e.status .. ": " .. e.message end }

-- What a failed function says, as an error of Lua: a table with its status, message, trap and frames.
local function failure(err)
  local e = { status = ffi.string(lib.wrt_status_name(err.status)), message = ffi.string(err.message), frames = {} }
  if err.status == lib.WRT_ERR_TRAP then e.trap = err.trap end
  local frame = ffi.new("wrt_frame", { struct_size = ffi.sizeof("wrt_frame") })
  while lib.wrt_error_frame(err, #e.frames, frame) == lib.WRT_OK do
    e.frames[#e.frames + 1] = ffi.string(frame.func_name)
  end
  lib.wrt_error_clear(err)
  return setmetatable(e, Failure)
end

-- Calls a function with a wrt_error behind its other arguments. Whatever may come back into Lua must not be compiled, since
-- compiled code cannot be called back: so the compiler is kept off this function.
local function check(func, ...)
  local err = ffi.new("wrt_error")
  local args = { ... }
  args[select("#", ...) + 1] = err
  if func(unpack(args, 1, select("#", ...) + 1)) ~= lib.WRT_OK then error(failure(err), 0) end
end
jit.off(check)

-- The handle that a function makes, a `kind *`. It is released when it is collected, or by `release`.
local function make(kind, func, ...)
  local out, args, n = ffi.new(kind .. " *[1]"), { ... }, select("#", ...)
  args[n + 1] = out
  check(func, unpack(args, 1, n + 1))
  return ffi.gc(out[0], lib.wrt_release)
end

local function release(handle) lib.wrt_release(ffi.gc(handle, nil)) end

-- An error must not pass through the library, so it is caught and told. The callback must be kept as long as the store.
local twice = ffi.cast("wrt_host_fn", function(env, caller, slots, nslots, err)
  local ok, reason = pcall(function()
    local number = tonumber(ffi.cast("int32_t", slots[0].lo))
    if number < 0 then error("twice takes no negative number", 0) end
    slots[0].lo = 2 * number
  end)
  if ok then return lib.WRT_OK end
  lib.wrt_error_set(err, lib.WRT_ERR_HOST, tostring(reason), NUL)
  return lib.WRT_ERR_HOST
end)

-- Calls an export of two numbers, and prints what comes of it.
local function call(name, func, a, b)
  local args, result = ffi.new("wrt_val[2]", { { ffi.cast("int64_t", a) }, { ffi.cast("int64_t", b) } }), ffi.new("wrt_val[1]")
  local ok, e = pcall(check, lib.wrt_func_call, func, args, 2, result, 1)
  local start = ("%s(%d, %d)"):format(name, a, b)
  if ok then return print(("%s = %d"):format(start, tonumber(ffi.cast("int32_t", result[0].lo)))) end
  print(("%s fails: %s"):format(start, tostring(e)))
  if e.trap then print(("  trap %d, %s"):format(e.trap, ffi.string(lib.wrt_trap_name(e.trap)))) end
  for _, frame in ipairs(e.frames) do print("  in " .. frame) end
end

local engine = make("wrt_engine", lib.wrt_engine_new, nil)
local module = make("wrt_module", lib.wrt_module_from_file, engine, path, NUL)
local store = make("wrt_store", lib.wrt_store_new, engine, nil, nil)
local kind = make("wrt_type", lib.wrt_type_parse, engine, "(func (param i32) (result i32))", NUL)
local host = make("wrt_func", lib.wrt_func_new, store, kind, twice, nil, nil)
local instance = make("wrt_instance", lib.wrt_instance_new, store, module, ffi.new("const wrt_extern *[1]", { host }), 1)
local sum = make("wrt_extern", lib.wrt_instance_export, instance, "sum", NUL)
local average = make("wrt_extern", lib.wrt_instance_export, instance, "average", NUL)
local memory = make("wrt_extern", lib.wrt_instance_export, instance, "memory", NUL)

call("sum", sum, 20, 2)
local text = ffi.new("uint8_t[22]")
check(lib.wrt_memory_read, memory, 16, text, ffi.sizeof(text))
print(ffi.string(text, ffi.sizeof(text)))
call("sum", sum, -1, 2)
call("average", average, 42, 0)
check(lib.wrt_close, store)
call("sum", sum, 20, 2)

for _, handle in ipairs({ memory, average, sum, instance, host, kind, store, module, engine }) do release(handle) end
print(tonumber(lib.wrt_live_count()) .. " objects are left")
