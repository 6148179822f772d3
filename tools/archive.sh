#!/usr/bin/env bash
# archive.sh [--library FILE] [--profile NAME] [--target TRIPLE] [FOLDER]: makes wasmtime-runtime-<version>-<triple>.tar.gz with its
# .sha256 in FOLDER (target/archive), and prints its path. It holds the library without symbols, the header and its twins, what
# pkg-config and CMake want, the Julia package, the documentation, licences, and a bill of materials, in folders as below a prefix.
#
#   --library FILE    the library, built already; without it cargo builds one
#   --profile NAME    the profile to build (dist, which takes a quarter of an hour)
#   --target TRIPLE   the system that the library is for (this one)
#
# The same library gives the same bytes: SOURCE_DATE_EPOCH is the time of all files, or else that of the last commit.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/apt.sh
. "$root/tools/apt.sh"
library='' profile=dist target='' folder=''
while [ $# -gt 0 ]; do
    case $1 in
    --library | --profile | --target)
        [ $# -ge 2 ] || die "$1 wants a value"
        printf -v "${1#--}" %s "$2"
        shift
        ;;
    -*) die "what is $1? usage: archive.sh [--library FILE] [--profile NAME] [--target TRIPLE] [FOLDER]" ;;
    *) folder=$1 ;;
    esac
    shift
done
[ -z "$library" ] || library=$(realpath -m -- "$library")
built=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$built" "${folder:=$built/archive}"
built=$(cd "$built" && pwd)
folder=$(cd "$folder" && pwd)
host=$(rustc -vV | sed -n 's/^host: //p')
target=${target:-$host}
case $target in
*-linux-*) ;;
*) die "archives are made for Linux so far, not for $target" ;;
esac

build() {
    # The paths of this machine, with what stands for them in the library.
    local paths=("$root=/wrt" "$built=/build") sources flags=() pair output=$built
    cargo fetch --quiet --locked --manifest-path "$root/Cargo.toml"
    for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do paths+=("$sources=/crates"); done
    for pair in "${paths[@]}"; do flags+=("--remap-path-prefix=$pair"); done
    [ "$target" = "$host" ] || output+=/$target
    (
        # Between the flags stands what is in no path.
        IFS=$'\x1f'
        export CARGO_ENCODED_RUSTFLAGS="${flags[*]}"
        export CARGO_TARGET_DIR=$built
        unset IFS
        [ "$target" = "$host" ] || set -- --target "$target"
        cargo build --quiet --locked --lib --profile "$profile" --manifest-path "$root/Cargo.toml" "$@" >&2
    )
    library=$output/$profile/libwrt.so
}
[ -n "$library" ] || build

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
"$root/tools/layout.sh" "$stage" "$library"
"${STRIP:-strip}" --strip-unneeded "$stage"/lib/libwrt.so.*
# A path of the machine that it was built on is no secret, but no two machines then make the same library.
for path in "$root" "$built" "${CARGO_HOME:-$HOME/.cargo}"; do
    found=$(LC_ALL=C grep -aoF "$path/" "$stage/lib/libwrt.so" | wc -l) || true
    [ "$found" = 0 ] || say "note: the library names $path, $found times: archives of libraries that are built for them do not"
done

doc=$stage/share/doc/wasmtime-runtime licences=$stage/share/licenses/wasmtime-runtime
install -Dm644 "$root/packaging/archive.md" "$doc/README.md"
for page in CHANGELOG.md SECURITY.md; do install -Dm644 "$root/$page" "$doc/$page"; done
# Pages, and what they speak of, as they lie to each other in the repository. Hidden parts of the pages are for tests.
while read -r page; do
    install -Dm644 "$root/$page" "$doc/$page"
    case $page in *.md) sed -i '/^<!-- \(c\|julia\)$/,/^-->$/d' "$doc/$page" ;; esac
done < <(cd "$root" && find docs/src/*.md docs/src/*.svg docs/src/guide examples tests/wasi/*.{c,h,wasm} -type f)
for licence in LICENSE-MIT LICENSE-APACHE; do install -Dm644 "$root/$licence" "$licences/$licence"; done
cargo run --quiet --locked --manifest-path "$root/tools/inventory/Cargo.toml" --target-dir "$built/inventory" -- \
    "$root/Cargo.toml" "$target" "$licences" >&2
mv "$licences"/*.cdx.json "$doc/"

version=$(sed -n 's/^Version: //p' "$stage/lib/pkgconfig/wrt.pc")
name=wasmtime-runtime-$version-$target.tar.gz
time=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)}
# Under another name first, so that an interrupted one is not taken for whole.
(cd "$stage" && LC_ALL=C tar --create --sort=name --format=ustar --mtime="@$time" --owner=0 --group=0 --numeric-owner \
    --mode=u+rwX,go+rX,go-w -- *) | gzip -9n >"$folder/$name.part"
mv "$folder/$name.part" "$folder/$name"
(cd "$folder" && sha256sum "$name" >"$name.sha256")
printf '%s\n' "$folder/$name"
