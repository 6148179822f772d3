"""wasmtime-py: for each line `loop n` on standard input a line with the nanoseconds of n turns of that loop.

The argument is the program of WASI that the loop `program` runs.
"""

import sys
import time

import wasmtime

engine = wasmtime.Engine()
module = wasmtime.Module(engine, open(sys.argv[1], "rb").read())
linker = wasmtime.Linker(engine)
linker.define_wasi()

ADD = """(module (func (export "add") (param i32 i32) (result i32)
  (i32.add (local.get 0) (local.get 1))))"""
store = wasmtime.Store(engine)
instance = wasmtime.Instance(store, wasmtime.Module(engine, ADD), [])


def add(n):
    for _ in range(n):
        instance.exports(store)["add"](store, 2, 3)


def add_kept(n):
    kept = instance.exports(store)["add"]
    for _ in range(n):
        kept(store, 2, 3)


def run():
    store = wasmtime.Store(engine)
    config = wasmtime.WasiConfig()
    config.argv = ["hello"]
    config.stdout_file = "/dev/null"
    store.set_wasi(config)
    try:
        linker.instantiate(store, module).exports(store)["_start"](store)
    except wasmtime.ExitTrap as exit:
        assert exit.code == 0
    store.close()


def program(n):
    for _ in range(n):
        run()


loops = {"add": add, "add_kept": add_kept, "program": program}

for line in sys.stdin:
    name, n = line.split()
    start = time.perf_counter_ns()
    loops[name](int(n))
    print(time.perf_counter_ns() - start, flush=True)
