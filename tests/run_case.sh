#!/bin/bash
# Builds and runs the programs of tests/cases and compares them with the
# expectations that stand in them as comments. tests/README.md lists these.
#
#   tests/run_case.sh [-l LIBRARY] [-w WORK] [-s SERVERS] CASE...
#
# LIBRARY is libsessguard.so (build/libsessguard.so), WORK a folder for what is
# built (build/cases), SERVERS the file that servers/nginx.sh wrote; without
# one, a case that needs the server starts its own.
set -eu

tests=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$tests")
library=$root/build/libsessguard.so
work=$root/build/cases
servers=
while getopts l:w:s: flag; do
    case $flag in
    l) library=$OPTARG ;;
    w) work=$OPTARG ;;
    s) servers=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { echo "usage: $0 [-l LIBRARY] [-w WORK] [-s SERVERS] CASE..." >&2; exit 2; }
[ -f "$library" ] || { echo "$0: no library at $library" >&2; exit 2; }
library=$(realpath "$library")
mkdir -p "$work"
work=$(cd "$work" && pwd)

# The outcome must not depend on what the caller happens to have set.
unset LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS http_proxy https_proxy all_proxy no_proxy
export LC_ALL=C TZ=UTC
ulimit -c 0

own_servers=
stop_own_servers() {
    [ -z "$own_servers" ] || "$tests/servers/nginx.sh" stop "$own_servers"
}
trap stop_own_servers EXIT

values() { # KEY: the values of all lines `// KEY: value`, one a line
    sed -n "s|^// $1: ||p" "$file"
}

has() {
    grep -qE "^// $1(:|\$)" "$file"
}

complain() { # REASON [FILE]: a failure, with what helps to see why
    [ "$failed" = 1 ] || echo "FAIL $name: $1"
    [ "$failed" = 0 ] || echo "     also: $1"
    failed=1
    if [ $# -gt 1 ]; then sed 's/^/    | /' "$2" | head -n 80; fi
}

expand() { # the words in @ that an expectation may use
    sed -e "s|@DIR@|$1|g" -e "s|@SRC@|$tests/cases|g" -e "s|@LIB@|$library|g" \
        -e "s|@PROG@|$prog|g" -e "s|@HTTP@|${TEST_HTTP_URL:-}|g" -e "s|@HTTPS@|${TEST_HTTPS_URL:-}|g"
}

build() {
    local compiler=${CC:-gcc} standard=-std=gnu17 part
    case $file in *.cpp) compiler=${CXX:-g++} standard=-std=gnu++17 ;; esac
    local flags=("$standard" -D_GNU_SOURCE -g -O1 -fno-optimize-sibling-calls -pthread -I"$tests/cases/lib")
    local extra libs=()
    mapfile -t extra < <(values CFLAGS | tr -s ' ' '\n' | expand "$dir")
    mapfile -t libs < <(values LIBS | tr -s ' ' '\n' | expand "$dir")
    for part in $(values WITH); do # a library that the program is linked with
        # shellcheck disable=SC2046 # the flags of a part are words
        "$compiler" "${flags[@]}" -fPIC -shared -o "$dir/lib$(basename "${part%.*}").so" \
            "$tests/cases/lib/$part" $(values WITH_LIBS) || return 1
        libs=("$dir/lib$(basename "${part%.*}").so" "${libs[@]}")
    done
    for part in $(values PLUGIN); do # a library that the program loads itself
        # shellcheck disable=SC2046
        "${CC:-gcc}" "${flags[@]/gnu++17/gnu17}" -fPIC -shared -o "$dir/$(basename "${part%.*}").so" \
            "$tests/cases/lib/$part" $(values PLUGIN_LIBS | expand "$dir") || return 1
    done
    "$compiler" "${flags[@]}" "${extra[@]}" -o "$prog" "$file" -Wl,-rpath,"$dir" "${libs[@]}" || return 1
    if has POST; then (cd "$dir" && sh -euc "$(values POST | expand "$dir")") || return 1; fi
}

