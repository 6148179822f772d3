# shellcheck shell=bash
# Packages of Python's, each set in a folder of its own. Sourced after apt.sh, never run.

# python_with FOLDER MODULE PACKAGE...: prints the path of a Python that has MODULE, which the packages bring: that of a virtual
# environment in FOLDER. Fails, and says what is missing, where that cannot be.
python_with() {
    local folder=$1 module=$2
    shift 2
    if ! "$folder/bin/python" -c "import $module" 2>/dev/null; then
        command -v python3 >/dev/null || {
            say "no python3 here: install it (as root: apt-get install python3 python3-venv)"
            return 1
        }
        # Debian has ensurepip, which a virtual environment begins with, in a package of its own.
        python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv || {
            say "this python3 cannot make a virtual environment: install python3-venv (as root: apt-get install python3-venv)"
            return 1
        }
        { python3 -m venv --clear "$folder" &&
            "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; } </dev/null >&2 || {
            say "$* could not be installed into $folder"
            return 1
        }
    fi
    printf '%s\n' "$folder/bin/python"
}
