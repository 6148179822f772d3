# shellcheck shell=bash
# Debian packages, for the scripts beside this one: into the machine where we are root, into a private folder where
# we are not. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

# The machine's release name: "bookworm".
debian_release() {
    local name
    # shellcheck disable=SC1091
    name=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    [ -n "$name" ] && printf '%s\n' "$name"
}

# debian_sources SUITE FOLDER [ETC RELEASE]: writes the machine's own Debian entries, with the release name replaced by
# SUITE, to FOLDER, one file each. Address and keyring stay as they are. Which of them is Debian itself and which a third
# party's only shows when they are read, so the likely ones come first and the caller tries them in turn.
debian_sources() {
    local suite=$1 folder=$2 etc=${3:-/etc/apt} release=${4:-} file
    [ -n "$release" ] || release=$(debian_release) || return 1
    mkdir -p "$folder"
    rm -f "$folder"/*.list "$folder"/*.sources
    for file in "$etc"/sources.list "$etc"/sources.list.d/*.list; do
        [ -r "$file" ] || continue
        # deb [options] address suite component...; the options may hold spaces.
        awk -v release="$release" -v suite="$suite" -v folder="$folder" -v file="${file##*/}" '
            { sub(/#.*/, "") }
            $1 == "deb" {
                options = ""
                if (match($0, /\[[^]]*\]/)) {
                    options = substr($0, RSTART, RLENGTH) " "
                    $0 = substr($0, 1, RSTART - 1) " " substr($0, RSTART + RLENGTH)
                }
                if ($3 != release && $3 != "stable") next
                for (i = 4; i <= NF; i++) if ($i == "main") {
                    rank = $2 ~ /\/debian\/?$/ ? 1 : 2
                    print "deb " options $2 " " suite " main" > (folder "/" rank "-" ++found "-" file)
                    break
                }
            }' "$file"
    done
    for file in "$etc"/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        # Stanzas of fields. A field may go on over several lines (a keyring written out, for instance).
        awk -v release="$release" -v suite="$suite" -v folder="$folder" -v file="${file##*/}" '
            function has(text, word,    n, words, i) {
                n = split(text, words)
                for (i = 1; i <= n; i++) if (words[i] == word) return 1
                return 0
            }
            function flush() {
                if (has(types, "deb") && (has(suites, release) || has(suites, "stable")) && has(components, "main") &&
                        tolower(enabled) != "no") {
                    rank = (uris " ") ~ /\/debian\/?[ \t]/ ? 1 : 2
                    printf "Types: deb\nSuites: %s\nComponents: main\n%s", suite, rest > (folder "/" rank "-" ++found "-" file)
                }
                types = suites = components = enabled = uris = rest = field = ""
            }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            /^[^ \t]/ { field = tolower($0); sub(/:.*/, "", field) }
            {
                value = $0
                sub(/^[^ \t:]*:/, "", value)
                if (field == "types") types = types " " value
                else if (field == "suites") suites = suites " " value
                else if (field == "components") components = components " " value
                else if (field == "enabled") { enabled = value; gsub(/[ \t]/, "", enabled) }
                else {
                    if (field == "uris") uris = uris " " value
                    rest = rest $0 "\n"
                }
            }
            END { flush() }' "$file"
    done
    compgen -G "$folder/[12]-*" >/dev/null
}

# apt_private FOLDER SOURCE COMMAND...: apt-get that reads one source file (empty: the machine's own list), takes
# FOLDER/status for the state of the machine, and writes nothing outside FOLDER.
apt_private() {
    local folder=$1 source=$2 only=()
    shift 2
    [ -z "$source" ] || only=(-o Dir::Etc::SourceList="$source" -o Dir::Etc::SourceParts=-)
    mkdir -p "$folder/lists/partial" "$folder/archives/partial"
    apt-get -q "${only[@]}" -o Dir::State="$folder" \
        -o Dir::State::Lists="$folder/lists" -o Dir::State::Status="$folder/status" -o Dir::Cache="$folder" \
        -o Dir::Cache::Archives="$folder/archives" -o Debug::NoLocking=1 -o APT::Sandbox::User= \
        -o APT::Install-Recommends=0 -o Acquire::Languages=none -o APT::Keep-Downloaded-Packages=1 "$@"
}

# debs_private FOLDER SUITE PACKAGE...: downloads the packages of SUITE (empty: of the machine's own release) with all
# they need, save the C and C++ libraries that every Debian has, and unpacks them into FOLDER/root.
debs_private() {
    local folder=$1 suite=$2 source deb sources=('')
    shift 2
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    # These must be the machine's own: everything else in the process uses them too.
    awk -v RS= -v ORS='\n\n' '/^Package: (libc6|libgcc-s1|libstdc\+\+6|libcrypt1|gcc-[0-9]+-base)\n/' \
        /var/lib/dpkg/status >"$folder/status"
    if [ -n "$suite" ]; then
        debian_sources "$suite" "$folder/sources" || return 1
        sources=("$folder"/sources/[12]-*)
    fi
    for source in "${sources[@]}"; do
        apt_private "$folder" "$source" update >"$folder/apt.log" 2>&1 || continue
        apt_private "$folder" "$source" install -y --download-only --allow-downgrades "$@" >>"$folder/apt.log" 2>&1 ||
            continue
        rm -rf "$folder/root"
        mkdir -p "$folder/root"
        for deb in "$folder"/archives/*.deb; do
            dpkg-deb -x "$deb" "$folder/root" || return 1
        done
        rm -rf "$folder/archives" "$folder/lists" "$folder"/*.bin
        return 0
    done
    tail -n 5 "$folder/apt.log" >&2
    return 1
}

# apt_install PACKAGE...: into the machine, as root; false where that cannot be.
apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get -q update >/dev/null && apt-get -q install -y --no-install-recommends "$@" >/dev/null; }
}
