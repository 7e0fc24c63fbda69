#!/bin/bash
# Closing 10,000 leaked sessions of libcurl with live connections takes less than two
# seconds: what it takes in each way to have so many, and what the same program takes
# that closes them by itself, in the order that libcurl asks for. Of one multi handle
# libcurl looks for each member's connection among all of them: where it needs longer
# than two seconds itself, auto-close must not need more than a quarter on top.
#
#   tests/suites/auto_close_many.sh [COUNT]
#
# A handle that is performed alone takes three descriptors: of these there are as
# many as the limit of this shell allows.
set -eu
. "$(dirname "$0")/../environment.sh"
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
count=${1:-10000}
limit=$(ulimit -Hn)
[ "$limit" -ge $((count + 100)) ] || {
    bad "$count sessions need more descriptors than the $limit that there may be"
    finish
}
work=$(mktemp -d)
trap 'kill "$(cat "$work/nginx.pid" 2>/dev/null)" 2>/dev/null; rm -rf "$work"' EXIT
"${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -g -O1 -o "$work/many" tests/programs/auto_close_peers/many.c -lcurl

# The web server of the tests has no room for so many.
user=
[ "$(id -u)" != 0 ] || user="user root;"
for ((try = 0; ; try++)); do
    port=$((20000 + RANDOM % 12000))
    cat >"$work/nginx.conf" <<END
$user
worker_processes 1;
worker_rlimit_nofile $limit;
pid $work/nginx.pid;
error_log $work/error.log warn;
events { worker_connections $((count + 50)); }
http {
    access_log off;
    keepalive_timeout 600;
    client_body_temp_path $work/tmp;
    proxy_temp_path $work/tmp;
    fastcgi_temp_path $work/tmp;
    uwsgi_temp_path $work/tmp;
    scgi_temp_path $work/tmp;
    server { listen 127.0.0.1:$port; location / { return 200 "hello\n"; } }
}
END
    if nginx -p "$work" -c "$work/nginx.conf" 2>"$work/start.log"; then break; fi
    [ "$try" -lt 10 ] || {
        bad "nginx does not start"
        cat "$work/start.log"
        finish
    }
done

# Sets `took`: the milliseconds from the end of the program's own work to its end.
after() { # COUNT COMMAND...
    local n=$1
    shift
    rm -f "$work/report.jsonl"
    "$@" >"$work/out" 2>"$work/err" || bad "status $?: $*"
    took=${EPOCHREALTIME/./}
    grep -qx "$n of $n are connected" "$work/out" || bad "not all are connected: $(head -n 1 "$work/out")"
    took=$(((took - $(sed -n 's/^ends at //p' "$work/out")) / 1000))
}
options=format=json:output=$work/report.jsonl:symbolize=0
measure() { # KIND COUNT
    local kind=$1 n=$2 url=http://127.0.0.1:$port/ open closed itself
    after "$n" env LD_PRELOAD="$library" SESSGUARD_OPTIONS="$options" "$work/many" leaves "$kind" "$n" "$url"
    open=$took
    after "$n" env LD_PRELOAD="$library" SESSGUARD_MODE=auto-close \
        SESSGUARD_OPTIONS="$options:close_timeout_ms=60000" "$work/many" leaves "$kind" "$n" "$url"
    closed=$took
    jq -e --argjson n "$n" '[.leaks[] | select(.kind == "curl.easy" and .outcome == "closed") | .count] | add == $n' \
        "$work/report.jsonl" >"$work/jq" || bad "$kind: not all were closed"
    after "$n" "$work/many" closes "$kind" "$n" "$url"
    itself=$took
    echo "$kind: $n sessions closed in $((closed - open)) ms; the end takes $closed ms with auto-close, $open ms without;" \
        "the program itself takes $itself ms"
    [ $((closed - open)) -lt 2000 ] || [ $((closed * 4)) -lt $((itself * 5)) ] ||
        bad "$kind: more than two seconds, and than libcurl takes"
}
alone=$(((limit - 100) / 3))
measure alone $((alone < count ? alone : count))
measure grouped "$count"
measure pooled "$count"
measure connected "$count"
finish
