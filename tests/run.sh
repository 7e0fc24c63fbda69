#!/bin/bash
# The whole of the tests: installs what is missing, builds with gcc and with
# clang, and runs everything; its last line is "N passed, N failed", and how many were
# skipped, if any: what this machine cannot show. Lines before it say what that was.
#
# BUILD_DIR is where it builds (build/ in the source), JOBS how many at a time.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
builds=${BUILD_DIR:-$source_dir/build}
jobs=${JOBS:-$(nproc)}
passed=0 failed=0 skipped=0

"$source_dir/tests/install.sh" "$source_dir/tests/packages.txt"
mkdir -p "$builds"

# A run that is interrupted stops its servers too.
stop_servers() {
    local dir
    for dir in "$builds"/*/servers; do
        [ ! -d "$dir" ] || "$source_dir/tests/servers/nginx.sh" stop "$dir" || true
    done
}
trap stop_servers EXIT

build() { # NAME COMPILER C++COMPILER OPTION...: configures and builds, or counts as one failure
    local name=$1 log=$builds/$1.log
    echo "== building $name"
    if ! { cmake -S "$source_dir" -B "$builds/$name" -DCMAKE_C_COMPILER="$2" -DCMAKE_CXX_COMPILER="$3" \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSESSGUARD_WERROR=ON -DSESSGUARD_ALL_FAMILIES=ON \
        -DSESSGUARD_TESTS=ON "${@:4}" && cmake --build "$builds/$name" -j "$jobs"; } >"$log" 2>&1; then
        tail -n 60 "$log"
        echo "== building $name failed"
        failed=$((failed + 1))
        return 1
    fi
}

check() { # NAME CTEST-OPTION...: runs tests of that build and adds to the sums
    local name=$1 log=$builds/$1.ctest.log
    shift
    echo "== testing $name: ctest $*"
    # Only what went wrong is shown in full.
    ctest --test-dir "$builds/$name" -j "$jobs" --output-on-failure "$@" >"$log" 2>&1 || true
    grep -vE '^ *Start |^ *[0-9]+/[0-9]+ Test .* Passed' "$log" || true
    sed -n "s/^SKIP /== skipped: /p" "$builds/$name/Testing/Temporary/LastTest.log" || true
    local counts
    counts=$(awk '/^ *[0-9]+\/[0-9]+ Test +#/ {
                if (/ Passed /) passed++; else if (/Skipped|Not Run \(Disabled\)/) skipped++; else failed++ }
            END { print passed + 0, failed + 0, skipped + 0 }' "$log")
    local p f s
    read -r p f s <<<"$counts"
    if [ $((p + f + s)) = 0 ]; then f=1; fi # no test at all is no success
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

if build gcc gcc g++; then check gcc; fi
if build clang clang clang++; then check clang -R '^case\.|^unit\.|^servers\.'; fi
if build address gcc g++ -DSESSGUARD_SANITIZE=address,undefined; then check address -R '^unit\.'; fi
if build thread gcc g++ -DSESSGUARD_SANITIZE=thread; then check thread -R '^unit\.'; fi

line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
