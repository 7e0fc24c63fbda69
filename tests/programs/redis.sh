#!/bin/bash
# redis-server under the library answers a benchmark and the same questions in
# the same way, and ends clean when its clients have gone.
set -eu
. "$(dirname "$0")/../compare.sh"
need redis-server redis-cli redis-benchmark

serve() { # plain|watched
    local prefix=(env) dir=$work/$1 server status=0
    [ "$1" = plain ] || prefix=("${watch[@]}")
    mkdir -p "$dir"
    # A local socket: no port to be taken by somebody else.
    "${prefix[@]}" redis-server --port 0 --unixsocket "$dir/socket" --save '' --appendonly no --dir "$dir" \
        >"$dir/server.out" 2>"$dir/server.err" &
    server=$!
    # The client itself waits for the server.
    local try=0
    until redis-cli -s "$dir/socket" ping >/dev/null 2>&1; do
        try=$((try + 1))
        if [ "$try" -gt 2000 ] || ! kill -0 "$server" 2>/dev/null; then
            bad "$1: redis-server did not start"
            return
        fi
    done
    redis-benchmark -s "$dir/socket" -n 2000 -c 20 -q >"$dir/benchmark.out" 2>&1 || bad "$1: the benchmark failed"
    {
        redis-cli -s "$dir/socket" set key value
        redis-cli -s "$dir/socket" append key 2
        redis-cli -s "$dir/socket" get key
    } >"$dir/answers"
    kill -TERM "$server"
    wait "$server" || status=$?
    echo "$status" >"$dir/status"
}
serve plain
serve watched
cmp "$work/plain/answers" "$work/watched/answers" || bad "the answers differ"
cmp "$work/plain/status" "$work/watched/status" || bad "the status differs"
[ "$(tail -n 1 "$work/watched/answers")" = value2 ] || bad "the answers are wrong"
[ "$(grep -c 'requests per second' "$work/watched/benchmark.out")" = "$(grep -c 'requests per second' "$work/plain/benchmark.out")" ] ||
    bad "the benchmark did not finish"
! grep -a sessguard "$work/watched/server.err" "$work/watched/server.out" || bad "redis-server has a report"
finish
