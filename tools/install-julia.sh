#!/usr/bin/env bash
# Installs Julia from Debian bullseye, the last release that has it, on a Debian of any age.
#
#   tools/install-julia.sh [--system | --private] [--dry-run] [FOLDER]
#
# --system installs into the machine and needs root; --private unpacks the packages into FOLDER (target/julia) and
# touches nothing else. Without either, root means --system. --dry-run says what would be done. The path of the julia
# that works is printed as the last line.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/apt.sh
. "$here/apt.sh"

# With any newer libunwind, each exception thrown in compiled Julia 1.5 code is a segmentation fault.
julia_suite=bullseye
libunwind=libunwind8=1.3.2-2

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit "$1"
}

mode='' dry='' folder=''
while [ $# -gt 0 ]; do
    case $1 in
    --system | --private) mode=${1#--} ;;
    --dry-run) dry=yes ;;
    --help) usage 0 ;;
    -*) usage 2 >&2 ;;
    *) folder=$1 ;;
    esac
    shift
done
folder=${folder:-${CARGO_TARGET_DIR:-$here/../target}/julia}
if [ -z "$mode" ]; then
    mode=private
    [ "$(id -u)" = 0 ] && mode=system
fi
command -v apt-get >/dev/null || die "no apt-get here: install Julia 1.5 or later (juliaup does it), then set JULIA or PATH"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# Into the machine. The source serves this one installation: the machine's own list stays as it is, and libunwind is
# held so that the next upgrade does not break Julia again.
install_system() {
    local source options simulate=()
    [ -n "$dry" ] || [ "$(id -u)" = 0 ] || die "--system needs root"
    [ -z "$dry" ] || simulate=(--simulate -o Debug::NoLocking=1)
    debian_sources "$julia_suite" "$folder/sources" || die "no Debian entry with component main in /etc/apt"
    for source in "$folder"/sources/[12]-*; do
        rm -rf "$folder/sources.d"
        mkdir -p "$folder/sources.d" "$folder/lists/partial"
        cp /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources "$folder/sources.d/" 2>/dev/null || true
        cp "$source" "$folder/sources.d/julia-${source##*/}"
        options=(-q -o Dir::Etc::SourceParts="$folder/sources.d" -o Dir::State::Lists="$folder/lists"
            -o APT::Sandbox::User= -o Acquire::Languages=none)
        apt-get "${options[@]}" update >"$folder/apt.log" 2>&1 || continue
        # No removal: a machine whose packages exclude these gets the private folder instead.
        DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" "${simulate[@]}" install -y --no-install-recommends \
            --no-remove --allow-downgrades --allow-change-held-packages julia "$libunwind" >>"$folder/apt.log" 2>&1 ||
            continue
        if [ -n "$dry" ]; then
            say "would install with this source, used for this installation only:"
            cat "$source" >&2
            grep '^Inst' "$folder/apt.log" >&2 || say "nothing: all of it is there"
        else
            apt-mark -q hold libunwind8 >/dev/null
        fi
        rm -rf "$folder/lists" "$folder/sources.d"
        return 0
    done
    tail -n 5 "$folder/apt.log" >&2
    return 1
}

# Into FOLDER, with a wrapper that leads the dynamic linker there.
install_private() {
    if [ -n "$dry" ]; then
        debian_sources "$julia_suite" "$folder/sources" || die "no Debian entry with component main in /etc/apt"
        say "would unpack julia and $libunwind with all they need into $folder from the first of these that has them:"
        cat "$folder"/sources/[12]-* >&2
        return 0
    fi
    debs_private "$folder" "$julia_suite" julia "$libunwind" || die "the packages could not be had; the log is $folder/apt.log"
    mkdir -p "$folder/bin"
    cat >"$folder/bin/julia" <<'WRAPPER'
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")/root
for libraries in "$root"/lib/*-linux-gnu* "$root"/usr/lib/*-linux-gnu*; do
    LD_LIBRARY_PATH=$libraries:$libraries/julia${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$root/usr/bin/julia" "$@"
WRAPPER
    chmod +x "$folder/bin/julia"
}

julia=$folder/bin/julia
if [ "$mode" = system ]; then
    if install_system; then
        julia=$(command -v julia || echo /usr/bin/julia)
    else
        say "these packages do not fit into this machine; unpacking them into $folder instead"
        mode=private
    fi
fi
[ "$mode" = system ] || install_private
[ -z "$dry" ] || exit 0
"$here/check-julia.sh" "$julia" || die "$julia was installed but does not work"
printf '%s\n' "$julia"
