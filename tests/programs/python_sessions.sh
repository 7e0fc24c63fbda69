#!/bin/bash
# Python's own sessions, those of aiohttp, requests, httpx, urllib3, http.client and pycurl:
# the report has those that nobody closed, each with the line that opened it, its peer and
# how it ended, and no others; what is below a session is not a leak of its own. Status,
# stdout and stderr are as without the library, but for what Python says of the same leaks.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/python_sessions/expects.sh"
serve_http
http=$TEST_HTTP
# How the connections since the last time ended, each way once, when all have.
seen() {
    exec 4<>"/dev/tcp/${TEST_HTTP/://}"
    printf 'GET /seen HTTP/1.1\r\n\r\n' >&4
    timeout 600 sed '1,/^\r$/d' <&4 | sort -u | paste -sd ,
    exec 4<&-
}

# ---- the factory ----

expects factory factory.py <<END
500 aiohttp.session make_client.<locals>.get collected peers=$http:500 in_use=20
END
has factory "$work/factory.plain.out" "^500 {'ok'}$"
[ "$(grep -cE '^Unclosed client session$' "$work/factory.plain.err")" = 500 ] || bad "factory: Python itself does not complain"

# Beside these the text, with Python's own lines and the status where they are asked for.
told() { # MODE OPTIONS: runs the factory
    local status=0
    SESSGUARD_MODE=$1 SESSGUARD_OPTIONS=$2 "${watch[@]}" "$python" "$programs/factory.py" >"$work/told.out" 2>"$work/told.err" || status=$?
    echo "$status" >"$work/told.status"
}
line=$(grep -n '# opened here' "$programs/factory.py" | cut -d: -f1)
text=('^500 aiohttp\.session \(aiohttp client session\) never closed, opened here: +\[[0-9a-f]{8}\]$'
    "in make_client\.<locals>\.get (.*/)?factory\.py:$line$" '^ +peer '"${http//./\\.}"' \(500\)'
    '^ +closed only by the garbage collector: 500$'
    'one shared session would do: all talk to the same peer, and at most 20 were in use at once$'
    '^SUMMARY: sessguard: 500 sessions leaked at 1 place')
for mode in warn auto-close; do
    told "$mode" exitcode=23
    has "factory's text in $mode" "$work/told.err" "${text[@]}"
    [ "$(cat "$work/told.status")" = 23 ] || bad "factory in $mode: exitcode=23 gave $(cat "$work/told.status")"
done
has "factory in silence" "$work/factory.silence.report" "${text[@]}"
told silence exitcode=23
[ ! -s "$work/told.err" ] || bad "factory in silence: $(head -n 3 "$work/told.err")"
[ "$(cat "$work/told.status")" = 23 ] || bad "factory in silence: exitcode=23 gave $(cat "$work/told.status")"
told warn python_warnings=1
"$source_dir/tests/strip_report.sh" <"$work/told.err" >"$work/told.rest"
same_lines() { sed -E "s/0x[0-9a-f]+/ADDRESS/g; s/, [0-9.]+\)/, TIME)/g" "$1"; }
diff <(same_lines "$work/factory.plain.err") <(same_lines "$work/told.rest") >"$work/told.diff" ||
    bad "factory: python_warnings=1 does not give Python's own lines back: $(head -n 5 "$work/told.diff")"

# ---- one library after the other ----

expects aiohttp aiohttp_sessions.py <<END
3 aiohttp.session dropped collected peers=$http:3 in_use=1
3 aiohttp.session unused collected peers=none in_use=0
3 aiohttp.session keep kept peers=$http:3 in_use=1
3 aiohttp.session never_awaited collected peers=$http:3 in_use=1
1 aiohttp.session two_requests kept peers=$http:1 in_use=1
1 aiohttp.connector lends kept peers=$http:1 owns=socket:1
END
expects requests requests_threads.py <<END
10 requests.session keep kept peers=$http:10 owns=socket:10,urllib3.pool:10 in_use=10
10 requests.session drop collected peers=$http:10 in_use=10
1 requests.session refuse collected
END
expects httpx httpx_clients.py <<END
2 httpx.client keep kept peers=$http:2 in_use=1
2 httpx.client drop collected peers=$http:2 in_use=1
1 httpx.client close collected peers=$http:1
1 httpx.async_client keep_async kept peers=$http:1 in_use=1
1 httpx.async_client drop_async collected peers=$http:1 in_use=1
END
# That pycurl's handles are libcurl's, and closed with the object, is as it always was.
expects lower lower_clients.py <<END
2 urllib3.manager keep_manager kept peers=$http:2
2 urllib3.manager drop_manager collected peers=$http:2
2 urllib3.pool keep_pool kept peers=$http:2
2 http.connection keep_connection kept peers=$http:2
2 http.connection drop_connection collected peers=$http:2
2 curl.easy keep_curl shutdown peers=$http:2
END
for way in lazy again by_hand in_a_zip before_exit_functions; do
    expects "import_$way" ways_of_import.py "$way" <<<"2 http.connection keep kept peers=$http:2"
    has "import_$way" "$work/import_$way.plain.out" '^2$'
done
# What a callback opens is the program's, and no session's.
expects callbacks callbacks.py <<END
1 socket connect? shutdown peers=$http:1
1 socket connect? shutdown peers=$http:1
1 requests.session adapt kept peers=$http:1 owns=socket:1,urllib3.pool:1
END
# With the warnings that are off by default; of what auto-close has closed there are none.
flags=(-W default)
all_modes=("${modes[@]}")
modes=(warn silence)
ways=(plain "${modes[@]}")
expects lower_warnings lower_clients.py <"$work/lower.expected"
flags=()
modes=("${all_modes[@]}")
ways=(plain "${modes[@]}")
[ "$(cat "$work"/{aiohttp,requests,httpx,lower}.plain.status | sort -u)" = 0 ] || bad "a program fails without the library"

# ---- how they end ----

seen >"$work/seen"
for way in closed loop_open loop_closed loop_in_thread sys_exit exception thread_exit own_atexit closed_atexit uvloop; do
    expected='2 aiohttp.session open_session left'
    case $way in
    closed | closed_atexit) expected= ;;
    loop_in_thread) expected='2 aiohttp.session open_session spared' ;;&
    loop_open | loop_in_thread | own_atexit) expected+=$'\n2 socket new_loop? *' ;;
    esac
    expects "ends_$way" aiohttp_ends.py "$way" <<<"$expected"
    [ "$(seen)" = end ] || bad "ends_$way: connections were reset"
done
has ends_sys_exit "$work/ends_sys_exit.plain.status" '^3$'
has ends_exception "$work/ends_exception.plain.status" '^1$'
has ends_own_atexit "$work/ends_own_atexit.plain.out" '^at exit: ok$'
# By os._exit(), where a lock may never be given back.
for way in alone worker pool handler thread from_thread stuck nested inherited; do
    outcome=left
    case $way in thread | from_thread) outcome=spared ;; stuck) outcome=stuck ;; nested) outcome=nested ;; esac
    [ $way != stuck ] || close_timeout=300
    expects "exits_$way" exits_at_once.py "$way" <<<"1 requests.session open_session $outcome"
    unset close_timeout
done
# urllib3 2 makes one such itself as it is imported.
expects exits_unused unused_manager.py </dev/null
[ "$(cat "$work"/exits_{alone,worker,pool,handler,from_thread,nested}.plain.status | tr '\n' ' ')" = '2 0 0 3 5 2 ' ] ||
    bad "a program that exits at once fails without the library"
finish
