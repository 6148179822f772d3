"""Calls of WebAssembly as coroutines: its host function is `async`, several calls wait at the same time, and are answered in
another order than they asked. A program of WASI that sleeps leaves the event loop to others.

    pip install cffi
    python examples/python/tasks.py examples/tasks.wat
"""
import asyncio
import sys

from wrt import NUL, WrtError, check, ffi, lib, make
from wrt_async import call

ASK = 1  # the number by which the library knows the host function `ask`
questions = []


async def ask(number):
    """The host function: waits until somebody answers."""
    print(f"{number} asks")
    answer = asyncio.get_running_loop().create_future()
    questions.append((number, answer))
    return await answer


async def answer_the_last_first(count):
    while len(questions) < count:
        await asyncio.sleep(0)
    while questions:
        number, answer = questions.pop()
        print(f"{number} is answered")
        if number == 2:
            answer.set_exception(ValueError("nobody knows about 2"))
        else:
            answer.set_result(10 * number)


async def main(path):
    engine = make(lib.wrt_engine_new, ffi.NULL)
    module = make(lib.wrt_module_from_file, engine, path.encode(), NUL)
    linker = make(lib.wrt_linker_new, engine)
    check(lib.wrt_linker_define_wasi, linker, lib.WRT_WASI_P1)
    of_ask = make(lib.wrt_type_parse, engine, b"(func (param i32) (result i32))", NUL)
    check(lib.wrt_linker_define_suspending_func, linker, b"host", NUL, b"ask", NUL, of_ask, ASK)

    # A call has its store for itself until it ends, so calls at the same time have a store each.
    def instance():
        return make(lib.wrt_linker_instantiate, linker, make(lib.wrt_store_new, engine, ffi.NULL, ffi.NULL), module)

    async def run(number):
        try:
            print(f"run({number}) = {await call({ASK: ask}, instance(), 'run', number)}")
        except WrtError as e:
            print(f"run({number}) fails: {e}")

    await asyncio.gather(run(1), run(2), run(3), answer_the_last_first(3))

    nap, turns = asyncio.create_task(call({}, instance(), "nap")), 0
    while not nap.done():
        turns += 1
        await asyncio.sleep(0)
    print(f"nap() = {await nap}, and others ran meanwhile: {'yes' if turns > 1 else 'no'}")


asyncio.run(main(sys.argv[1]))
