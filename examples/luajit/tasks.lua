-- Calls of WebAssembly as coroutines: its host function may yield, several calls wait at the same time, and are answered in
-- another order than they asked. A program of WASI that sleeps leaves the thread to others.
--
--   luajit examples/luajit/tasks.lua examples/tasks.wat
package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local wrt = require("wrt")
local tasks = require("wrt_tasks")
local lib, check, make, NUL = wrt.lib, wrt.check, wrt.make, wrt.NUL

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
  while #questions < count do tasks.pause() end
  for i = count, 1, -1 do
    local number = questions[i].number
    print(number .. " is answered")
    questions[i].answer = function() return number ~= 2 and 10 * number or error("nobody knows about 2", 0) end
    tasks.resume(questions[i].asker)
  end
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
  tasks.go(function()
    local ok, result = pcall(tasks.call, functions, instance(), "run", 1, number)
    print(("run(%d) %s %s"):format(number, ok and "=" or "fails:", tostring(result)))
  end)
end
tasks.go(function() answer_the_last_first(3) end)
tasks.run_all()

local turns, result = 0, nil
tasks.go(function() result = tasks.call({}, instance(), "nap", 0) end)
tasks.go(function()
  while not result do
    turns = turns + 1
    tasks.pause()
  end
end)
tasks.run_all()
print(("nap() = %d, and others ran meanwhile: %s"):format(result, turns > 1 and "yes" or "no"))
