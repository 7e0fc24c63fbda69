#!/bin/bash
# Eight threads open and close sessions and sockets in every way at once, with
# children, plug-ins, signals and a million handles (torture/torture.c): no
# crash, no hang, no lost or invented record, and every count exact.
#
#   tests/programs/torture.sh [SECONDS [SEED...]]     a minute, seed 1
#
# TORTURE_MODE is the library's mode (warn), TORTURE_OPTIONS are more of its
# options, TORTURE_CFLAGS flags for the program, and TORTURE_ARGS=gated keeps
# forks and loads apart. TORTURE_PLAIN=1 runs without the library only, to see
# whether the program itself is right.
# COST: 70
set -eu
. "$(dirname "$0")/../environment.sh"
source=$source_dir/tests/programs/torture
work=$build_dir/programs/torture
mkdir -p "$work"
rm -rf "${work:?}"/*
unset LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
seconds=${1:-60}
shift $(($# > 0))
[ $# -gt 0 ] || set -- 1
limit=$((seconds * 4 + 1800)) # a run that takes longer hangs

flags=(-std=gnu17 -D_GNU_SOURCE -g -O1 -fno-optimize-sibling-calls -pthread)
read -ra more <<<"${TORTURE_CFLAGS:-}"

build() { # the fake libraries, the plug-ins, the program
    local n
    fake flood && plugin flood flood_here flood
    for n in 0 1; do fake "small_$n" "-DSMALL=$((n + 1))" && plugin "small_$n" "many_small_$n" "small_$n"; done
    for n in 0 1 2 3 4 5 6 7; do plugin "plugin_$n" "many_plugin_$n" && plugin "child_$n" child_easy flood; done
    "${CC:-gcc}" "${flags[@]}" -o "$work/wake_up" "$source/wake_up.c" -lcurl
    "${CC:-gcc}" "${flags[@]}" "${more[@]}" "-DWAKE_UP_SOCKETS=$("$work/wake_up")" -Wl,-z,now -o "$work/torture" \
        "$source"/{torture,seat,ledger}.c "$source"/act_*.c -lcurl
}

fake() { # NAME [FLAG]
    "${CC:-gcc}" "${flags[@]}" -fPIC -shared "${@:2}" -o "$work/lib$1.so" "$source/fake_curl.c" \
        -Wl,-soname,"lib$1.so" -Wl,--version-script="$source/fake_curl.map"
}

plugin() { # NAME SITE [LIBRARY]: linked with libcurl or a fake one
    local library=${3:-curl}
    "${CC:-gcc}" "${flags[@]}" -fPIC -shared "-DSITE=$2" -o "$work/$1.so" "$source/plugin.c" \
        -L"$work" "-l$library" -Wl,-rpath,"$work"
}

stacks() { # of all processes of the program, which are then killed
    local pid
    for pid in $(find /proc -maxdepth 2 -name exe -lname "$work/torture" 2>/dev/null | cut -d/ -f3); do
        echo "process $pid:"
        gdb -p "$pid" -batch -ex 'thread apply all backtrace' 2>&1 || echo "no stacks: is gdb installed?"
        kill -KILL "$pid" || true
    done
}

run() { # SECONDS SEED [NAME=VALUE...]: leaves out, err and $status in the working folder
    (cd "$dir" && exec env "${@:3}" "$work/torture" "$1" "$2" ledger "$work" ${TORTURE_ARGS:+"$TORTURE_ARGS"}) \
        </dev/null >"$dir/out" 2>"$dir/err" &
    local pid=$!
    timeout "$limit" tail -s 0.2 --pid="$pid" -f /dev/null || {
        bad "seed $2 hangs"
        stacks
    }
    status=0
    wait "$pid" || status=$?
    [ "$status" = 0 ] || {
        bad "seed $2 ended with status $status"
        tail -n 100 "$dir/out" "$dir/err"
    }
    [ "$(cat "$dir/out")" = "a million sessions were open at once" ] || bad "seed $2 says: $(tail -n 3 "$dir/out")"
}

# Process numbers are used again: each gets the count of its uses.
numbered() { awk '$2 == "begin" {uses[$1]++} $1 ~ /^[0-9]+$/ {$1 = $1 "." uses[$1]} {print}'; }

one() { # SEED
    dir=$work/seed_$1
    mkdir -p "$dir"
    local options=format=json:report_clean=1:output=$dir/report${TORTURE_OPTIONS:+:$TORTURE_OPTIONS}
    run "$seconds" "$1" LD_PRELOAD="$library" SESSGUARD_MODE="${TORTURE_MODE:-warn}" SESSGUARD_OPTIONS="$options"
    numbered <"$dir/ledger" | awk '$1 == "programs" {for (; $2 > 0; $2--) print "program"; next} {print}' |
        sort >"$dir/expected"
    jq -r -f "$source/compare.jq" "$dir/report" | numbered | sort >"$dir/reported"
    diff -U 0 "$dir/expected" "$dir/reported" >"$dir/difference" || {
        bad "seed $1: the report differs from what the program knows"
        head -n 60 "$dir/difference"
    }
    awk -v seed="$1" '$2 == "begin" {n++} $2 == "totals" && $4 > most {most = $4; leaked = $6}
        END {print "seed " seed ": " most " opened and " leaked " leaked in the program, " n - 1 " forked children"}' \
        "$dir/reported"
}

build || {
    bad "the program does not build"
    finish
}
dir=$work/plain
mkdir -p "$dir"
if [ -n "${TORTURE_PLAIN:-}" ]; then
    run "$seconds" "$1"
    finish
fi
run 2 "$1"
for seed in "$@"; do one "$seed"; done
finish
