#!/bin/bash
# The library itself is right in its use of memory: representative cases run
# under valgrind's memcheck with the library preloaded, without one error.
# COST: 40
set -eu
. "$(dirname "$0")/../compare.sh"
need valgrind gcc g++

check() { # CASE MODE
    local name=$1 mode=$2 source status=0
    local log=$work/$name.$mode.log
    source=$(find tests/cases -name "$name.c" -o -name "$name.cpp")
    local compiler=gcc
    case $source in *.cpp) compiler=g++ ;; esac
    [ -x "$work/$name" ] || "$compiler" -D_GNU_SOURCE -g -O1 -pthread -Itests/cases/lib -Ishim -o "$work/$name" "$source" -lcurl
    # The helper is another program, and not what is tested here.
    env "SESSGUARD_MODE=$mode" "LD_PRELOAD=$library" \
        valgrind -q --error-exitcode=99 --trace-children=no --log-file="$log" "$work/$name" \
        </dev/null >"$work/$name.$mode.out" 2>"$work/$name.$mode.err" || status=$?
    if [ "$status" = 99 ] || [ -s "$log" ]; then
        bad "$name in $mode: status $status"
        head -n 60 "$log"
    fi
    case $name in *clean*) return ;; esac
    grep -q '^SUMMARY: sessguard: ' "$work/$name.$mode.err" || bad "$name in $mode: no report under valgrind"
}

export TEST_HTTP_URL TEST_HTTPS_URL
for name in easy_keepalive_leak auto_close_order longjmp_callback; do
    check "$name" warn
    check "$name" auto-close
done
for name in easy_clean_transfer easy_500_one_place cpp_exception socketpair_both_ends dup_clean recvmsg_leak \
    close_range fork_child_leaks vfork_child_closes leak_signal_handler exit_underscore; do
    check "$name" warn
done
finish
