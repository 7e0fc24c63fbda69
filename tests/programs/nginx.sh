#!/bin/bash
# nginx with two workers, all processes under the library, serves a load and
# ends gracefully with its usual status: listening sockets do not count, and what
# the workers inherited is not theirs.
set -eu
. "$(dirname "$0")/../compare.sh"
need nginx wrk curl

serve() { # plain|watched
    local prefix=(env) dir=$work/$1 status=0 server port try
    [ "$1" = plain ] || prefix=("${watch[@]}")
    mkdir -p "$dir/tmp"
    for try in 1 2 3 4 5; do
        port=$((26000 + RANDOM % 4000))
        sed -E -e "s#$(dirname "$TEST_WWW")/(error.log|nginx.pid|tmp)#$dir/\1#g" \
            -e 's/worker_processes 1/worker_processes 2/' -e 's/daemon on/daemon off/' \
            -e "s/listen [0-9.]*:[0-9]*;/listen 127.0.0.1:$port;/" -e '/listen.* ssl;/d' -e '/ssl_cert/d' \
            "$(dirname "$TEST_WWW")/nginx.conf" >"$dir/nginx.conf"
        "${prefix[@]}" nginx -c "$dir/nginx.conf" -p "$dir" </dev/null >"$dir/out" 2>"$dir/err" &
        server=$!
        curl -s --retry 100 --retry-connrefused --retry-delay 0 --retry-max-time 5 "http://127.0.0.1:$port/" >"$dir/page" &&
            kill -0 "$server" 2>/dev/null && break
        [ "$try" != 5 ] || { bad "$1: nginx did not start"; cat "$dir/err"; return; }
    done
    wrk -t1 -c20 -d1s "http://127.0.0.1:$port/" >"$dir/wrk" || bad "$1: wrk failed"
    grep -q 'Requests/sec' "$dir/wrk" || bad "$1: wrk measured nothing"
    ! grep -E 'Socket errors|Non-2xx' "$dir/wrk" || bad "$1: requests failed"
    kill -QUIT "$server"
    wait "$server" || status=$?
    # Where the test wrote into the other server's folder it would prove nothing.
    [ -f "$dir/error.log" ] || bad "$1: nginx has no log of its own"
    echo "$status" >"$dir/status"
}
serve plain
serve watched
cmp "$work/plain/status" "$work/watched/status" || bad "the status differs"
cmp "$work/plain/page" "$work/watched/page" || bad "the page differs"
# A worker is sent its sisters' channels (SCM_RIGHTS) and may end before it is told to
# close them: nginx really leaves these to the kernel. Nothing else may be open.
cat "$work/watched/err" "$work/watched/out" "$work/watched/error.log" >"$work/reports"
[ "$(grep -ac '^ *#0 ' "$work/reports")" = "$(grep -ac '^ *#0 .* in ngx_read_channel ' "$work/reports")" ] || {
    bad "nginx is reported to leak more than its workers' channels"
    grep -a -A 30 sessguard "$work/reports"
}
[ "$(grep -ac '^1 socket' "$work/reports")" = "$(grep -ac never "$work/reports")" ] || bad "a worker leaks more than one channel"
finish
