#!/bin/bash
# A Python program cannot tell that its sessions are watched: what it sees of their classes
# and methods, of exceptions, callers, warnings, coroutines and collected objects, what
# tracers, profilers and audit hooks are told, and what becomes of modules that only have
# the names of the watched ones, is the same with the library and without.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/python_sessions/expects.sh"
serve_http
need jq
unseen=$source_dir/tests/programs/python_unseen
# Sets are printed.
export PYTHONHASHSEED=0
normalise() { grep -vE "$unclosed" | sed -E 's/0x[0-9a-f]+/ADDRESS/g; s/started [0-9]+/started N/'; }
modes=(warn auto-close)
ways=(plain "${modes[@]}")
is_watched=no # which the last judgement shows

compare look "$python" "$unseen/look.py"
prints look '^requests\.Session\.close signature .\(self\)' '^aiohttp\.ClientSession\.close coroutine True True' \
    '^asyncpg\.connect type function True' '^collector '
compare use "$python" "$unseen/use.py"
prints use '^wrong_arguments .*TypeError' '^where_warnings_point read_timeout .*/use\.py [0-9]+$' '^callers ' '^coroutines ' '^errors '
! grep -E ' failed ' "$work/use.plain.out" | grep Traceback || bad "use: it fails by itself"
compare audit "$python" "$unseen/events.py" audit
prints audit '^use_requests socket.connect$' '^while importing '
compare trace "$python" "$unseen/events.py" trace
prints trace '^settrace use_requests call sessions.py Session.close' '^setprofile use_aiohttp call client.py ClientSession.close' \
    '^cProfile sessions.py [0-9]+ close '
compare fakes "$python" "$unseen/fakes.py"
prints fakes '^guarded aiohttp' '^imported own.requests.sessions Session ClientSession closed' \
    '^own_connect own.psycopg2 ' '^import of requests halted'
compare objects "$python" "$unseen/objects.py"
prints objects "^modules .*'__main__'" '^unreachable [0-9]'
compare deep "$python" "$unseen/deep.py"
prints deep '^\[[0-9]+\]$'

[ "$(cat "$work"/{look,use,audit,trace,fakes,objects,deep}.plain.status | sort -u)" = 0 ] || bad "a program fails without the library"
# It was watched: some of its sessions are dropped.
jq -e '[.leaks[].kind] | contains(["requests.session"])' "$work/use.warn/report.jsonl" >"$work/jq" 2>&1 || bad "use: no report of its sessions"
finish
