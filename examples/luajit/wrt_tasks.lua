-- A call of WebAssembly as a coroutine: a loop over the states of a task, and a scheduler that runs many.
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

local tasks = {}

function tasks.resume(task) ready[#ready + 1] = task end

function tasks.go(f) tasks.resume(coroutine.create(f)) end

function tasks.pause(list)
  list = list or ready
  list[#list + 1] = coroutine.running()
  coroutine.yield()
end

function tasks.run_all()
  while #ready + #sleeping > 0 do
    local wait = #ready == 0 and ffi.C.sem_wait or ffi.C.sem_trywait
    if #sleeping > 0 and wait(bell) == 0 then
      while #sleeping > 0 do ready[#ready + 1] = table.remove(sleeping) end
    end
    assert(coroutine.resume(table.remove(ready, 1)))
  end
end

-- Answers what a task asks for, with the result of the host function or with its error.
local function serve(task, functions)
  local request = ffi.new("wrt_host_request", { struct_size = ffi.sizeof("wrt_host_request") })
  check(lib.wrt_task_request, task, request)
  local ok, answer = pcall(functions[tonumber(request.id)], wrt.lower(request.slots[0]))
  if ok then return check(lib.wrt_task_reply, task, ffi.new("wrt_val[1]", { { wrt.lift(answer) } }), 1) end
  local reason = ffi.new("wrt_error")
  lib.wrt_error_set(reason, lib.WRT_ERR_HOST, tostring(answer), NUL)
  check(lib.wrt_task_fail, task, reason)
  lib.wrt_error_clear(reason)
end

-- Calls an export that takes `n` i32 and gives one. `functions` are the host functions that it may wait for, by their numbers.
function tasks.call(functions, instance, name, n, number)
  local func = make("wrt_extern", lib.wrt_instance_export, instance, name, NUL)
  local slots, state = ffi.new("wrt_val[1]", { { wrt.lift(number or 0) } }), ffi.new("int32_t[1]")
  local task = make("wrt_task", lib.wrt_call_start, make("wrt_call", lib.wrt_call_new, func), slots, n, ring, bell)
  while true do
    check(lib.wrt_task_poll, task, state)
    if state[0] == lib.WRT_TASK_DONE then break end
    if state[0] == lib.WRT_TASK_HOST_CALL then serve(task, functions) else tasks.pause(state[0] == lib.WRT_TASK_PENDING and sleeping or ready) end
  end
  check(lib.wrt_task_results, task, slots, 1)
  return wrt.lower(slots[0])
end

return tasks
