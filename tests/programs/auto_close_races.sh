#!/bin/bash
# Where a process ends amid the work of its threads, auto-close closes or skips, and
# nothing crashes, hangs or loses the status: a hundred runs of each race, on libcurl
# with OpenSSL and with GnuTLS.
set -eu
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/auto_close/common.sh"

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
    for name in performing performing_exit performing_mains polling polling_exit ending ending_twice leaking; do
        race "$name" 100
    done
}

for_both all
finish
