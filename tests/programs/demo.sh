#!/bin/bash
# The demo shows what its README says, in one screen.
set -eu
. "$(dirname "$0")/../compare.sh"

status=0
CC=${CC:-gcc} BUILD_DIR=$build_dir/demo bash demo/run.sh >"$work/out" 2>"$work/err" </dev/null || status=$?
[ "$status" = 0 ] || bad "demo/run.sh ended with $status"
[ ! -s "$work/err" ] || bad "demo/run.sh wrote to stderr: $(head -n 5 "$work/err")"
lines=$(wc -l <"$work/out")
[ "$lines" -le 60 ] || bad "the demo prints $lines lines, more than a screen of 60"
long=$(awk 'length > 120' "$work/out" | wc -l)
[ "$long" = 0 ] || bad "$long lines of the demo are longer than 120 columns"
! grep -q "$(printf '\033')" "$work/out" || bad "the demo colours what is no terminal"

part() { # NUMBER: what the demo shows under that caption
    sed -n "/^$1\. /,/^$(($1 + 1))\. /p" "$work/out" | sed '1!{/^[0-9]\. /d}'
}
shows() { # NUMBER REGEX...: each stands in that part
    local number=$1 regex
    shift
    for regex in "$@"; do
        part "$number" | grep -qE -- "$regex" || bad "part $number lacks: $regex"
    done
}
line=$(grep -n 'curl_easy_init' demo/leaky_curl.c | head -n 1 | cut -d: -f1)
shows 1 '^500 pages fetched by 16 threads$' '^500 curl\.easy \(libcurl easy handle\) never closed, opened here:' \
    "#0 0x[0-9a-f]+ in fetch_one demo/leaky_curl\.c:$line" '#1 0x[0-9a-f]+ in worker demo/leaky_curl\.c:[0-9]+' \
    '500 open of 500 opened here' '16 threads' 'peer 127\.0\.0\.1:[0-9]+ \(500\)' \
    '^SUMMARY: sessguard: 500 sessions leaked at 1 place' '=> status 0$'
[ "$(part 1 | grep -c 'never closed')" = 1 ] || bad "part 1 has more than one entry"
[ "$(part 2 | sed '/^$/d' | wc -l)" = 3 ] || bad "part 2: silence prints something"
shows 2 '^500 pages fetched by 16 threads$' '=> status 0$'
shows 3 '^500 curl\.easy' '(closed.* 500|500 .*closed)' '^SUMMARY: sessguard: 500 sessions leaked' '=> status 0$'
[ "$(part 4 | sed '/^$/d' | wc -l)" = 3 ] || bad "part 4: the mended program is reported"
shows 4 '^500 pages fetched by 16 threads$' '=> status 0$'
shows 5 '^388 pages fetched by 16 threads$' '^12 curl\.easy' '#0 0x[0-9a-f]+ in fetch_profile demo/leaky_curl\.c:[0-9]+' \
    '12 open of 400 opened here' '^SUMMARY: sessguard: 12 sessions leaked at 1 place' '=> status 0$'
# Nothing of the demo may still run.
! pgrep -f "$build_dir/demo/server" >/dev/null || bad "the demo's server still runs"
# shellcheck disable=SC2154 # of environment.sh
[ "$failures" = 0 ] || cat "$work/out"
finish
