-- Compiles a module, gives it a function of the host, calls it, reads its memory, and meets three errors. In Lua, with the module
-- that SWIG makes of the header. Nothing is called back: the host function suspends the call, and Lua answers it.
--
--   swig -lua -Iinclude -o wrt_lua.c examples/swig/wrt.i
--   cc -shared -fPIC -I include -I /usr/include/lua5.4 wrt_lua.c -o wrt.so \
--     -L target/release -Wl,-rpath,"$PWD/target/release" -lwrt
--   lua5.4 examples/swig/job.lua examples/job.wat
local wrt = require("wrt")

local function int32(bits) return ((bits & 0xffffffff) ~ 0x80000000) - 0x80000000 end

-- The host functions, by the numbers that the library knows them by.
local TWICE = 1
local functions = {
  [TWICE] = function(number)
    if number < 0 then error("twice takes no negative number", 0) end
    return 2 * number
  end,
}

-- Runs a task to its end, answers what it asks, and returns its result.
local function drive(task)
  while wrt.wrt_task_poll(task) == wrt.WRT_TASK_HOST_CALL do
    local id, bits = wrt.wrt_task_request(task)
    local ok, answer = pcall(functions[id], int32(bits))
    if ok then wrt.wrt_task_reply(task, { answer }) else wrt.wrt_task_fail(task, answer) end
  end
  return int32(wrt.wrt_task_results(task, 1))
end

-- Calls a function of two numbers, and prints what comes of it.
local function call(name, func, a, b)
  local ok, result = pcall(function() return drive(wrt.wrt_call_start(wrt.wrt_call_new(func), { a, b })) end)
  local start = ("%s(%d, %d)"):format(name, a, b)
  if ok then return print(("%s = %d"):format(start, result)) end
  if type(result) == "string" then error(result) end
  print(("%s fails: %s: %s"):format(start, result.status, result.message))
  if result.trap then print(("  trap %d, %s"):format(result.trap, wrt.wrt_trap_name(result.trap))) end
  for _, frame in ipairs(result.frames) do print("  in " .. frame) end
end

local function job(path)
  local engine = wrt.wrt_engine_new(nil)
  local module = wrt.wrt_module_from_file(engine, path)
  local store = wrt.wrt_store_new(engine)
  local host = wrt.wrt_func_new_suspending(store, wrt.wrt_type_parse(engine, "(func (param i32) (result i32))"), TWICE)
  local instance = wrt.wrt_instance_new(store, module, { host })
  local sum = wrt.wrt_instance_export(instance, "sum")
  local average = wrt.wrt_instance_export(instance, "average")

  call("sum", sum, 20, 2)
  print(wrt.wrt_memory_read(wrt.wrt_instance_export(instance, "memory"), 16, 22))
  call("sum", sum, -1, 2)
  call("average", average, 42, 0)
  wrt.wrt_close(store)
  call("sum", sum, 20, 2)
end

job(arg[1] or "examples/job.wat")
collectgarbage()
collectgarbage()
print(wrt.wrt_live_count() .. " objects are left")
