# Runs programs without the library and with it in every mode, and compares;
# sourced by programs/*.sh.
# shellcheck shell=bash

. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

work=$build_dir/programs/$(basename "$0" .sh)
mkdir -p "$work"
rm -rf "${work:?}"/*
# Functions that are called when the script ends.
ends=()
at_end() {
    local end
    for end in "${ends[@]}"; do "$end"; done
}
trap at_end EXIT
stop_web_server() { "$source_dir/tests/servers/nginx.sh" stop "$build_dir/programs/servers.$$"; }
if [ "${web_server:-yes}" = no ]; then
    : # the script needs none
elif [ -f "${TEST_SERVERS:-}" ]; then
    # shellcheck source=/dev/null
    . "$TEST_SERVERS"
else
    "$source_dir/tests/servers/nginx.sh" start "$build_dir/programs/servers.$$" $$
    ends+=(stop_web_server)
    # shellcheck source=/dev/null
    . "$build_dir/programs/servers.$$/env"
fi
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS

modes=(warn silence auto-close)
# How a program is run: plainly, and watched in each mode.
ways=(plain "${modes[@]}")

# Where programs that cannot be watched are run, this is "no".
is_watched=yes
# A folder that the programs may write to.
reports_in=$work

# To run something beside these in the mode that is the default.
# shellcheck disable=SC2034
watch=(env "LD_PRELOAD=$library")

# Sets `prefix`, the words that a command is started with. In silence every
# process that was watched leaves a line in NAME.silence.report: the proof that
# the library was there, where nothing else shows it.
start_in() { # WAY NAME
    prefix=(env)
    [ "$1" = plain ] || prefix=(env "LD_PRELOAD=$library" "SESSGUARD_MODE=$1")
    # A machine that is slow is not what is tested.
    [ "$1" != auto-close ] ||
        prefix+=("SESSGUARD_OPTIONS=${SESSGUARD_OPTIONS:+$SESSGUARD_OPTIONS:}close_timeout_ms=${close_timeout:-60000}")
    [ "$1" != silence ] || prefix+=("SESSGUARD_OPTIONS=report_clean=1:output=$reports_in/$2.silence.report")
}

need() { # PROGRAM...: a missing program is a failure, never a reason to skip
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || {
            bad "$program is not installed (tests/packages.txt)"
            finish
        }
    done
}

# What a program prints differently in every run is made the same by a script
# that defines this anew, as narrowly as it can.
normalise() { cat; }

# Compares $work/NAME.plain.* with those of each mode: .status, .out, and .err
# less our report, which in silence there must not be. Byte for byte.
same() { # NAME
    local name=$1 way
    normalise <"$work/$name.plain.out" >"$work/$name.plain.out.same"
    normalise <"$work/$name.plain.err" >"$work/$name.plain.err.same"
    for way in "${modes[@]}"; do
        cmp -s "$work/$name.plain.status" "$work/$name.$way.status" || {
            bad "$name: status $(cat "$work/$name.plain.status") became $(cat "$work/$name.$way.status") in $way"
            tail -n 20 "$work/$name.$way.err"
        }
        normalise <"$work/$name.$way.out" >"$work/$name.$way.out.same"
        diff -a -u "$work/$name.plain.out.same" "$work/$name.$way.out.same" >"$work/$name.diff" || {
            bad "$name: stdout differs in $way"
            head -n 20 "$work/$name.diff"
        }
        cp "$work/$name.$way.err" "$work/$name.$way.err.rest"
        [ "$way" = silence ] || "$source_dir/tests/strip_report.sh" <"$work/$name.$way.err" >"$work/$name.$way.err.rest"
        normalise <"$work/$name.$way.err.rest" >"$work/$name.$way.err.same"
        diff -a -u "$work/$name.plain.err.same" "$work/$name.$way.err.same" >"$work/$name.diff" || {
            bad "$name: stderr differs in $way, our report aside"
            head -n 20 "$work/$name.diff"
        }
    done
    [ "$is_watched" = no ] || [ -s "$reports_in/$name.silence.report" ] || bad "$name: it did not run under the library"
}

# Runs COMMAND in one way, in a folder of its own, $work/NAME.WAY, and keeps
# what it wrote and its status.
run() { # NAME WAY COMMAND...
    local name=$1 way=$2 prefix status=0
    shift 2
    rm -rf "$work/$name.$way" && mkdir -p "$work/$name.$way"
    start_in "$way" "$name"
    (cd "$work/$name.$way" && timeout "${limit:-600}" "${prefix[@]}" "$@") </dev/null \
        >"$work/$name.$way.out" 2>"$work/$name.$way.err" || status=$?
    echo "$status" >"$work/$name.$way.status"
}

# Runs COMMAND in every way and compares.
compare() { # NAME COMMAND...
    local name=$1 way
    shift
    for way in "${ways[@]}"; do run "$name" "$way" "$@"; done
    same "$name"
}

outline() { # FILE: what its reports say in short, or how it begins
    grep -aE 'sessguard|never closed' "$1" | head -n 20 | grep . || head -n 20 "$1"
}

# Complains of what FILE lacks, and shows the file once.
has() { # NAME FILE REGEX...
    local name=$1 file=$2 regex lacks=
    shift 2
    for regex in "$@"; do
        grep -aqE -- "$regex" "$file" || lacks="$lacks  $regex"
    done
    [ -z "$lacks" ] || {
        bad "$name: $(basename "$file") lacks$lacks"
        outline "$file"
    }
}

# A program that fails in the same way in every mode proves nothing.
prints() { # NAME REGEX...: without the library its stdout has these lines
    local name=$1
    shift
    has "$name" "$work/$name.plain.out" "$@"
}

clean() { # NAME: no watched run of NAME printed a report
    local name=$1 way
    for way in "${modes[@]}"; do
        ! grep -aq sessguard "$work/$name.$way.err" || {
            bad "$name: expected no report in $way"
            outline "$work/$name.$way.err"
        }
    done
    [ "$is_watched" = no ] || ! grep -aqv '^==[0-9]*==sessguard: no leaks ([0-9]* opened)$' "$reports_in/$name.silence.report" || {
        bad "$name: expected no report in silence"
        outline "$reports_in/$name.silence.report"
    }
}

reports() { # NAME REGEX...: every watched run of NAME reported these
    local name=$1 report
    shift
    for report in "$work/$name.warn.err" "$work/$name.auto-close.err" "$reports_in/$name.silence.report"; do
        has "$name" "$report" "$@"
    done
}
