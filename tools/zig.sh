# shellcheck shell=sh
# Sourced by what compiles C to WebAssembly: `zig` is then $ZIG, of several words perhaps, else the one that Python has. Another
# version makes other bytes than are checked in; where there is no such zig, the script ends with 3.
version=0.17.1
zig=${ZIG:-python3 -m ziglang}
found=$($zig version 2>/dev/null) || found=nothing
if [ "$found" != $version ]; then
    echo "modules in C are built with zig $version; \`$zig version\` says: $found" >&2
    exit 3
fi
