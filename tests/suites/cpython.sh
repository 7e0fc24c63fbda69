#!/bin/bash
# CPython's own tests give the same results with the library as without it:
# every single test of every module ends as it does plainly, in every mode.
#
#   tests/suites/cpython.sh [-j NUMBER] [-m "MODE..."] [-s] [MODULE...]
#
# It runs NUMBER modules at a time, which mostly wait, or one after the other.
# The modes are warn, silence and auto-close, all three unless -m names some;
# the modules are those below. Reports go to files, since many tests want the
# stderr of a child to be empty; with -s they go to stderr, where those tests
# fail by design if the child leaks. Children are watched too.
#
# What differs is run again, alone, at most twice both plainly and watched, and
# printed: a test that then ends alike is flaky, any other is a failure.
# Every module's table of outcomes and every report stay in the work folder.
set -eu
. "$(dirname "$0")/../environment.sh"
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
export LC_ALL=C.UTF-8
# Debian's own, for which the package of the tests is installed.
python=/usr/bin/python3
limit=900

modes='warn silence auto-close' reports=files jobs=1
while getopts j:m:s option; do
    case $option in
    j) jobs=$OPTARG ;;
    m) modes=$OPTARG ;;
    s) reports=stderr ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
modules=("$@")
# The longest first, so that they do not come last.
[ $# -gt 0 ] || modules=(test_asyncio test_multiprocessing_fork test_subprocess test_socket test_ssl
    test_threading test_fork1 test_posix test_os)

# Not where the build is: its path may be too long for the name of a socket.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Runs a module, or some of its tests, into WORK: the log, the outcome of each
# test in "tests", the overall one in "status". A socket of the family VSOCK
# needs a virtual machine's host that answers; where none does, plain Python
# waits for ever.
run() { # WORK MODE MODULE [REGRTEST-OPTION...]
    local work=$1 mode=$2 module=$3 status=0 watch=()
    shift 3
    rm -rf "$work" && mkdir -p "$work/reports" && : >"$work/processes"
    if [ "$mode" != plain ]; then
        watch=("LD_PRELOAD=$library" "SESSGUARD_MODE=$mode")
        # That every process writes a line, also without leaks, proves that it is watched.
        [ "$reports" = stderr ] ||
            watch+=("SESSGUARD_OPTIONS=report_clean=1:format=json:output=$work/processes:log_path=$work/reports/%n.%p")
    fi
    (cd "$scratch" && timeout "$limit" env "${watch[@]}" "$python" -m test -v --tempdir "$scratch" \
        --junit-xml "$work/junit.xml" -i 'ThreadedVSOCKSocketStreamTest' "$@" "$module") \
        </dev/null >"$work/log" 2>&1 || status=$?
    {
        echo "exit status $status"
        sed -n '/^Tests result: /p; /altered the execution environment/p' "$work/log"
    } >"$work/status"
    "$python" - "$work/junit.xml" >"$work/tests" 2>>"$work/log" <<'EOF' || true
import sys, xml.etree.ElementTree as tree

last = ""
for case in tree.parse(sys.argv[1]).iter("testcase"):
    # A test of which a part fails has no name of its own.
    name = case.get("name") or "after " + last
    last = name
    outcome = "ok" if case.get("name") else "failed in a part"
    for child in case:
        if child.tag in ("error", "failure"):
            outcome = child.tag + " " + child.get("type", "")
        elif child.tag == "output":
            outcome = "expected failure"
        elif child.tag == "skipped":
            outcome = "skipped: " + " ".join((child.text or "").split())
        elif child.tag not in ("system-out", "system-err"):
            outcome = child.tag
    if case.get("outcome"):
        outcome = case.get("outcome")
    print(name, outcome, sep="\t")
EOF
    sort -o "$work/tests" "$work/tests"
}

outcome() { # WORK NAME: how the test ended there, all on one line
    awk -F '\t' -v name="$2" '$1 == name { printf "%s%s", separator, $2; separator = " + " }
        END { if (!separator) printf "did not run" }' "$1/tests"
}

# A test that ended otherwise once may be flaky: then it ends alike on its own.
again() { # MODULE MODE WORK NAME
    local module=$1 mode=$2 work=$3 name=$4 plain watched
    for _ in 1 2; do
        run "$work/again.plain" plain "$module" -m "$name"
        run "$work/again.$mode" "$mode" "$module" -m "$name"
        plain=$(outcome "$work/again.plain" "$name")
        watched=$(outcome "$work/again.$mode" "$name")
        echo "  again $name: plain $plain, $mode $watched"
        [ "$plain" != "$watched" ] || return 0
    done
    return 1
}

compare() { # MODULE MODE
    local module=$1 mode=$2 name differing=0
    local plain=$work/$module.plain watched=$work/$module.$mode
    run "$watched" "$mode" "$module"
    [ -s "$watched/tests" ] || {
        bad "$module $mode: no outcomes"
        tail -n 30 "$watched/log"
        return
    }
    while IFS= read -r name; do
        differing=$((differing + 1))
        echo "  $name: plain $(outcome "$plain" "$name"), $mode $(outcome "$watched" "$name")"
        again "$module" "$mode" "$watched.again" "$name" || bad "$module $mode: $name differs"
    done < <(comm -3 "$plain/tests" "$watched/tests" | sed 's/^\t//' | cut -f1 | sort -u)
    # One that differs makes the whole differ, and has been counted.
    [ "$differing" -gt 0 ] || cmp -s "$plain/status" "$watched/status" || {
        bad "$module $mode: the overall result differs"
        diff "$plain/status" "$watched/status" || true
    }
    [ "$reports" = stderr ] || [ -s "$watched/processes" ] || bad "$module $mode: no process was watched"
    echo "$module $mode: $(wc -l <"$watched/tests") tests, $differing differ at first;" \
        "$(wc -l <"$watched/processes") processes watched," \
        "$(grep -c '"leaked": [1-9]' "$watched/processes") leaked; $SECONDS s so far"
}

check() { # MODULE: plainly, then in each mode
    local module=$1 mode
    run "$work/$module.plain" plain "$module"
    [ -s "$work/$module.plain/tests" ] || {
        bad "$module: no outcomes even without the library"
        tail -n 30 "$work/$module.plain/log"
        return
    }
    echo "$module plain: $(wc -l <"$work/$module.plain/tests") tests," \
        "$(grep -c $'\tok$' "$work/$module.plain/tests") ok; $SECONDS s so far"
    for mode in $modes; do
        compare "$module" "$mode"
    done
}

work=$build_dir/suites/cpython
mkdir -p "$work"
"$python" -c 'import test.test_os' || bad "Python's tests are not installed (tests/packages.txt)"
[ -f "$library" ] || bad "$library is not there"
[ "$failures" = 0 ] || finish
for module in "${modules[@]}"; do
    check "$module" >"$work/$module.result" 2>&1 &
    while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
        wait -n || true
    done
done
wait
for module in "${modules[@]}"; do
    cat "$work/$module.result"
    failures=$((failures + $(grep -c '^FAIL' "$work/$module.result" || true)))
done
finish
