#!/bin/bash
# redis-server under the library answers a benchmark and the same questions in the
# same way, saves its data from forked children, logs the same, and ends clean when
# its clients have gone.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
need redis-server redis-cli redis-benchmark setpriv

ask() { # DIR
    local cli=(redis-cli -s "$1/socket")
    "${cli[@]}" set key value
    "${cli[@]}" append key 2
    "${cli[@]}" get key
    "${cli[@]}" lpush key wrong
    "${cli[@]}" eval 'return redis.call("incr", KEYS[1]) + ARGV[1]' 1 counter 40
    "${cli[@]}" debug populate 1000 item 100
    "${cli[@]}" dbsize
    seq 2000 | sed 's/.*/set number:& &/' | "${cli[@]}" --pipe | tail -n 1
    "${cli[@]}" debug digest
    # By a child.
    "${cli[@]}" bgrewriteaof
    until "${cli[@]}" info persistence | grep -q 'aof_rewrite_in_progress:0.*'; do :; done
    "${cli[@]}" bgsave
    until "${cli[@]}" info persistence | grep -q 'rdb_bgsave_in_progress:0.*'; do :; done
    "${cli[@]}" info persistence | grep -E '^(rdb_last_bgsave_status|aof_last_bgrewrite_status|rdb_saves)'
    "${cli[@]}" debug reload
    "${cli[@]}" debug digest
}

serve() { # WAY
    local way=$1 dir=$work/server.$1 prefix server status=0 try=0
    mkdir -p "$dir"
    start_in "$way" server
    # A local socket: no port to be taken by somebody else.
    (cd "$dir" && exec setpriv --pdeathsig TERM "${prefix[@]}" redis-server --port 0 --unixsocket "$dir/socket" --save '' \
        --appendonly yes --enable-debug-command local --always-show-logo no) \
        </dev/null >"$work/server.$way.out" 2>"$work/server.$way.err" &
    server=$!
    # The client itself waits for the server.
    until redis-cli -s "$dir/socket" ping >/dev/null 2>&1; do
        try=$((try + 1))
        if [ "$try" -gt 2000 ] || ! kill -0 "$server" 2>/dev/null; then
            bad "$way: redis-server did not start"
            return
        fi
    done
    ask "$dir" >"$work/answers.$way" 2>&1
    redis-benchmark -s "$dir/socket" -n 10000 -c 50 -P 4 -t set,get,incr,lpush,lrange_100,mset -q >"$dir/benchmark" 2>&1 ||
        bad "$way: the benchmark failed"
    [ "$(grep -c 'requests per second' "$dir/benchmark")" = 7 ] || bad "$way: the benchmark did not finish"
    kill -TERM "$server"
    wait "$server" || status=$?
    echo "$status" >"$work/server.$way.status"
}
for way in "${ways[@]}"; do serve "$way"; done

# Times, processes and sizes; a child and its parent log at the same time.
normalise() {
    sed -E -e 's/^[0-9]+:[A-Z] [0-9]+ [A-Z][a-z]+ [0-9]{4} [0-9:.]+ //; s/(pid|pid=) ?[0-9]+/\1 N/; s/[0-9.]+ (seconds|MB|megabytes)/N \1/g' \
        -e 's/^[0-9]+:signal-handler \([0-9]+\)/signal-handler/; s/RDB age [0-9]+/RDB age N/; s/created [0-9.]+ Mb/created N Mb/' \
        -e "s/rewriteaof-bg-[0-9]+/rewriteaof-bg-N/; s#$work/server\.[a-z-]+/##" | sort
}
same server
clean server
for way in "${modes[@]}"; do
    diff -u "$work/answers.plain" "$work/answers.$way" || bad "the answers differ in $way"
done
has answers "$work/answers.plain" '^value2$' '^41$' '^errors: 0, replies: 2000' '^rdb_last_bgsave_status:ok' '^aof_last_bgrewrite_status:ok'
finish