run() { # plain|watched: runs the program, leaves stdout, stderr and status
    local here=$dir/$1 watch=(env) line
    rm -rf "$here" && mkdir -p "$here/cwd"
    [ -z "${TEST_HTTP_URL:-}" ] || watch+=(TEST_HTTP_URL="$TEST_HTTP_URL" TEST_HTTPS_URL="$TEST_HTTPS_URL")
    watch+=(CASE_DIR="$dir")
    if [ "$1" = watched ]; then
        watch+=(LD_PRELOAD="$library")
        if has MODE; then watch+=(SESSGUARD_MODE="$(values MODE)"); fi
        # A machine that is slow is not what is tested, unless the case says so.
        local patient=close_timeout_ms=60000
        [[ $(values MODE) = *close ]] || patient=
        while IFS= read -r line; do
            if [[ $line = SESSGUARD_OPTIONS=* ]]; then
                [ -z "$patient" ] || [[ $line = *close_timeout_ms=* ]] || line+=:$patient
                patient=
            fi
            watch+=("$line")
        done < <(values ENV | expand "$here/cwd")
        [ -z "$patient" ] || watch+=("SESSGUARD_OPTIONS=$patient")
    fi
    local args=()
    mapfile -t args < <(values ARGS | tr -s ' ' '\n' | expand "$here/cwd")
    local status=0
    (
        cd "$here/cwd"
        if has SETUP; then sh -euc "$(values SETUP | expand "$here/cwd")" >../setup.log 2>&1; fi
        if has RUN; then
            printf -v WATCH '%q ' "${watch[@]}"
            line=$(values RUN | expand "$here/cwd")
            exec timeout 600 bash -c "${line//WATCH/$WATCH}"
        fi
        exec timeout 600 "${watch[@]}" "$prog" "${args[@]}"
    ) </dev/null >"$here/stdout" 2>"$here/stderr" || status=$?
    echo "$status" >"$here/status"
}

one() {
    file=$1
    name=$(basename "${file%.*}")
    dir=$work/$name
    prog=$dir/$name
    failed=0
    mkdir -p "$dir"
    if ! has EXPECT && ! has CLEAN && ! has CHECK; then
        complain "has no EXPECT, CLEAN or CHECK"
        return
    fi
    if has SERVER; then
        if [ -z "$servers" ]; then
            own_servers=$work/servers.$$
            "$tests/servers/nginx.sh" start "$own_servers"
            servers=$own_servers/env
        fi
        # shellcheck source=/dev/null
        . "$servers"
    fi
    if ! build >"$dir/build.log" 2>&1; then
        complain "does not build" "$dir/build.log"
        return
    fi
    run plain
    run watched

    local plain=$dir/plain watched=$dir/watched report=$dir/watched/stderr want
    want=$(values EXIT)
    [ "$(cat "$plain/status")" = "${want:-0}" ] ||
        complain "without the library the status is $(cat "$plain/status"), not ${want:-0}" "$plain/stderr"
    want=$(values EXIT_WATCHED)
    [ "$(cat "$watched/status")" = "${want:-$(cat "$plain/status")}" ] ||
        complain "with the library the status is $(cat "$watched/status"), not ${want:-$(cat "$plain/status")}" "$watched/stderr"
    diff -a -u "$plain/stdout" "$watched/stdout" >"$dir/diff" || complain "stdout differs" "$dir/diff"
    if has CLEAN; then
        diff -a -u "$plain/stderr" "$watched/stderr" >"$dir/diff" ||
            complain "expected no report at all" "$dir/diff"
    else
        "$tests/strip_report.sh" <"$watched/stderr" >"$dir/rest"
        diff -a -u "$plain/stderr" "$dir/rest" >"$dir/diff" ||
            complain "stderr differs, our report aside" "$dir/diff"
    fi
    if has REPORT; then
        report=$watched/cwd/$(values REPORT)
        [ -f "$report" ] || { complain "no report in $(values REPORT)" "$watched/stderr"; return; }
    fi
    while IFS= read -r want; do
        grep -aqE -- "$want" "$report" || complain "the report lacks: $want" "$report"
    done < <(values EXPECT | expand "$watched/cwd")
    while IFS= read -r want; do
        ! grep -aqE -- "$want" "$report" || complain "the report has: $want" "$report"
    done < <(values REJECT | expand "$watched/cwd")
    while IFS= read -r want; do
        (cd "$watched/cwd" && REPORT=$report bash -euo pipefail -c "$want") >"$dir/check.log" 2>&1 || {
            cat "$report" >>"$dir/check.log"
            complain "check failed: $want" "$dir/check.log"
        }
    done < <(values CHECK | expand "$watched/cwd")
}

total=0
for case in "$@"; do
    one "$(realpath "$case")"
    if [ "$failed" = 0 ]; then echo "ok $name"; else total=$((total + 1)); fi
done
[ "$total" = 0 ]
