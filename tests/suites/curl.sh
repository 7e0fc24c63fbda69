#!/bin/bash
# curl's own tests give the same results where the tested program is watched,
# and neither curl nor the programs of its tests are said to leak what they
# close.
#
#   tests/suites/curl.sh [-j] [-m "MODE..."] [TEST...]
#
# It fetches the source of Debian's curl with `apt-get source`, builds it and
# runs its tests plainly, and then once in each mode (warn, silence and
# auto-close, unless -m names some). TEST are numbers of tests, "500 to 600"
# or keywords, as runtests.pl takes them; all are run where there is none. The
# library is preloaded into the tested program only: src/curl and
# tests/libtest/*, but no server and no shell.
#
# This is not a part of run.sh: a run takes some ten minutes, and with -j all
# runs are made at the same time. Packages that are missing (curl.packages.txt)
# are installed, which needs root or sudo. The tests themselves want an
# ordinary user: curl's suite runs no ssh server as root, and says so. So
# install as root and run as somebody else, for whom SESSGUARD_BUILD names a
# folder of his own, and SESSGUARD_LIB the library.
#
# A test that ends otherwise is run again, at most twice both plainly and
# watched, and printed: one that then ends alike is flaky, any other a failure.
# A report of a leak is a failure too. Logs and reports stay in the work folder.
set -eu
. "$(dirname "$0")/../environment.sh"
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
library=$(realpath "$library")
suites=$source_dir/tests/suites
work=$build_dir/suites/curl

modes='warn silence auto-close' together=
while getopts jm: option; do
    case $option in
    j) together=yes ;;
    m) modes=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

source_of_curl() { # its folder, or nothing before it is there
    find "$work" -mindepth 1 -maxdepth 1 -type d -name 'curl-*'
}

build() { # with Debian's options; not its rules, which build it three times
    rm -rf "$work/build" && mkdir "$work/build"
    cd "$work/build"
    "$(source_of_curl)/configure" --with-openssl --with-nghttp2 --with-libssh2 --with-gssapi=/usr \
        --enable-versioned-symbols --enable-threaded-resolver --disable-symbol-hiding \
        --disable-dependency-tracking --disable-static --with-ca-path=/etc/ssl/certs CFLAGS='-g -O2'
    make -j2
    make -j2 -C tests
    cd "$source_dir"
    # Some tests are about the locale that Debian builds packages in.
    mkdir -p "$work/locale"
    localedef -i en_US -f UTF-8 "$work/locale/en_US.UTF-8"
    : >"$work/build/is_complete"
}

