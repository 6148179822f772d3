# Scripts that say what one function, or one global, is.
returns(result, body, expected; types = "") =
    run_wast("(module $types (func (export \"f\") (result $result) $body)) (assert_return (invoke \"f\") $expected)").passed == 1

@testset "numbers" begin
    for (type, value, same, other) in (("i32", "-1", "0xffffffff", "1"), ("i64", "-1", "0xffffffffffffffff", "0xffffffff"),
                                       ("f32", "1.5", "0x1.8p0", "1.25"), ("f64", "-0x0p0", "-0.0", "0.0"),
                                       ("f32", "nan:0x200000", "nan:0x200000", "nan:0x200001"), ("f64", "-inf", "-inf", "inf"))
        @test returns(type, "($type.const $value)", "($type.const $same)")
        @test !returns(type, "($type.const $value)", "($type.const $other)")
    end
    @test !returns("i32", "(i32.const 1)", "(i64.const 1)") && !returns("f32", "(f32.const 1)", "(f64.const 1)")
    @test !returns("i32", "(i32.const 1)", "") && !returns("i32", "(i32.const 1)", "(i32.const 1) (i32.const 1)")
    @test returns("i32 f64", "(i32.const 1) (f64.const 2)", "(i32.const 1) (f64.const 2)")
    @test !returns("i32 f64", "(i32.const 1) (f64.const 2)", "(i32.const 1) (f64.const 3)")
end

@testset "any NaN of a kind" begin
    for (type, payloads) in (("f32", ["0x400000", "0x400001", "0x200000"]), ("f64", ["0x8000000000000", "0x8000000000001", "0x4000000000000"]))
        for sign in ("", "-")
            found = [[returns(type, "($type.const $(sign)nan:$payload)", "($type.const nan:$kind)") for payload in payloads]
                     for kind in ("canonical", "arithmetic")]
            @test found == [[true, false, false], [true, true, false]]
        end
        @test !returns(type, "($type.const inf)", "($type.const nan:arithmetic)")
    end
end

@testset "vectors" begin
    vector = "(v128.const i32x4 1 -1 0x7fc00000 0x7fc00001)"
    @test returns("v128", vector, "(v128.const i8x16 1 0 0 0 -1 -1 -1 -1 0 0 -64 127 1 0 -64 127)")
    @test !returns("v128", vector, "(v128.const i8x16 1 0 0 0 -1 -1 -1 -1 0 0 -64 127 1 0 -64 126)")
    @test returns("v128", vector, "(v128.const f32x4 0x1p-149 nan:arithmetic nan:canonical nan:arithmetic)")
    @test !returns("v128", vector, "(v128.const f32x4 0x1p-149 nan:arithmetic nan:canonical nan:canonical)")
    @test run_wast("""(module (func (export "f") (param v128) (result v128) (local.get 0)))
        (assert_return (invoke "f" (v128.const i16x8 1 -2 3 -4 5 -6 7 -8)) (v128.const i16x8 1 -2 3 -4 5 -6 7 -8))
        (assert_return (invoke "f" (v128.const f64x2 1 -nan:0x1)) (v128.const f64x2 1 -nan:0x1))""").passed == 2
end

@testset "one of several" begin
    @test returns("i32", "(i32.const 2)", "(either (i32.const 1) (i32.const 2))")
    @test !returns("i32", "(i32.const 3)", "(either (i32.const 1) (i32.const 2))")
end

@testset "references" begin
    kinds = ("ref.func", "ref.extern", "ref.any", "ref.eq", "ref.i31", "ref.struct", "ref.array", "ref.null")
    fits(result, body) = [returns(result, body, "($kind)"; types = "(type \$s (struct)) (type \$a (array i8))") for kind in kinds]
    @test fits("funcref", "(ref.func 0)") == [1, 0, 0, 0, 0, 0, 0, 0]
    @test fits("externref", "(extern.convert_any (ref.i31 (i32.const 1)))") == [0, 1, 0, 0, 0, 0, 0, 0]
    @test fits("anyref", "(ref.i31 (i32.const 1))") == [0, 0, 1, 1, 1, 0, 0, 0]
    @test fits("eqref", "(struct.new \$s)") == [0, 0, 1, 1, 0, 1, 0, 0]
    @test fits("(ref \$a)", "(array.new_fixed \$a 0)") == [0, 0, 1, 1, 0, 0, 1, 0]
    @test fits("anyref", "(ref.null any)") == [0, 0, 0, 0, 0, 0, 0, 1]
    result = run_wast("""
        (module
          (func (export "same") (param externref) (result externref) (local.get 0))
          (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
          (func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0))))
        (assert_return (invoke "same" (ref.extern 1)) (ref.extern 1))
        (assert_return (invoke "same" (ref.extern 1)) (ref.extern))
        (assert_return (invoke "same" (ref.null extern)) (ref.null extern))
        (assert_return (invoke "in" (ref.extern 1)) (ref.host 1))
        (assert_return (invoke "out" (ref.host 2)) (ref.extern 2))
        (assert_return (invoke "same" (ref.extern 1)) (ref.extern 2))
        (assert_return (invoke "in" (ref.extern 1)) (ref.eq))
        (assert_return (invoke "in" (ref.extern 1)) (ref.host 2))
        (assert_return (invoke "same" (ref.null extern)) (ref.extern))""")
    @test result.passed == 5 && [failure.line for failure in result.failures] == 10:13
end

@testset "what is said of them" begin
    said(result, body, expected) = only(run_wast("(module (func (export \"f\") (result $result) $body)) " *
                                                 "(assert_return (invoke \"f\") $expected)").failures).message
    @test said("i32", "(i32.const -1)", "(i32.const 1)") == "assert_return: expected i32 1, found i32 -1"
    @test said("f32", "(f32.const nan)", "(f32.const 0.5)") == "assert_return: expected f32 0.5 (0x3f000000), found f32 NaN (0x7fc00000)"
    @test said("f64", "(f64.const 1)", "(f64.const nan:canonical)") ==
          "assert_return: expected f64 nan:canonical, found f64 1.0 (0x3ff0000000000000)"
    @test said("v128", "(v128.const i64x2 1 0)", "(v128.const i64x2 2 0)") ==
          "assert_return: expected v128 i64x2 2 0, found v128 0x00000000000000000000000000000001"
    @test said("i32", "(i32.const 3)", "(either (i32.const 1) (i32.const 2))") == "assert_return: expected i32 1 or i32 2, found i32 3"
    @test said("externref", "(ref.null extern)", "(ref.extern 5)") == "assert_return: expected externref 5, found externref null"
    @test said("i32", "(i32.const 3)", "") == "assert_return: expected 0 results, found 1"
end
