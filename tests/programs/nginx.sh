#!/bin/bash
# nginx with two workers, all processes under the library, serves a load and reloads,
# and in the background it is replaced by a new binary; it ends gracefully, all as
# without the library: listening sockets do not count, and what the
# workers inherited is not theirs.
set -eu
. "$(dirname "$0")/../compare.sh"
need nginx wrk curl
# A new binary is looked for where the old one was said to be, and not in PATH.
nginx=$(command -v nginx)

until_true() { # WHAT COMMAND...: polls, for want of an event, and not for ever
    local what=$1 try
    shift
    for ((try = 0; try < 4000; try++)); do
        if "$@"; then return; fi
    done
    bad "$what"
    return 1
}
has_lines() { # COUNT REGEX FILE
    [ -f "$3" ] && [ "$(grep -acE -- "$2" "$3")" -ge "$1" ]
}
is_new() { # FILE PID: the file names another process than PID
    [ -s "$1" ] && [ "$(cat "$1" 2>/dev/null)" != "$2" ]
}
ended() { # PID
    timeout 600 tail --pid="$1" -s 0.02 -f /dev/null || bad "process $1 does not end"
}
page() { # NAME WAY: several connections, one after the other
    for _ in 1 2 3 4 5 6 7 8; do
        curl -s --retry 100 --retry-connrefused --retry-delay 0 --retry-max-time 300 "http://127.0.0.1:$port/" || echo failed
    done >>"$work/$1.$2.out"
}
configure() { # DIR on|off: in the background or not, on a port that seems free
    port=$((26000 + RANDOM % 4000))
    sed -E -e "s#$(dirname "$TEST_WWW")/(error.log|nginx.pid|tmp)#$1/\1#g" -e 's/error.log warn/error.log notice/' \
        -e 's/worker_processes 1/worker_processes 2/' -e "s/daemon on/daemon $2/" \
        -e "s/listen [0-9.]*:[0-9]*;/listen 127.0.0.1:$port;/" -e '/listen.* ssl;/d' -e '/ssl_cert/d' \
        "$(dirname "$TEST_WWW")/nginx.conf" >"$1/nginx.conf"
}

foreground() { # WAY
    local way=$1 dir=$work/server.$1 prefix status=0 server port try
    mkdir -p "$dir/tmp"
    start_in "$way" server
    for try in 1 2 3 4 5; do
        configure "$dir" off
        rm -f "$dir/error.log"
        "${prefix[@]}" "$nginx" -c "$dir/nginx.conf" -p "$dir" </dev/null >"$work/server.$way.out" 2>"$work/server.$way.err" &
        server=$!
        until_true "$way: nginx does not start" has_lines 2 'start worker process [0-9]|\[emerg\]' "$dir/error.log" || break
        if kill -0 "$server" 2>/dev/null && ! has_lines 1 '\[emerg\]' "$dir/error.log"; then break; fi
        [ "$try" != 5 ] || { bad "$way: nginx did not start"; cat "$dir/error.log"; return; }
    done
    page server "$way"
    wrk -t1 -c20 -d1s "http://127.0.0.1:$port/" >"$dir/wrk" || bad "$way: wrk failed"
    grep -q 'Requests/sec' "$dir/wrk" || bad "$way: wrk measured nothing"
    ! grep -E 'Socket errors|Non-2xx' "$dir/wrk" || bad "$way: requests failed"

    kill -HUP "$server"
    until_true "$way: the old workers do not end" has_lines 2 'worker process [0-9]+ exited with code' "$dir/error.log" || true
    page server "$way"

    kill -QUIT "$server"
    wait "$server" || status=$?
    # Where the test wrote into the other server's folder it would prove nothing.
    [ -f "$dir/error.log" ] || bad "$way: nginx has no log of its own"
    echo "$status" >"$work/server.$way.status"
}

background() { # WAY
    local way=$1 dir=$work/daemon.$1 prefix status=0 port try server
    mkdir -p "$dir/tmp"
    start_in "$way" daemon
    for try in 1 2 3 4 5; do
        configure "$dir" on
        status=0
        "${prefix[@]}" "$nginx" -c "$dir/nginx.conf" -p "$dir" </dev/null >"$work/daemon.$way.out" 2>"$work/daemon.$way.err" || status=$?
        if [ "$status" = 0 ]; then break; fi
        rm -f "$dir/error.log"
    done
    until_true "$way: the daemon does not start" test -s "$dir/nginx.pid" || return 0
    server=$(cat "$dir/nginx.pid")
    page daemon "$way"
    kill -USR2 "$server"
    until_true "$way: there is no new binary" is_new "$dir/nginx.pid" "$server" || return 0
    until_true "$way: the new binary has no workers" has_lines 4 'start worker process [0-9]' "$dir/error.log" || true
    kill -QUIT "$server"
    ended "$server"
    server=$(cat "$dir/nginx.pid")
    page daemon "$way"
    "${prefix[@]}" "$nginx" -c "$dir/nginx.conf" -p "$dir" -s quit </dev/null >>"$work/daemon.$way.out" 2>>"$work/daemon.$way.err" || status=$?
    ended "$server"
    echo "$status" >"$work/daemon.$way.status"
}

for way in "${ways[@]}"; do
    foreground "$way"
    background "$way"
done
normalise() { sed -E 's/^[0-9/]+ [0-9:]+ \[notice\] [0-9]+#[0-9]+:/TIME [notice] N:/'; }
for name in server daemon; do
    for way in "${ways[@]}"; do
        # The statuses of the workers, and what went wrong; who was first depends on luck.
        "$source_dir/tests/strip_report.sh" <"$work/$name.$way/error.log" |
            sed -nE 's/^.* ((worker|new binary) process) [0-9]+ (exited .*)/\1 \3/p; s/^[^[]*(\[(warn|error|crit|alert|emerg)\])/\1/p' |
            sort >>"$work/$name.$way.out"
    done
    same "$name"
    prints "$name" hello
    ! grep -aq sessguard "$work/$name.silence/error.log" "$work/$name.silence.err" || bad "$name: silence is not silent"
    # A worker is sent its sisters' channels (SCM_RIGHTS) and may end before it is told to
    # close them: nginx really leaves these to the kernel. Nothing else may be open.
    cat "$work/$name".{warn,auto-close}{.err,.out,/error.log} "$work/$name.silence.report" >"$work/$name.reports"
    [ "$(grep -ac '^ *#0 ' "$work/$name.reports")" = "$(grep -ac '^ *#0 .* in ngx_read_channel ' "$work/$name.reports")" ] || {
        bad "nginx is reported to leak more than its workers' channels"
        outline "$work/$name.reports"
    }
done
prints server '^worker process exited with code 0$'
finish