# What runs the tested program, put before its command line: the program
# itself, not libtool's script around it, so that no shell is preloaded.
make_runner() {
    cat >"$work/run_tested" <<'EOF'
#!/bin/bash
program=$1
shift
export LD_LIBRARY_PATH=$TESTED_LIBRARIES
real=${program%/*}/.libs/${program##*/}
[ -x "$real" ] || real=$program
[ "$TESTED_MODE" != plain ] || exec "$real" "$@"
export SESSGUARD_MODE=$TESTED_MODE
# One report from each process, also without leaks, so that one can count.
export SESSGUARD_OPTIONS=report_clean=1:format=json:output=$TESTED_REPORTS/${program##*/}.$$:log_path=$TESTED_REPORTS/${program##*/}.%p.txt
LD_PRELOAD=$TESTED_WATCH${LD_PRELOAD:+:$LD_PRELOAD} exec "$real" "$@"
EOF
    chmod +x "$work/run_tested"
}

# runtests.pl has no option for what we want; its one for another curl leaves
# the programs of libtest out. Also it tells of skipped tests but not always.
patch_runtests() { # FROM TO
    # shellcheck disable=SC2016
    sed -e 's|^ *\$CMDLINE \.= "\$cmdargs >\$STDOUT 2>\$STDERR";|$CMDLINE = "$ENV{RUN_TESTED} $CMDLINE" if($cmdtype ne "perl" \&\& $cmdtype ne "shell");\n&|' \
        -e 's|^ *\$teststat\[\$testnum\]=\$why; # store reason.*|&\nlogmsg "SKIP: $testnum - $why\\n" if(!$listonly);|' \
        "$1" >"$2"
    [ "$(diff "$1" "$2" | grep -c '^>')" = 2 ] || {
        bad "runtests.pl is not the one that this script knows how to patch"
        finish
    }
}

# Runs tests into work/NAME: "log", and in "tests" the outcome of each.
run() { # NAME MODE [TEST...]
    local folder=$work/$1 mode=$2 source
    shift 2
    source=$(source_of_curl)/tests
    rm -rf "$folder" && mkdir -p "$folder/reports"
    cp -a "$work/build" "$folder/build"
    patch_runtests "$source/runtests.pl" "$folder/build/tests/runtests.pl"
    (
        cd "$folder/build/tests"
        export RUN_TESTED=$work/run_tested TESTED_MODE=$mode TESTED_WATCH=$library
        export TESTED_LIBRARIES=$folder/build/lib/.libs TESTED_REPORTS=$folder/reports
        # The seed decides which ports are tried first.
        exec env "USER=$(id -un)" "LOCPATH=$work/locale" LANG=en_US.UTF-8 LC_ALL=en_US.UTF-8 "srcdir=$source" \
            timeout 3600 perl "-I$source" ./runtests.pl -n -a -am "--seed=$RANDOM" "$@"
    ) </dev/null >"$folder/log" 2>&1 || true
    sed -n 's/^PASS: \([0-9]*\) .*/\1\tpassed/p; s/^SKIP: \([0-9]*\) - /\1\tskipped: /p' "$folder/log" \
        >"$folder/outcomes"
    sed -n 's/^TESTFAIL: These test cases failed: //p' "$folder/log" | tr ' ' '\n' |
        sed -n 's/^[0-9][0-9]*$/&\tfailed/p' >>"$folder/outcomes"
    sort -u "$folder/outcomes" >"$folder/tests"
}

came_to_its_end() { # NAME
    grep -q '^TESTDONE: .* reported OK' "$work/$1/log" && [ -s "$work/$1/tests" ] && return
    bad "$1: the run did not come to its end"
    tail -n 5 "$work/$1/log"
}

outcome() { # NAME TEST
    awk -F '\t' -v name="$2" '$1 == name { printf "%s", $2; found = 1 }
        END { if (!found) printf "did not run" }' "$work/$1/tests"
}

again() { # MODE TEST: it ends alike when it runs on its own
    local mode=$1 number=$2 plain watched
    for _ in 1 2; do
        run again.plain plain "$number"
        run "again.$mode" "$mode" "$number"
        plain=$(outcome again.plain "$number")
        watched=$(outcome "again.$mode" "$number")
        echo "  again $number: plain $plain, $mode $watched"
        [ "$plain" != "$watched" ] || return 0
    done
    return 1
}

# Every program of this version closes what it opens: all 1400 were found so,
# and a report is wrong or a matter for a close look.
leaks() { # NAME
    jq -r '(.exe | sub(".*/"; "")) as $exe | .leaks[] | select(.counts != false) |
        "\($exe) \(.kind) \(.count)"' "$work/$1/processes" | sort -u >"$work/$1/leaks"
    [ ! -s "$work/$1/leaks" ] || {
        bad "$1: a leak is reported"
        cat "$work/$1/leaks"
    }
}

compare() { # MODE
    local mode=$1 number differing=0 processes
    came_to_its_end "$mode"
    for number in $(comm -3 "$work/plain/tests" "$work/$mode/tests" | sed 's/^\t//' | cut -f1 | sort -nu); do
        differing=$((differing + 1))
        echo "  test $number: plain $(outcome plain "$number"), $mode $(outcome "$mode" "$number")"
        again "$mode" "$number" || bad "$mode: test $number differs"
    done
    find "$work/$mode/reports" -name '*[0-9]' -exec cat {} + >"$work/$mode/processes"
    processes=$(wc -l <"$work/$mode/processes")
    [ "$processes" -gt 0 ] || bad "$mode: no process was watched"
    leaks "$mode"
    echo "$mode: $(grep -c $'\tpassed' "$work/$mode/tests") passed," \
        "$(grep -c $'\tfailed' "$work/$mode/tests") failed; $differing differ at first from plain;" \
        "$processes processes watched, which opened $(jq -s 'map(.totals.opened) | add // 0' "$work/$mode/processes");" \
        "$(wc -l <"$work/$mode/leaks") leaked"
}

"$source_dir/tests/install.sh" "$suites/curl.packages.txt"
mkdir -p "$work"
[ -n "$(source_of_curl)" ] || {
    echo "fetching curl's source with apt-get source"
    "$suites/fetch_source.sh" "$work" curl >"$work/fetch.log" 2>&1
}
if [ ! -e "$work/build/is_complete" ]; then
    echo "building $(basename "$(source_of_curl)")"
    (build) >"$work/build.log" 2>&1
fi
make_runner
[ "$(id -u)" != 0 ] || echo "running as root: curl's suite will skip what needs an ssh server"
for mode in plain $modes; do
    if [ -n "$together" ]; then run "$mode" "$mode" "$@" & else run "$mode" "$mode" "$@"; fi
done
wait
came_to_its_end plain
echo "plain: $(grep -c $'\tpassed' "$work/plain/tests") passed, $(grep -c $'\tfailed' "$work/plain/tests") failed:" \
    "$(sed -n 's/\tfailed//p' "$work/plain/tests" | tr '\n' ' ')"
for mode in $modes; do
    compare "$mode"
done
finish
