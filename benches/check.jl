# Calls every kernel once, with an engine of the defaults and one that can be stopped; prints the names of those that return what the
# table says.

using WasmtimeRuntime

include("kernels.jl")

for kernel in kernels()
    foreach(engine -> repeated(instance_of(kernel, engine), kernel, 1), (WasmEngine(), WasmEngine(epoch_interruption = true)))
    println(kernel.name)
end
