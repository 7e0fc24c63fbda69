#!/bin/bash
# aiohttp's own tests of its client give the same results with the library as
# without it: every test ends as it does plainly, in every mode.
#
#   tests/suites/aiohttp.sh [-m "MODE..."] [TEST...]
#
# It fetches the source of Debian's aiohttp with `apt-get source`, for the tests,
# and the package of the same version, which is what is tested and is not
# installed. The modes are warn, silence and auto-close, all three unless -m
# names some. TEST are files of the tests, or tests as pytest names them
# (tests/test_connector.py::test_close); without any, all files of the client.
# Each test with an event loop runs with asyncio's and with uvloop's. Nothing
# outside the machine is needed once all is fetched.
#
# This is not a part of run.sh: a run takes two minutes. Packages that are
# missing (aiohttp.packages.txt) are installed, which needs root or sudo.
#
# A test that ends otherwise is run again, alone, at most twice both plainly and
# watched, and printed: one that then ends alike is flaky, any other a failure.
# Many of these tests leave sessions open on purpose, for the interpreter to
# collect or to its end, so a leak is no failure. Outcomes, logs and reports stay
# in the work folder.
set -eu
. "$(dirname "$0")/../environment.sh"
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
export LC_ALL=C.UTF-8
# Debian's own, for which the packages are installed.
python=/usr/bin/python3
library=$(realpath "$library")
suites=$source_dir/tests/suites
limit=900

modes='warn silence auto-close'
while getopts m: option; do
    case $option in
    m) modes=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

mkdir -p "$build_dir/suites/aiohttp"
work=$(realpath "$build_dir/suites/aiohttp")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

source_of_aiohttp() { # its folder, or nothing before it is there
    find "$work" -mindepth 1 -maxdepth 1 -type d -name 'python-aiohttp-*'
}

# Runs tests into work/NAME: "log", "status", and in "tests" the outcome of each.
# The options of setup.cfg want a measurement of the coverage.
run() { # NAME MODE TEST...
    local folder=$work/$1 mode=$2 status=0 watch=()
    shift 2
    rm -rf "$folder" && mkdir -p "$folder/reports" && : >"$folder/processes"
    if [ "$mode" != plain ]; then
        # That every process writes a line, also without leaks, proves that it is watched.
        watch=("LD_PRELOAD=$library" "SESSGUARD_MODE=$mode"
            "SESSGUARD_OPTIONS=report_clean=1:format=json:output=$folder/processes:log_path=$folder/reports/%n.%p")
    fi
    (cd "$(source_of_aiohttp)" && TMPDIR=$scratch OUTCOMES=$folder/outcomes PYTHONDONTWRITEBYTECODE=1 \
        PYTHONPATH=$suites/aiohttp:$work/package/usr/lib/python3/dist-packages PYTHONSAFEPATH=1 \
        timeout "$limit" env "${watch[@]}" "$python" -m pytest -o addopts= -p no:cacheprovider -p outcomes \
        --aiohttp-loop=all "$@") </dev/null >"$folder/log" 2>&1 || status=$?
    echo "exit status $status" >"$folder/status"
    sort "$folder/outcomes" >"$folder/tests" || true
}

outcome() { # NAME TEST: how the test ended there, all on one line
    TEST=$2 awk -F '\t' '$1 == ENVIRON["TEST"] { printf "%s%s", separator, $2; separator = " + " }
        END { if (!separator) printf "did not run" }' "$work/$1/tests"
}

# A test may fail for what one before it left to be collected, or for the time
# that passed: then it ends alike on its own.
again() { # MODE TEST
    local mode=$1 name=$2 plain watched
    for _ in 1 2; do
        run again.plain plain "$name"
        run "again.$mode" "$mode" "$name"
        plain=$(outcome again.plain "$name")
        watched=$(outcome "again.$mode" "$name")
        echo "  again $name: plain $plain, $mode $watched"
        [ "$plain" != "$watched" ] || return 0
    done
    return 1
}

count() { # REGEX FILE: how many lines match, which may be none
    grep -c "$1" "$2" || true
}

came_to_its_end() { # NAME
    # pytest's status is 0 or 1 where all tests ran, however they ended.
    grep -qx 'exit status [01]' "$work/$1/status" && [ -s "$work/$1/tests" ] && return
    bad "$1: the run did not come to its end: $(cat "$work/$1/status")"
    tail -n 20 "$work/$1/log"
}

results() { # NAME
    echo "$(count $'\tcall passed' "$work/$1/tests") passed, $(count $'\t[a-z]* failed' "$work/$1/tests") failed," \
        "$(count 'skipped' "$work/$1/tests") skipped"
}

compare() { # MODE
    local mode=$1 name differing=0
    came_to_its_end "$mode"
    while IFS= read -r name; do
        differing=$((differing + 1))
        echo "  $name: plain $(outcome plain "$name"), $mode $(outcome "$mode" "$name")"
        again "$mode" "$name" || bad "$mode: $name differs"
    done < <(comm -3 "$work/plain/tests" "$work/$mode/tests" | sed 's/^\t//' | cut -f1 | sort -u)
    # One that differs makes the whole differ, and has been counted.
    [ "$differing" -gt 0 ] || cmp -s "$work/plain/status" "$work/$mode/status" || bad "$mode: the status differs"
    [ -s "$work/$mode/processes" ] || bad "$mode: no process was watched"
    echo "$mode: $(results "$mode"); $differing differ at first from plain;" \
        "$(jq -rs '"\(length) processes watched, which opened \(map(.totals.opened) | add // 0)" +
            " and leaked \(map(.totals.leaked) | add // 0)"' "$work/$mode/processes"); $SECONDS s so far"
}

[ -f "$library" ] || bad "$library is not there"
[ "$failures" = 0 ] || finish
"$source_dir/tests/install.sh" "$suites/aiohttp.packages.txt"
if [ -z "$(source_of_aiohttp)" ] || [ ! -d "$work/package" ]; then
    echo "fetching aiohttp with apt-get source"
    "$suites/fetch_source.sh" "$work" python-aiohttp python3-aiohttp >"$work/fetch.log" 2>&1
fi
tests=("$@")
if [ $# = 0 ]; then
    mapfile -t tests < <(cd "$(source_of_aiohttp)" && find tests -name 'test_client_*.py' -o -name 'test_proxy*.py' \
        -o -name 'test_connector.py' -o -name 'test_cookiejar.py' -o -name 'test_formdata.py' -o -name 'test_loop.py' \
        -o -name 'test_resolver.py' -o -name 'test_tcp_helpers.py' -o -name 'test_test_utils.py' \
        -o -name 'test_tracing.py' -o -name 'test_web_websocket_functional.py' | sort)
fi
echo "aiohttp $(cat "$work/version"), ${#tests[@]} files or tests"
run plain plain "${tests[@]}"
came_to_its_end plain
echo "plain: $(results plain); $SECONDS s so far"
sed -n 's/\t\([a-z]* failed\)/: \1/p' "$work/plain/tests" | sed 's/^/  plainly: /'
for mode in $modes; do
    run "$mode" "$mode" "${tests[@]}"
    compare "$mode"
done
finish
