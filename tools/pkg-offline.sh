#!/usr/bin/env bash
# pkg-offline.sh JULIA [ARCHIVE]: adds the package to a fresh environment with an empty depot, an empty registry and no network,
# loads it, and calls it.
#
# Without an archive it is added with Pkg.develop, and Pkg.test runs some of the tests, in the environment that it makes for them. With one of tools/archive.sh it is added with Pkg.add from a
# repository of git, and its library is the artifact of which that archive is the download: no cargo, no variable names it.
set -euo pipefail
julia=${1:?usage: pkg-offline.sh JULIA [ARCHIVE]}
archive=${2:+$(realpath -- "$2")}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
depot=$(mktemp -d)
trap 'rm -rf "$depot"' EXIT

# Without any registry Pkg would fetch one.
mkdir -p "$depot/registries/Empty"
cat >"$depot/registries/Empty/Registry.toml" <<'TOML'
name = "Empty"
uuid = "5f5f7a5e-1d0b-4c1f-9d6e-0c6a6f3f6f01"
repo = "none"
description = "A registry without packages"

[packages]
TOML

# The depot that comes with Julia holds what it has compiled of its own library.
bundled=$("$julia" --startup-file=no -e 'print(normpath(Sys.BINDIR, "..", "share", "julia"))')
export JULIA_DEPOT_PATH=$depot:$bundled JULIA_PKG_SERVER='' JULIA_PKG_OFFLINE=true
unset JULIA_PROJECT JULIA_LOAD_PATH

run_julia() { "$julia" --startup-file=no --color=no "$@"; }

if [ -z "$archive" ]; then
    run_julia --project="$depot/environment" -e '
        using Pkg
        Pkg.develop(PackageSpec(path = ARGS[1]))
        using WasmtimeRuntime
        Pkg.test("WasmtimeRuntime"; test_args = `quality library module instance call host memory wasi`)' "$root/julia"
    exit
fi

unset WASMTIME_RUNTIME_LIB
mkdir "$depot/repository"
cp -R "$root/julia" "$depot/repository/julia"
rm -rf "$depot"/repository/julia/{Manifest.toml,deps/lib}
run_julia "$root/tools/artifacts.jl" "$depot/repository/julia/Artifacts.toml" "file://$(dirname "$archive")" "$archive"
git() { command git -C "$depot/repository" -c user.name=wrt -c user.email=wrt@example.org -c commit.gpgsign=false "$@"; }
git init --quiet
git add --all --force
git commit --quiet --no-verify --message "The package"
run_julia --project="$depot/environment" -e '
    using Pkg
    Pkg.add(PackageSpec(url = ARGS[1], subdir = "julia"))
    using WasmtimeRuntime
    store = WasmStore(WasmEngine())
    instance = WasmInstance(store, WasmModule(store, wat"(module (func (export \"answer\") (result i32) i32.const 42))"))
    println("answer = ", instance.exports.answer())
    path = WasmtimeRuntime.library_path()
    println("library = ", relpath(path, joinpath(first(DEPOT_PATH), "artifacts")))' "$depot/repository"
