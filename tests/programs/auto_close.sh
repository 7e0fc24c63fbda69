#!/bin/bash
# Auto-close does in every situation what the tables in auto_close/ say, on libcurl
# with OpenSSL and with GnuTLS, and changes nothing else: status, stdout and stderr,
# our line aside, are those of a run without the library.
# COST: 60
set -eu
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/auto_close/common.sh"

check() { # NAME STATUS REPORT
    local found way
    situation "$1" plain
    situation_watched "$1"
    for way in plain watched; do
        found=$(cat "$1.$way.status")
        [ "$found" = "$2" ] || {
            bad "$1: status $found, $way, in place of $2"
            head -n 20 "$1.$way.err"
        }
    done
    cmp "$1.plain.out" "$1.watched.out" || bad "$1: stdout differs"
    sed '/^==[0-9]*==WARNING: sessguard: .*; report in /d' "$1.watched.err" | cmp "$1.plain.err" - || bad "$1: stderr differs"
    found=$(outcomes "$1.report")
    [ "$found" = "$3" ] || bad "$1: the report says: $found; in place of: $3"
}

all() {
    each_line check ends.table uses.table
    [ -z "$(find . -name 'written.*')" ] || bad "own_files: there are $(echo written.*)"
}

for_both all
finish
