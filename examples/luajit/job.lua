-- Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. LuaJIT alone does it.
--
--   luajit examples/luajit/job.lua examples/job.wat
package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local ffi = require("ffi")
local wrt = require("wrt")
local lib, check, make, NUL = wrt.lib, wrt.check, wrt.make, wrt.NUL

-- An error must not pass through the library, so it is caught and told. The callback must be kept as long as the store.
local twice = ffi.cast("wrt_host_fn", function(env, caller, slots, nslots, err)
  local ok, reason = pcall(function()
    local number = wrt.lower(slots[0])
    if number < 0 then error("twice takes no negative number", 0) end
    slots[0].lo = wrt.lift(2 * number)
  end)
  if ok then return lib.WRT_OK end
  lib.wrt_error_set(err, lib.WRT_ERR_HOST, tostring(reason), NUL)
  return lib.WRT_ERR_HOST
end)

-- Calls a function of two numbers, and prints what comes of it.
local function call(name, func, a, b)
  local args, result = ffi.new("wrt_val[2]", { { wrt.lift(a) }, { wrt.lift(b) } }), ffi.new("wrt_val[1]")
  local ok, e = pcall(check, lib.wrt_func_call, func, args, 2, result, 1)
  local start = ("%s(%d, %d)"):format(name, a, b)
  if ok then return print(("%s = %d"):format(start, wrt.lower(result[0]))) end
  print(("%s fails: %s"):format(start, tostring(e)))
  if e.trap then print(("  trap %d, %s"):format(e.trap, ffi.string(lib.wrt_trap_name(e.trap)))) end
  for _, frame in ipairs(e.frames) do print("  in " .. frame) end
end

local engine = make("wrt_engine", lib.wrt_engine_new, nil)
local module = make("wrt_module", lib.wrt_module_from_file, engine, arg[1], NUL)
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

for _, handle in ipairs({ memory, average, sum, instance, host, kind, store, module, engine }) do wrt.release(handle) end
twice:free()
print(tonumber(lib.wrt_live_count()) .. " objects are left")
