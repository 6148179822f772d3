#!/usr/bin/env bash
# fetch-tools.sh: installs what binds the header in tests/bindings.rs, each by its registry's own client, where it is not there yet.
#
#   fetch-tools.sh debian FOLDER PACKAGE...           into the machine as root, else below FOLDER; prints the root of both: / or FOLDER/root
#   fetch-tools.sh pip FOLDER PACKAGE==VERSION...     into FOLDER, as on PYTHONPATH; wheels only, so nothing is compiled
#   fetch-tools.sh npm FOLDER PACKAGE@VERSION...      into FOLDER/node_modules, without running any script of theirs
#
# Fails, and says why, where there is no such client or no network.
set -euo pipefail
# shellcheck source=tools/apt.sh
. "$(dirname "${BASH_SOURCE[0]}")/apt.sh"
[ $# -ge 3 ] || die "usage: fetch-tools.sh debian|pip|npm FOLDER PACKAGE..."
registry=$1 folder=$2
shift 2
done=$folder/$(printf '%s+' "$@" | tr -c 'a-zA-Z0-9.=@+\n-' _)done

case $registry in
debian)
    if dpkg-query --show "$@" >/dev/null 2>&1 || { [ ! -e "$done" ] && apt_install "$@"; }; then
        echo /
        exit 0
    fi
    [ -e "$done" ] || debs_private "$folder" '' "$@" || die "Debian's packages could not be fetched: $*"
    (cd "$folder/root" && pwd)
    ;;
pip)
    [ -e "$done" ] && exit 0
    python3 -m pip --version >/dev/null 2>&1 || apt_install python3 python3-pip || die "no pip here"
    python3 -m pip install --target "$folder" --upgrade --only-binary :all: --quiet --disable-pip-version-check "$@" \
        </dev/null >&2 || die "packages of Python's could not be fetched: $*"
    ;;
npm)
    [ -e "$done" ] && exit 0
    command -v npm >/dev/null || apt_install nodejs npm || die "no npm here"
    mkdir -p "$folder"
    npm install --prefix "$folder" --ignore-scripts --no-save --no-audit --no-fund --no-package-lock --loglevel=error "$@" \
        </dev/null >&2 || die "packages of npm's could not be fetched: $*"
    ;;
*) die "what is $registry?" ;;
esac
touch "$done"
