#!/usr/bin/env bash
# fetch-pypi.sh NAME VERSION FILE...: files and folders of a published package of Python's, by pip, without installing it or
# running anything of it. Prints the folder below target/ where they are. Fails where there is no pip or no network, with
# status 3 where the package is not the one that fetch-pypi.sha256 knows.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/apt.sh
. "$here/apt.sh"
[ $# -ge 3 ] || die "usage: fetch-pypi.sh NAME VERSION FILE..."
wrong() {
    say "error: $*"
    exit 3
}
name=$1 version=$2
shift 2
folder=${CARGO_TARGET_DIR:-$here/../target}/pypi/$name-$version

complete() {
    local file
    for file in "$@"; do [ -s "$folder/$file" ] || return 1; done
}

if ! complete "$@"; then
    wheel=$(awk -v wheel="${name//-/_}-$version-" 'index($2, wheel) == 1 { print $2 }' "$here/fetch-pypi.sha256")
    [ -n "$wheel" ] || wrong "fetch-pypi.sha256 does not know $name $version"
    python=$(command -v python3) && "$python" -m pip --version >/dev/null 2>&1 || die "no pip here"
    mkdir -p "$folder"
    fetched=$(mktemp -d "$folder/fetched.XXXXXX")
    trap 'rm -rf "$fetched"' EXIT
    "$python" -m pip download --no-deps --only-binary :all: --quiet --disable-pip-version-check --dest "$fetched" \
        "$name==$version" </dev/null >&2 || die "$name $version could not be fetched"
    (cd "$fetched" && grep -F "  $wheel" "$here/fetch-pypi.sha256" | sha256sum --check --quiet --strict) >&2 ||
        wrong "$wheel is not the package that was expected"
    # A wheel is a zip file. What is in place is complete, also where this is interrupted.
    "$python" - "$fetched/$wheel" "$fetched" "$@" <<'PYTHON'
import sys, zipfile
wheel, folder, *files = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [n for n in archive.namelist() if any(n == f or n.startswith(f + "/") for f in files)])
PYTHON
    for file in "$@"; do
        [ -s "$fetched/$file" ] || wrong "$wheel does not hold $file"
        mkdir -p "$(dirname "$folder/$file")"
        rm -rf "${folder:?}/$file"
        mv "$fetched/$file" "$folder/$file"
    done
fi
cd "$folder" && pwd
