#!/usr/bin/env bash
# layout.sh FOLDER LIBRARY: puts the library, and what C, CMake and other languages need of it, below FOLDER, as `make install` and
# the archive have it. Nothing in it names FOLDER, so it may be moved.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/apt.sh
. "$root/tools/apt.sh"
[ $# = 2 ] || die "usage: layout.sh FOLDER LIBRARY"
folder=$1 library=$2
[ -f "$library" ] || die "there is no library $library"

version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml")
abi=$(sed -n 's/^pub const WRT_ABI_MAJOR: u32 = \([0-9]*\);$/\1/p' "$root/src/version.rs")
[ -n "$version" ] && [ -n "$abi" ] || die "Cargo.toml and src/version.rs do not tell the versions"
soname=libwrt.so.$abi

for header in wrt.h wrt.cdef wrt.api.json; do
    install -Dm644 "$root/include/$header" "$folder/include/$header"
done
install -Dm755 "$library" "$folder/lib/$soname"
ln -sfn "$soname" "$folder/lib/libwrt.so"

# The Julia package, which finds the library above it.
package=$folder/share/julia/WasmtimeRuntime
install -Dm644 "$root/julia/Project.toml" "$package/Project.toml"
for source in "$root"/julia/src/*.jl; do install -Dm644 "$source" "$package/src/${source##*/}"; done

# from_template NAME FOLDER: the file of packaging/ with the versions in it.
from_template() {
    mkdir -p "$2"
    sed -e "s/@VERSION@/$version/g" -e "s/@SONAME@/$soname/g" "$root/packaging/$1.in" >"$2/$1"
    chmod 644 "$2/$1"
}
from_template wrt.pc "$folder/lib/pkgconfig"
from_template wrt-config.cmake "$folder/lib/cmake/wrt"
from_template wrt-config-version.cmake "$folder/lib/cmake/wrt"
