-- Calls of WebAssembly as coroutines: its host function may yield, several calls wait at the same time, and are answered in
-- another order than they asked. A program of WASI that sleeps leaves the thread to others.
--
--   luajit examples/luajit/tasks.lua examples/tasks.wat
package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local ffi = require("ffi")
local wrt = require("wrt")
local lib, check, make, NUL = wrt.lib, wrt.check, wrt.make, wrt.NUL

-- A wake function is called by a thread of the library, where no Lua may run. So it is one of C: it rings a bell.
ffi.cdef([[
  typedef union { char bytes[64]; long long align; } sem_t;
  int sem_init(sem_t *, int, unsigned), sem_post(sem_t *), sem_wait(sem_t *), sem_trywait(sem_t *);
]])
local bell = ffi.new("sem_t")
ffi.C.sem_init(bell, 0, 0)
local ring = ffi.cast("wrt_wake_fn", ffi.C.sem_post)

local ready, sleeping = {}, {} -- coroutines that go on when they have their turn, and when the bell has rung

local function go(f) ready[#ready + 1] = coroutine.create(f) end

local function pause(list)
  list[#list + 1] = coroutine.running()
  coroutine.yield()
end

local function run_all()
  while #ready + #sleeping > 0 do
    local wait = #ready == 0 and ffi.C.sem_wait or ffi.C.sem_trywait
    if #sleeping > 0 and wait(bell) == 0 then
      while #sleeping > 0 do ready[#ready + 1] = table.remove(sleeping) end
    end
    assert(coroutine.resume(table.remove(ready, 1)))
  end
end

-- The host functions, by the numbers that the library knows them by. This one waits until somebody answers.
local ASK = 1
local questions = {}
local functions = {
  [ASK] = function(number)
    print(number .. " asks")
    local question = { number = number, asker = coroutine.running() }
    questions[#questions + 1] = question
    coroutine.yield()
    return question.answer()
  end,
}

local function answer_the_last_first(count)
  while #questions < count do pause(ready) end
  for i = count, 1, -1 do
    local number = questions[i].number
    print(number .. " is answered")
    questions[i].answer = function() return number ~= 2 and 10 * number or error("nobody knows about 2", 0) end
    ready[#ready + 1] = questions[i].asker
  end
end

-- Answers what a task asks for, with the result of the host function or with its error.
local function serve(task)
  local request = ffi.new("wrt_host_request", { struct_size = ffi.sizeof("wrt_host_request") })
  check(lib.wrt_task_request, task, request)
  local ok, answer = pcall(functions[tonumber(request.id)], wrt.lower(request.slots[0]))
  if ok then return check(lib.wrt_task_reply, task, ffi.new("wrt_val[1]", { { wrt.lift(answer) } }), 1) end
  local reason = ffi.new("wrt_error")
  lib.wrt_error_set(reason, lib.WRT_ERR_HOST, tostring(answer), NUL)
  check(lib.wrt_task_fail, task, reason)
  lib.wrt_error_clear(reason)
end

-- Calls an export that takes `n` i32 and gives one.
local function call(instance, name, n, number)
  local func = make("wrt_extern", lib.wrt_instance_export, instance, name, NUL)
  local slots, state = ffi.new("wrt_val[1]", { { wrt.lift(number or 0) } }), ffi.new("int32_t[1]")
  local task = make("wrt_task", lib.wrt_call_start, make("wrt_call", lib.wrt_call_new, func), slots, n, ring, bell)
  while true do
    check(lib.wrt_task_poll, task, state)
    if state[0] == lib.WRT_TASK_DONE then break end
    if state[0] == lib.WRT_TASK_HOST_CALL then serve(task) else pause(state[0] == lib.WRT_TASK_PENDING and sleeping or ready) end
  end
  check(lib.wrt_task_results, task, slots, 1)
  return wrt.lower(slots[0])
end

local engine = make("wrt_engine", lib.wrt_engine_new, nil)
local module = make("wrt_module", lib.wrt_module_from_file, engine, arg[1], NUL)
local kind = make("wrt_type", lib.wrt_type_parse, engine, "(func (param i32) (result i32))", NUL)
local linker = make("wrt_linker", lib.wrt_linker_new, engine)
check(lib.wrt_linker_define_wasi, linker, lib.WRT_WASI_P1)
check(lib.wrt_linker_define_suspending_func, linker, "host", NUL, "ask", NUL, kind, ASK)

-- A call has its store for itself until it ends, so calls at the same time have a store each.
local function instance()
  return make("wrt_instance", lib.wrt_linker_instantiate, linker, make("wrt_store", lib.wrt_store_new, engine, nil, nil), module)
end

for number = 1, 3 do
  go(function()
    local ok, result = pcall(call, instance(), "run", 1, number)
    print(("run(%d) %s %s"):format(number, ok and "=" or "fails:", tostring(result)))
  end)
end
go(function() answer_the_last_first(3) end)
run_all()

local turns, result = 0, nil
go(function() result = call(instance(), "nap", 0) end)
go(function()
  while not result do
    turns = turns + 1
    pause(ready)
  end
end)
run_all()
print(("nap() = %d, and others ran meanwhile: %s"):format(result, turns > 1 and "yes" or "no"))
