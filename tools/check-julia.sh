#!/usr/bin/env bash
# check-julia.sh JULIA: says whether this Julia runs, is new enough and survives an exception, and if not, why.
set -uo pipefail
julia=${1:?usage: check-julia.sh JULIA}

# Exceptions at top level are interpreted and prove nothing; this one is thrown and caught in compiled code.
program='VERSION < v"1.5" && exit(3); f() = try error("x") catch e; e.msg end; print(f())'
found=$("$julia" --startup-file=no -e "$program" 2>&1)
status=$?
[ "$status" = 0 ] && [ "$found" = x ] && exit 0
case $status in
3) echo "error: $julia is older than 1.5" >&2 ;;
127 | 126) echo "error: $julia cannot be run: $found" >&2 ;;
139) echo "error: $julia crashes when compiled code throws: its libunwind8 is too new (Debian's Julia 1.5 needs 1.3.2-2)" >&2 ;;
*) echo "error: $julia ended with status $status: $found" >&2 ;;
esac
exit 1
