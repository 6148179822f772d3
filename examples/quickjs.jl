# JavaScript in Julia: quickjs.wasm of npm's quickjs-wasi package is a whole engine of JavaScript, as a program of WASI. What makes it a
# part of Julia is in javascript.jl, beside this file.
#
# With `js` for the global object, `js.Math.max(1, 2)` calls a function there, and `js.log = println` gives one of Julia. Either side calls
# the other from within its own calls. What one side throws and does not catch, the other can. A task of Julia is a promise in
# JavaScript; a promise is awaited with `fetch`.
#
#     julia --project=julia examples/quickjs.jl [folder with the node_modules]
#
# `tools/fetch-npm.sh FOLDER` brings it; without a folder it is looked for in target/npm.

using WasmtimeRuntime

include("javascript.jl")

"What `f` throws, as text."
caught(f) = try f(); "nothing" catch e; sprint(showerror, e) end

function main(folder = joinpath(@__DIR__, "..", "target", "npm"))
    path = joinpath(folder, "node_modules", "quickjs-wasi", "quickjs.wasm")
    isfile(path) || error("there is no $path: tools/fetch-npm.sh brings it")
    js = javascript(WasmModule(WasmEngine(), path); modules = Dict("circle" => "export const area = r => Math.PI * r ** 2"))

    println("values:   ", js.Math.max(3, 4), ", ", js.eval("'caf\u00e9'.toUpperCase()"), ", ", js.eval("2n ** 100n"), ", ",
            collect(js.eval("[1, 2.5, null]")), ", ", js.JSON.stringify((name = "Julia", versions = [1.5, 1.12])))
    js.console = (log = (args...) -> println("console:  ", join(args, ' ')),)
    js.eval("console.log('hello', typeof console.log, [1, [2, 3]], new Date(0).toISOString())")

    # Each level of the recursion is JavaScript called by Julia called by JavaScript.
    js.call = (f, args...) -> f(args...)
    js.eval("function factorial(n) { return n < 2n ? 1n : n * call(factorial, n - 1n) }")
    println("calls:    20! = ", js.eval("factorial(20n)"), ", sorted by Julia: ", js.eval("[5, 3, 11, 1]").sort(-))
    js.parse = text -> parse(Int, text)
    println("errors:   ", js.eval("try { parse('1') + parse('l') } catch (e) { `JavaScript catches an \${e.name}` }"))
    println("          Julia catches ", caught(() -> js.eval("parse('1').a.b")), ", ", caught(() -> js.eval("parse('l')")))

    # A function that waits, and one that returns a task at once.
    ticks, waiting, most = 0, 0, 0
    clock = Timer(_ -> ticks += 1, 0; interval = 0.01)
    js.sleep = sleep
    js.eval("sleep(0.2)")
    println("waiting:  while JavaScript sleeps, a clock of Julia ticks: ", ticks > 0)
    function later(x)
        most = max(most, waiting += 1)
        sleep(0.2)
        waiting -= 1
        return x
    end
    js.later = x -> @async later(x)
    sum = fetch(js.eval("Promise.all([later(1), later(2), later(3)]).then(all => all.reduce((a, b) => a + b))"))
    println("          promises bring ", sum, ", ", most, " at the same time")
    js.fail = () -> @async error("no such page")
    println("          a promise fails: ", caught(() -> fetch(js.eval("(async () => await fail())()"))))
    println("modules:  ", fetch(js.eval("import('circle').then(circle => circle.area(1))")))

    ticks = 0
    println("limits:   ", caught(() -> within(() -> js.eval("while (true) { }"), js, 0.2)), ", and the clock ticks: ", ticks > 0)
    println("          ", caught(() -> js.eval("(function f() { f() })()")))
    println("          ", caught(() -> js.eval("for (let a = []; ; ) a.push('x'.repeat(1 << 20))")))
    println("          and after all that, 1 + 1 is ", js.eval("1 + 1"))
    close(clock)
end

main(ARGS...)
