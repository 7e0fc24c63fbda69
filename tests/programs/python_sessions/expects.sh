# Runs a Python program in every way, and compares its leaks with those that are expected;
# sourced after compare.sh by the scripts for Python's sessions.
# shellcheck shell=bash disable=SC2154 # compare.sh's

# Debian's own, for which the packages are installed, or another one that has them.
python=${PYTHON:-/usr/bin/python3}
need "$python"
programs=$source_dir/tests/programs/python_sessions
# The watched runs leave a report each in JSON, but for silence, where it is text.
export SESSGUARD_OPTIONS=format=json:output=report.jsonl:symbolize=0

# Starts the web server, which is not watched, and sets TEST_HTTP to its address.
serve_http() {
    need setpriv
    exec 3< <(exec setpriv --pdeathsig TERM "$python" "$programs/serve.py" 2>"$work/serve.err")
    http_server=$!
    ends+=(stop_http)
    read -r -t 600 TEST_HTTP <&3 || {
        bad "the server does not start: $(cat "$work/serve.err")"
        finish
    }
    export TEST_HTTP
}
stop_http() { kill "$http_server"; }

# Lines that Python's last resort prints of sessions that were collected, and of nothing else:
# the library says the same with the place. Everything else has to be as it was.
unclosed='^(Unclosed client session|client_session: <.*>|Unclosed connector|connections: .*|connector: <.*>)$'
normalise() { grep -vE "$unclosed" | sed -E "s/0x[0-9a-f]+/ADDRESS/g; s/\\(pid=[0-9]+\\)/(pid=N)/; s/laddr=\('127\.0\.0\.1', [0-9]+\)/laddr=PORT/"; }

judge() { # NAME WAY PROGRAM: as expected on standard input
    "$python" "$programs/judge.py" "$work/$1.$2/report.jsonl" "$2" "$programs/$3" >"$work/judgement" ||
        bad "$1 in $2: $(cat "$work/judgement")"
}
run_one() { run "$@"; }
expects() { # NAME PROGRAM ARGUMENT...: the leaks are on standard input
    local name=$1 program=$2 way
    shift 2
    cat >"$work/$name.expected"
    for way in "${ways[@]}"; do run_one "$name" "$way" "$python" ${flags[@]+"${flags[@]}"} "$programs/$program" "$@"; done
    same "$name"
    for way in "${ways[@]}"; do
        [ "$way" = plain ] || ! grep -aqE "$unclosed" "$work/$name.$way.err" ||
            bad "$name: in $way Python prints $(grep -acE "$unclosed" "$work/$name.$way.err") lines of what was not closed"
        [ "$way" = plain ] || [ "$way" = silence ] || judge "$name" "$way" "$program" <"$work/$name.expected"
    done
}
