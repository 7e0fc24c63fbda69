# Runs programs with and without the library and compares; sourced by
# programs/*.sh.
# shellcheck shell=bash

. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

work=$build_dir/programs/$(basename "$0" .sh)
mkdir -p "$work"
rm -rf "${work:?}"/*
if [ -f "${TEST_SERVERS:-}" ]; then
    # shellcheck source=/dev/null
    . "$TEST_SERVERS"
else
    "$source_dir/tests/servers/nginx.sh" start "$build_dir/programs/servers.$$" $$
    trap '"$source_dir/tests/servers/nginx.sh" stop "$build_dir/programs/servers.$$"' EXIT
    # shellcheck source=/dev/null
    . "$build_dir/programs/servers.$$/env"
fi
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
watch=(env "LD_PRELOAD=$library")

need() { # PROGRAM...: a missing program is a failure, never a reason to skip
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || {
            bad "$program is not installed (tests/packages.txt)"
            finish
        }
    done
}

# Runs COMMAND plainly and watched, each in a folder of its own, and compares
# stdout and status byte for byte. What the program and the library wrote to
# stderr stays in $work/NAME.watched.err, the status in $status.
compare() { # NAME COMMAND...
    local name=$1 how
    shift
    for how in plain watched; do
        rm -rf "$work/$name.$how" && mkdir -p "$work/$name.$how"
        local prefix=(env)
        [ "$how" = plain ] || prefix=("${watch[@]}")
        status=0
        (cd "$work/$name.$how" && timeout "${limit:-60}" "${prefix[@]}" "$@") </dev/null \
            >"$work/$name.$how.out" 2>"$work/$name.$how.err" || status=$?
        echo "$status" >"$work/$name.$how.status"
    done
    cmp -s "$work/$name.plain.status" "$work/$name.watched.status" || {
        bad "$name: status $(cat "$work/$name.plain.status") became $(cat "$work/$name.watched.status")"
        tail -n 20 "$work/$name.watched.err"
    }
    diff -a -u "$work/$name.plain.out" "$work/$name.watched.out" >"$work/$name.diff" || {
        bad "$name: stdout differs"
        head -n 20 "$work/$name.diff"
    }
}

clean() { # NAME: the watched run of NAME printed no report
    ! grep -a sessguard "$work/$1.watched.err" >/dev/null || {
        bad "$1: expected no report"
        head -n 40 "$work/$1.watched.err"
    }
}

reports() { # NAME REGEX...: the watched run of NAME reported these
    local name=$1 regex
    shift
    for regex in "$@"; do
        grep -aqE -- "$regex" "$work/$name.watched.err" || {
            bad "$name: the report lacks $regex"
            head -n 40 "$work/$name.watched.err"
        }
    done
}
