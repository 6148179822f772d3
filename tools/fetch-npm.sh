#!/usr/bin/env bash
# fetch-npm.sh FOLDER: the published packages that the demos run, by the npm client, without running any script of
# theirs. Fails where there is no npm or no network.
set -euo pipefail
folder=${1:?usage: fetch-npm.sh FOLDER}

# name@version, and the files that must be there afterwards
packages=(source-map@0.7.4 xxhash-wasm@1.1.0 web-tree-sitter@0.27.1 tree-sitter-json@0.24.8
    quickjs-wasi@3.6.2)
files=(source-map/lib/mappings.wasm xxhash-wasm/workerd/xxhash.wasm xxhash-wasm/esm/xxhash-wasm.js.map
    web-tree-sitter/web-tree-sitter.wasm tree-sitter-json/tree-sitter-json.wasm tree-sitter-json/src/grammar.json
    quickjs-wasi/quickjs.wasm)

complete() {
    local file
    for file in "${files[@]}"; do [ -s "$folder/node_modules/$file" ] || return 1; done
}

complete && exit 0
command -v npm >/dev/null || {
    echo "no npm here" >&2
    exit 1
}
mkdir -p "$folder"
npm install --prefix "$folder" --ignore-scripts --no-save --no-audit --no-fund --no-package-lock \
    --loglevel=error "${packages[@]}" </dev/null >&2
complete || {
    echo "the packages do not hold what was expected" >&2
    exit 1
}
