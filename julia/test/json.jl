@testset "values" begin
    @test W.parsejson("null") === nothing
    @test W.parsejson(" [1, -2, 3.5, 1e3, true, false] ") == [1, -2, 3.5, 1000.0, true, false]
    @test W.parsejson("18446744073709551615") === typemax(UInt64)
    @test W.parsejson("{}") == Dict()
    @test W.parsejson("[]") == []
    @test W.parsejson("""{"a": {"b": [{}, []]}, "c": ""}""") == Dict("a" => Dict("b" => [Dict(), []]), "c" => "")
end

@testset "strings" begin
    @test W.parsejson("\"a\\\"b\\\\c\\/d\\n\\t\"") == "a\"b\\c/d\n\t"
    @test W.parsejson("\"caf\\u00e9 \\ud83d\\ude00 λ\"") == "café 😀 λ"
end

@testset "no JSON" begin
    for text in ("", "x", "{1: 2}", "[1 2]", "{\"a\" 1}")
        @test_throws ArgumentError W.parsejson(text)
    end
end
