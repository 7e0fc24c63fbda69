#!/bin/bash
# Stacks with Python frames are those that Python itself would tell: for every socket of a
# program that makes them in all sorts of ways, they are compared with what the interpreter
# says at that moment. And where frames cannot be had, the native stack stands alone and
# says so; never a wrong one, never a crash.
#
#   tests/programs/python_frames.sh [PYTHON...]     other interpreters than Debian's
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
need cc jq
python=${PYTHON:-/usr/bin/python3}
[ $# -gt 0 ] || set -- "$python"
source=$source_dir/tests/programs/python_frames
report=$work/report.json

watch() { # OPTIONS COMMAND...
    local options=$1
    shift
    rm -f "$report"
    SESSGUARD_OPTIONS=format=json:output=$report:$options LD_PRELOAD=$library "$@" >"$work/out" 2>"$work/err" ||
        bad "status $?: $*: $(tail -n 3 "$work/err")"
}
# The functions of each stack in all reports, innermost first; Python's with their lines.
stacks() {
    jq -r '.leaks[] | "\(.count) " + ([.stack[] | if .language == "python" then "\(.function):\(.line)"
        else (.function // "?") end] | join(" ")) + (if .no_python then " UNREAD" else "" end)' "$report" | sort
}
expect() { # NAME: the stacks are those on standard input
    stacks >"$work/stacks"
    diff - "$work/stacks" >"$work/diff" || bad "$1: $(cat "$work/diff")"
}

for other in "$@"; do
    for frames in 32 5 90; do
        FRAMES=$frames watch frames=$frames:symbolize=0 "$other" "$source/judge.py" "$work/expected" "$source/ways.py"
        "$python" "$source/compare.py" "$work/expected" "$report" >"$work/judgement" ||
            bad "$other, $frames frames: $(head -n 5 "$work/judgement")"
        [ "$(wc -l <"$work/expected")" -gt 300 ] || bad "$other: only $(wc -l <"$work/expected") sockets"
    done

    cp "$source/forks.py" "$work/forks.py"
    watch symbolize=0 "$other" "$work/forks.py"
    stacks | grep -qE '^1 (\? )*socket.__init__:[0-9]+ in_child:11 <module>:30( \?)*$' || bad "$other: a forked child: $(stacks)"
    stacks | grep -qE '^1 (\? )*socket.__init__:[0-9]+ in_worker:16 BaseProcess.run:' || bad "$other: a worker: $(stacks)"
    stacks | grep -qE '^1 (\? )*socket.__init__:[0-9]+ in_parent:24 <module>:40( \?)*$' || bad "$other: the parent: $(stacks)"

    for ((i = 0; i < 30; i++)); do
        watch symbolize=0 timeout 600 "$other" "$source/daemons.py"
    done
done

# The frames that are read are those of one interpreter: of the innermost one since 3.12, and
# before of the first one, so that the other one's socket has frames of none.
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
inside='^1 socket\.__init__:[0-9]* inside:4 <module>:5$'
[ "$version" != 3.11 ] || inside='^1 ?.* UNREAD$'
for depth in 0 40; do
    watch symbolize=0 "$python" "$source/subinterpreter.py" "$depth"
    [ "$(stacks | grep -c '^1 socket.__init__:[0-9]* outside:15 <module>:\(28\|30\)$')" = 2 ] ||
        bad "around another interpreter: $(stacks)"
    stacks | grep -v ' outside:15 ' >"$work/inside"
    if [ ! -s "$work/inside" ] || grep -vq "$inside" "$work/inside"; then
        bad "in another interpreter, $depth deep: $(cat "$work/inside")"
    fi
done
watch frames=1:symbolize=0 "$python" "$source/subinterpreter.py" 0
[ "$(stacks | grep -c '^[123] socket.__init__:')" = 1 ] || bad "one frame of another interpreter: $(stacks)"
if [ "$version" = 3.11 ]; then
    LD_PRELOAD=$library "$python" "$source/subinterpreter.py" 0 >"$work/out" 2>"$work/err"
    grep -qF '(Python code was running, but its frames could not be read)' "$work/err" || bad "the text does not say so"
fi

# A child of a program whose threads are in hooks ends at once.
watch symbolize=0 timeout 600 "$python" "$source/forks_of_threads.py"

# shellcheck disable=SC2046 # words for the compiler
"${CC:-gcc}" -g -o "$work/embed" "$source/embed.c" $("$python"-config --embed --cflags --ldflags) 2>"$work/cc" ||
    bad "$(cat "$work/cc")"
watch symbolize=1 "$work/embed"
[ "$(stacks | grep -c '^1 open_socket in_main:3 <module>:4 main$')" = 1 ] || bad "in main: $(stacks)"
[ "$(stacks | grep -c '^1 open_socket in_thread:2 <module>:3 work$')" = 1 ] || bad "in a thread: $(stacks)"
[ "$(stacks | grep -c '^1 open_socket .* UNREAD$')" = 2 ] || bad "in the second round: $(stacks)"
[ "$(stacks | wc -l)" = 4 ] || bad "the program's own sockets are closed: $(stacks)"

# An interpreter that is loaded later, as a plug-in, and unloaded.
plugin=$("$python" -c 'import sysconfig as at; print(at.get_config_var("LIBDIR"), at.get_config_var("INSTSONAME"), sep="/")')
"${CC:-gcc}" -g -o "$work/load" "$source/load.c" 2>"$work/cc" || bad "$(cat "$work/cc")"
watch symbolize=1 "$work/load" "$plugin"
[ "$(stacks | grep -c '^1 socket.__init__:[0-9]* in_plugin:4 <module>:5')" = 1 ] || bad "in an interpreter that was loaded: $(stacks)"

# A C extension stands where it was called, and the line to look at is the program's own.
# Not every interpreter has this one.
[ -z "${PYTHON:-}" ] || "$python" -c 'import pycurl' 2>"$work/err" || finish
cat >"$work/client.py" <<'END'
import os
import pycurl

kept = []


def make():
    kept.append(pycurl.Curl())


for _ in range(3):
    make()
os._exit(0)
END
cd "$work"
LD_PRELOAD=$library "$python" client.py >"$work/out" 2>"$work/err"
for line in '^3 curl.easy' '^    #0 0x.* in do_curl_new ' '^    #1 in make client.py:8   <-- here$' \
    '^    #2 in <module> client.py:12$' 'suppress: curl.easy\[max=3\]:make$'; do
    grep -qE "$line" err || bad "pycurl: no $line in $(cat err)"
done
finish
