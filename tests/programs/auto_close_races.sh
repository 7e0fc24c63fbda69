#!/bin/bash
# Where a process ends amid the work of its threads, auto-close closes or skips, and
# nothing crashes, hangs or loses the status: thirty runs of each race, or RACE_RUNS, on
# libcurl with OpenSSL and with GnuTLS.
# COST: 100
set -eu
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/auto_close/common.sh"
runs=${RACE_RUNS:-30}

# A thread that goes on may open more after we have looked; that stays open.
race() { # NAME LEAST MOST: and how many are closed at least and at most
    local i
    situation "$1" plain
    [ "$(cat "$1.plain.status")" = 7 ] || bad "$1: status $(cat "$1.plain.status") without the library"
    for ((i = 0; i < runs; i++)); do
        situation_watched "$1"
        [ "$(cat "$1.watched.status")" = 7 ] || {
            bad "$1: status $(cat "$1.watched.status") in run $i"
            head -n 20 "$1.watched.err"
        }
        [ ! -s "$1.watched.out" ] || bad "$1: it wrote $(head -n 3 "$1.watched.out")"
    done
    jq -s -e --argjson least "$2" --argjson most "$3" --argjson runs "$runs" 'length == $runs and
        all(.[]; .totals.closed_by_us >= $least and .totals.closed_by_us <= $most) and
        all(.[].leaks[]; .outcome == "closed" or (.outcome == "skipped" and .reason == "in_use") or .outcome == "open")' \
        "$1.report" >/dev/null || {
        bad "$1: the reports say"
        outcomes "$1.report" | sed 's| / |\n|g' | sort | uniq -c
    }
}

# What the threads have opened, or are using, is theirs.
all() {
    options=symbolize=0 # which is faster
    race performing_exit 1 1
    race performing_mains 1 1
    race polling 1 1
    race polling_exit 1 1
    race ending 1 5
    race ending_twice 1 1
    race leaking 136 136
    # The longer a report takes, the longer do the threads go on while it is made.
    options=symbolize=1
    race performing 1 1
}

for_both all
finish
