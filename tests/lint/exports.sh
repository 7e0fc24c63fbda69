#!/bin/bash
# What the library exports changes the programs that it is loaded into. So it
# is exactly the hooks, each of which stands in shim/ and replaces a function
# of libc or of a watched library, and the __sessguard_ interface.
set -eu
. "$(dirname "$0")/../environment.sh"

compiler=${CC:-cc}
exported=$(nm -D --defined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u)
real=$(for name in libc.so.6 libcurl.so; do
    path=$("$compiler" -print-file-name="$name")
    [ -f "$path" ] || { echo "no $name" >&2; continue; }
    nm -D --defined-only "$path" | awk '{ sub(/@.*/, "", $NF); print $NF }'
done | sort -u)
[ -n "$exported" ] || bad "the library exports nothing"
for symbol in $exported; do
    case $symbol in __sessguard_*) continue ;; esac
    if grep -q "^$symbol " "$source_dir/tests/lint/exports.allow"; then continue; fi
    grep -rqw --include='*.[chS]' --include='*.def' -- "$symbol" shim || bad "$symbol is exported, but not defined in shim/"
    grep -qx -- "$symbol" <<<"$real" || bad "$symbol is exported, but libc and libcurl have no such function"
done
finish
