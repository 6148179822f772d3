#!/usr/bin/env bash
# pkg-offline.sh JULIA: adds the package to a fresh environment with Pkg.develop, loads it, and runs Pkg.test, all with
# an empty depot, an empty registry and no network.
set -euo pipefail
julia=${1:?usage: pkg-offline.sh JULIA}
package=$(cd "$(dirname "${BASH_SOURCE[0]}")/../julia" && pwd)
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

"$julia" --startup-file=no --color=no --project="$depot/environment" -e '
    using Pkg
    Pkg.develop(PackageSpec(path = ARGS[1]))
    using WasmtimeRuntime
    Pkg.test("WasmtimeRuntime")' "$package"
