#!/bin/bash
# What auto_close.sh checks is also right in its use of memory, on both libcurls:
# valgrind's memcheck finds no error in any situation, nor in what is reported.
set -eu
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/auto_close/common.sh"
need valgrind

check() { # NAME STATUS REPORT
    local found
    situation_watched "$1" valgrind --error-exitcode=99 --leak-check=no --trace-children=no --log-file="$1.%p.log"
    found=$(cat "$1.watched.status")
    [ "$found" = "$2" ] || bad "$1: status $found in place of $2"
    # A process that is killed, or becomes another, has no summary.
    grep -q 'ERROR SUMMARY: ' "$1".*.log || [[ $1 = signal_kill || $1 = exec ]] || bad "$1: no summary of valgrind's"
    ! grep -qE 'ERROR SUMMARY: [1-9]' "$1".*.log || {
        bad "$1: valgrind finds errors"
        cat "$1".*.log | head -n 80
    }
    found=$(outcomes "$1.report")
    [ "$found" = "$3" ] || bad "$1: the report says: $found; in place of: $3"
}

all() { each_line check; }

for_both all
finish
