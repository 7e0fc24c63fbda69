#!/bin/bash
# CPython's own tests give the same results with the library as without it:
# every single test of every module ends as it does plainly, in every mode.
#
#   tests/suites/cpython.sh [-b BUILD] [-j NUMBER] [-m "MODE..."] [-q] [-s] [MODULE...]
#
# It runs NUMBER modules at a time, which mostly wait, or one after the other.
# The modes are warn, silence and auto-close, all three unless -m names some;
# the modules are those below. Reports go to files, since many tests want the
# stderr of a child to be empty. With -s they go to stderr, and such a test fails
# if its child leaks indeed, as it should: of those below it is one,
# test_shared_memory_SharedMemoryManager_reuses_resource_tracker, whose manager
# never closes the connection that told it to end. Children are watched too.
#
# With -b the interpreter is not Debian's, but BUILD of its source: "release", or
# "debug" (configure --with-pydebug), which checks itself. They have what Debian's
# package lacks, the program of test_embed and the modules of test_capi. The source
# is fetched with `apt-get source`, what building it needs (cpython.packages.txt) is
# installed; each is built once, in three minutes.
#
# With -q each module runs watched first, and plainly only those of its tests that did
# not end well then, or not at all: Python tells which tests there are. It takes half the
# time, and does not see that a test ends well with the library alone.
#
# What differs is run again, alone, at most twice both plainly and watched, and
# printed: a test that then ends alike is flaky, any other is a failure.
# Every module's table of outcomes and every report stay in the work folder.
set -eu
. "$(dirname "$0")/../environment.sh"
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
export LC_ALL=C.UTF-8
# Debian's own, for which the package of the tests is installed, or another one that has them.
python=${PYTHON:-/usr/bin/python3}
limit=3000

modes='warn silence auto-close' reports=files jobs=1 build='' quick=no
while getopts b:j:m:qs option; do
    case $option in
    b) build=$OPTARG ;;
    j) jobs=$OPTARG ;;
    m) modes=$OPTARG ;;
    q) quick=yes ;;
    s) reports=stderr ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
modules=("$@")
[ $# -gt 0 ] || [ -z "$build" ] || modules=(test_embed test_capi test_audit test_gc test_sys test_code test_import
    test_importlib test__xxsubinterpreters test_weakref test_threading test_httplib)
# The longest first, so that they do not come last.
[ "${#modules[@]}" -gt 0 ] || modules=(test_asyncio test_multiprocessing_fork test_subprocess test_socket test_ssl
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

count() { # REGEX FILE: how many lines match, which may be none
    grep -c "$1" "$2" || true
}

compare() { # MODULE MODE: with a plain run of all, unless -q says that there is less to compare
    local module=$1 mode=$2 name differing=0
    local plain=$work/$module.plain watched=$work/$module.$mode
    if [ "$quick" = no ]; then
        run "$watched" "$mode" "$module"
    else
        plain=$plain.rest
        run_rest "$module" "$mode" "$plain"
        watched=$watched.rest
    fi
    [ -s "$work/$module.$mode/tests" ] || {
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
    local seen
    if [ "$reports" = files ]; then
        seen="$(wc -l <"$watched/processes") processes watched, $(count '"leaked": [1-9]' "$watched/processes") leaked"
    else
        seen="$(count 'WARNING: sessguard' "$watched/log") reports in the log"
    fi
    echo "$module $mode: $(wc -l <"$work/$module.$mode/tests") tests, $(wc -l <"$plain/tests") compared, $differing differ at first; $seen; $SECONDS s so far"
}

# Runs the module watched, and plainly what did not end well. Leaves both outcomes of these in
# PLAIN and in the folder of the watched run with ".rest" after its name; those of the whole,
# where more than single tests went wrong.
run_rest() { # MODULE MODE PLAIN
    local module=$1 mode=$2 plain=$3 watched=$work/$1.$2 name options=()
    run "$watched" "$mode" "$module"
    rm -rf "$watched.rest" "$plain"
    cp -r "$watched" "$watched.rest"
    (cd "$scratch" && "$python" -m test --list-cases -i 'ThreadedVSOCKSocketStreamTest' "$module" 2>/dev/null) |
        grep '^test' | sort -u >"$watched/cases"
    cut -f1 "$watched/tests" | sort -u | comm -13 - "$watched/cases" >"$watched/missing"
    sed -n '/\tok$/!s/\t.*//p' "$watched/tests" | sort -u | cat - "$watched/missing" >"$watched/rest"
    if [ ! -s "$watched/cases" ] || ! grep -qx 'exit status 0' "$watched/status" ||
        grep -q 'altered the execution' "$watched/status" || grep -qv '^test' "$watched/rest"; then
        run "$plain" plain "$module"
        return
    fi
    while IFS= read -r name; do options+=(-m "$name"); done <"$watched/rest"
    mkdir -p "$plain"
    [ "${#options[@]}" = 0 ] || run "$plain" plain "$module" "${options[@]}"
    touch "$plain/tests"
    awk -F '\t' 'NR == FNR { wanted[$1] = 1; next } $1 in wanted' "$watched/rest" "$watched/tests" >"$watched.rest/tests"
    cp "$watched/status" "$plain/status" # that of a part says nothing
}

check() { # MODULE: plainly, then in each mode
    local module=$1 mode
    if [ "$quick" = yes ]; then
        for mode in $modes; do compare "$module" "$mode"; done
        echo "$module: compared to the end"
        return
    fi
    run "$work/$module.plain" plain "$module"
    [ -s "$work/$module.plain/tests" ] || {
        bad "$module: no outcomes even without the library"
        tail -n 30 "$work/$module.plain/log"
        return
    }
    echo "$module plain: $(wc -l <"$work/$module.plain/tests") tests," \
        "$(count $'\tok$' "$work/$module.plain/tests") ok; $SECONDS s so far"
    for mode in $modes; do
        compare "$module" "$mode"
    done
    echo "$module: compared to the end"
}

build_python() { # BUILD: sets `python`
    local suites=$source_dir/tests/suites options=() folder
    case $1 in
    release) ;;
    debug) options=(--with-pydebug) ;;
    *) echo "-b $1: release or debug" >&2 && exit 2 ;;
    esac
    "$source_dir/tests/install.sh" "$suites/cpython.packages.txt"
    mkdir -p "$build_dir/suites/python"
    folder=$(realpath "$build_dir/suites/python")
    [ -f "$folder/version" ] ||
        "$suites/fetch_source.sh" "$folder" "$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')" >"$folder/fetch.log" 2>&1
    python=$folder/$1/python
    [ -x "$python" ] || {
        echo "building Python, $1"
        rm -rf "${folder:?}/$1"
        mkdir "$folder/$1"
        # As it was released: Debian's changes to it need Debian's way to build it.
        tar -x -f "$folder"/python3.*.orig.tar.?z -C "$folder/$1" --strip-components=1
        (cd "$folder/$1" && ./configure -q "${options[@]}" && make -s -j "$(nproc)") >"$folder/$1.log" 2>&1
    }
}

work=$build_dir/suites/cpython${build:+.$build}
mkdir -p "$work"
[ -z "$build" ] || build_python "$build"
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
    failures=$((failures + $(count '^FAIL' "$work/$module.result")))
    grep -q ': compared to the end$' "$work/$module.result" || bad "$module: not compared to the end"
done
finish
