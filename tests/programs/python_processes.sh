#!/bin/bash
# Python's sessions in many threads, in forked and spawned processes and sub-interpreters, in
# reloaded modules, in signal handlers and at the bottom of the stack: programs do what they
# do without the library, and end as they do.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/python_sessions/expects.sh"
serve_http
need jq
modes=(warn auto-close)
ways=(plain "${modes[@]}")
is_watched=no # which the reports show
processes=$source_dir/tests/programs/python_unseen/processes.py
for way in threads forks multi deep reloads interpreters interrupted exit_in_threads exit_at_once aborts daemons; do
    compare "$way" "$python" "$processes" "$way"
done
# The shell says with which signal a process of its own ended.
compare killed sh -c '"$@"; echo $?' sh "$python" "$processes" killed
prints threads '^threads 16 16 ' && prints forks '^forks 0 5 0 99 0$' && prints multi '^multi forkserver ' && prints killed '^137$'
for want in threads:0 forks:0 multi:0 deep:0 reloads:0 interpreters:0 interrupted:0 exit_in_threads:0 exit_at_once:7 killed:0 aborts:1 \
    daemons:0; do
    [ "$(cat "$work/${want%:*}.plain.status")" = "${want#*:}" ] || bad "${want%:*}: status $(cat "$work/${want%:*}.plain.status")"
done
judge exit_in_threads warn ../python_unseen/processes.py <<END
4 requests.session exit_in_threads.<locals>.work? collected
END
judge exit_at_once warn ../python_unseen/processes.py <<END
1 requests.session exit_at_once? open
END
# A child answers for what it opened itself, and its parent's sessions are its parent's.
jq -es '[.[].leaks[] | {kind, functions: [.stack[].function]}] |
    any(.kind == "requests.session" and any(.functions[]; endswith("raise_exit"))) and all(.functions | all(endswith("make") | not))' \
    "$work/forks.warn/report.jsonl" >"$work/jq" 2>&1 || bad "forks: the children's reports are not of their own sessions"
finish
