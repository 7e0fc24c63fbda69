#!/bin/bash
# Programs that end with threads which outlive main() (torture_ends/torture_ends.c) end as
# they do without the library, whatever these threads do meanwhile, and the report has what
# was left open, all of it and no more.
#
#   tests/programs/torture_ends.sh [SECONDS [SEED]]      half a minute, from seed 1
#
# COST: 35
set -eu
. "$(dirname "$0")/../environment.sh"
work=$build_dir/programs/torture_ends
mkdir -p "$work"
rm -rf "${work:?}"/*
unset LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
seconds=${1:-30}
seed=${2:-1}
limit=300 # a run that takes longer hangs

"${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -pthread -o "$work/torture_ends" \
    "$source_dir/tests/programs/torture_ends/torture_ends.c" -lcurl || {
    bad "the program does not build"
    finish
}
report=$work/report
# A child that is made at the last moment, every fourth program has some, reports in the place
# of its parent what both have open; in one of a thousand runs both did, or neither. So the
# reports of these are judged only with JUDGE_ALL=1.
leaked='[.leaks[] | select(.counts != false and any(.stack[]; .function == "leak"))] |
    select(. != []) | [map(select(.kind == "curl.easy").count), map(select(.kind == "socket").count)] |
    map(add) | join(" ")'
watched=0

run() { # WHAT NAME=VALUE...: it ends as it should
    local status=0 text
    text=$(env "${@:2}" timeout -s KILL "$limit" "$work/torture_ends" "$seed" 2>"$work/err" </dev/null) || status=$?
    [ "$status" = $((seed % 100)) ] || bad "seed $seed: status $status $1"
    [ "$text" = ends ] || bad "seed $seed: prints '$text' $1"
    ! grep -qvE '^==[0-9]+==[A-Z]+: sessguard: .* leaked .*; report in ' "$work/err" ||
        bad "seed $seed: says $1: $(head -n 3 "$work/err")"
}

judge() { # MODE
    local n=$((3 + seed % 5)) found
    rm -f "$report"
    run "in $1" LD_PRELOAD="$library" SESSGUARD_MODE="$1" \
        SESSGUARD_OPTIONS="format=json:output=$report:close_timeout_ms=60000"
    watched=$((watched + 1))
    [ $((seed % 4)) != 0 ] || [ -n "${JUDGE_ALL:-}" ] || return 0
    found=$(jq -r "$leaked" "$report") || found=
    [ "$found" = "$n $((2 * n))" ] || {
        bad "seed $seed: the report has $found sessions and sockets in $1, not $n $((2 * n))"
        cp "$report" "$work/report.$seed.$1" || true
    }
}

end=$((SECONDS + seconds))
while [ "$SECONDS" -lt "$end" ] && [ "$failures" -lt 10 ]; do
    [ $((seed % 8)) != 0 ] || run plainly
    judge warn
    judge auto-close
    seed=$((seed + 1))
done
echo "$watched watched programs, to seed $((seed - 1))"
finish
