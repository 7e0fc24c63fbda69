#!/bin/bash
# What only the end of a Python interpreter closes has leaked, and the report says so;
# what the program closes, or opens so late, has not. Status and output stay the same.
set -eu
. "$(dirname "$0")/../compare.sh"
need jq
source=$source_dir/tests/programs/python_end
python=${PYTHON:-/usr/bin/python3}
report=$work/report.json
# Newer versions of libcurl wake their threads by an eventfd, which is no socket.
tell() { # COMMAND...: its leaks, a line each
    rm -f "$report"
    LD_PRELOAD=$library SESSGUARD_OPTIONS=format=json:report_clean=1:output=$report "$@" >"$work/out" 2>"$work/err" || true
    jq -r '.leaks[] | "\(.count) \(.kind) \([.stack[] | select(.language == "python" and (.file | endswith(".py")) and (.file | startswith("/usr") | not)) | .function][0]) \(.outcome) \(.counts // "counts") \(.owns | map(.kind) | join(","))"' "$report" | sed 's/,wake-up pair$//' | sort
}
expect() { # NAME COMMAND...: the leaks on standard input
    local name=$1
    shift
    tell "$@" >"$work/leaks"
    diff - "$work/leaks" >"$work/diff" || bad "$name: $(cat "$work/diff")"
}

for mode in warn auto-close; do
    SESSGUARD_MODE=$mode expect "what is left" "$python" "$source/leaves.py" 0 <<'END'
1 curl.easy session shutdown counts socket
1 socket listening shutdown counts 
2 socket leaked shutdown counts 
END
done
expect "what goes on" "$python" "$source/goes_on.py" </dev/null
[ "$(jq .totals.leaked "$report")" = 0 ] || bad "something leaked: $(cat "$report")"

for status in 0 3; do
    compare "leaves_$status" "$python" "$source/leaves.py" "$status"
done
reports leaves_0 '^2 sockets never closed' "closed only by the interpreter's end: 2" 'holds 1 socket\b' '^SUMMARY.*3 sessions leaked at 2 places \(1 listening, not counted\)'
# Allocators that check who gives what back; and what the interpreter says of its end.
compare dev_mode "$python" -X dev -c 'import socket; print(socket.socket().close())'
# Addresses in it differ from run to run, and sets have no order.
compare verbose_end sh -c "$python -I -v -c 'import sys; print(list(sys.modules))' 2>&1 | sed 's/0x[0-9a-f]*//g' | sort"
for allocator in debug malloc malloc_debug pymalloc; do
    compare "malloc_$allocator" env "PYTHONMALLOC=$allocator" "$python" -c 'import sys; sys.addaudithook(lambda *_: None)'
done
got=0
LD_PRELOAD=$library SESSGUARD_OPTIONS=exitcode=23 "$python" "$source/leaves.py" 0 2>"$work/err" || got=$?
[ "$got" = 23 ] || bad "exitcode=23 gave $got"
finish
