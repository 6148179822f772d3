"""Programs of WASI by wasmtime-py: for each line `n` on standard input a line with the nanoseconds of n runs."""

import sys
import time

import wasmtime

engine = wasmtime.Engine()
module = wasmtime.Module(engine, open(sys.argv[1], "rb").read())
linker = wasmtime.Linker(engine)
linker.define_wasi()


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


for line in sys.stdin:
    start = time.perf_counter_ns()
    for _ in range(int(line)):
        run()
    print(time.perf_counter_ns() - start, flush=True)
