# BinaryBuilder's recipe of the package libwrt_jll: the library for every system that it can be cross-compiled for.
#
#   julia build_tarballs.jl [--source=URL#COMMIT] [options of BinaryBuilder, for instance --verbose x86_64-linux-gnu]
#
# The source is a repository of git with this project; without one, the commit that is checked out here. A JLL does for Julia what
# tools/artifacts.jl does with archives of tools/archive.sh: WasmtimeRuntime takes it where the preference library_path names
# libwrt_jll.libwrt_path.

using BinaryBuilder

const ROOT = dirname(@__DIR__)
const VERSION_OF_LIBRARY = VersionNumber(match(r"^version = \"(.*)\"$"m, read(joinpath(ROOT, "Cargo.toml"), String))[1])

function source(arguments)
    i = findfirst(startswith("--source="), arguments)
    i === nothing && return GitSource(ROOT, readchomp(`git -C $ROOT rev-parse HEAD`); unpack_target = "wrt")
    url, commit = split(arguments[i][length("--source=")+1:end], '#')
    GitSource(String(url), String(commit); unpack_target = "wrt")
end

# The repository lies in wrt under a name of its own. On Linux the files are those of the archive; elsewhere what names the library
# for C is left to who needs it.
script = raw"""
cd ${WORKSPACE}/srcdir/wrt/*
cargo build --locked --lib --profile dist --target ${rust_target}
built=target/${rust_target}/dist
if [[ ${target} == *-mingw* ]]; then
    install -Dvm755 ${built}/wrt.dll ${libdir}/wrt.${dlext}
elif [[ ${target} == *-apple-* ]]; then
    install -Dvm755 ${built}/libwrt.dylib ${libdir}/libwrt.${dlext}
    install_name_tool -id @rpath/libwrt.dylib ${libdir}/libwrt.${dlext}
else
    bash tools/layout.sh ${prefix} ${built}/libwrt.so
fi
for header in wrt.h wrt.cdef wrt.api.json; do
    install -Dvm644 include/${header} ${includedir}/${header}
done
cargo run --locked --manifest-path tools/inventory/Cargo.toml --target ${rust_host} -- Cargo.toml ${rust_target} .
install_license LICENSE-MIT LICENSE-APACHE THIRD-PARTY.txt wasmtime-runtime.cdx.json
"""

# Where Wasmtime compiles to native code.
platforms = [
    Platform("x86_64", "linux"; libc = "glibc"),
    Platform("aarch64", "linux"; libc = "glibc"),
    Platform("x86_64", "macos"),
    Platform("aarch64", "macos"),
    Platform("x86_64", "windows"),
]

products = [LibraryProduct(["libwrt", "wrt"], :libwrt)]

build_tarballs(filter(!startswith("--source="), ARGS), "libwrt", VERSION_OF_LIBRARY, [source(ARGS)], script, platforms, products,
               Dependency[]; compilers = [:c, :rust], julia_compat = "1.6", preferred_rust_version = v"1.95")
