#!/bin/bash
# Auto-close does what auto_close/table says in every situation, on Debian's
# libcurl with OpenSSL and the one with GnuTLS, and changes nothing else: status,
# stdout and stderr, our line aside, are those of a run without the library. Where
# the end comes amid the work of other threads, each is run a hundred times.
set -eu
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/auto_close/common.sh"

check() { # NAME STATUS REPORT
    local found
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
    "$source_dir/tests/strip_report.sh" <"$1.watched.err" | cmp "$1.plain.err" - || bad "$1: stderr differs"
    found=$(outcomes "$1.report")
    [ "$found" = "$3" ] || bad "$1: the report says: $found; in place of: $3"
}

# A thread that goes on may open more after we have looked.
race() { # NAME TIMES
    local i
    situation "$1" plain
    [ "$(cat "$1.plain.status")" = 7 ] || bad "$1: status $(cat "$1.plain.status") without the library"
    for ((i = 0; i < $2; i++)); do
        situation_watched "$1"
        [ "$(cat "$1.watched.status")" = 7 ] || {
            bad "$1: status $(cat "$1.watched.status") in run $i"
            head -n 20 "$1.watched.err"
        }
        [ ! -s "$1.watched.out" ] || bad "$1: it wrote $(head -n 3 "$1.watched.out")"
    done
    jq -s -e --argjson times "$2" 'length == $times and all(.[]; .totals.closed_by_us >= 1) and
        all(.[].leaks[]; .outcome == "closed" or (.outcome == "skipped" and .reason == "in_use") or .outcome == "open")' \
        "$1.report" >/dev/null || bad "$1: the reports say: $(outcomes "$1.report")"
}

all() {
    local name
    each_line check
    for name in performing polling performing_mains ending leaking ending_twice; do race "$name" 100; done
}

for_both all
finish
