#!/bin/bash
# The benchmark: what the library costs. README.md beside this file says how it
# is measured and how the table is read.
#
#   tests/bench/run.sh [-n] [-q] [ROW...]     all rows, or some: names, their first words, patterns
#   tests/bench/run.sh -l [ROW...]            lists them
#
# -n prints JSON and no table. -q measures so little of each row that the figures
# say nothing, to see that it can be measured. The status is 0 whatever the
# figures are, and 1 if a row could not be measured.
#
# It builds the source it stands in, below BUILD_DIR (build/), unless
# SESSGUARD_BUILD names a finished build.
set -eu

is_table=yes is_quick=no is_list=no is_headed=no
while getopts nql option; do
    case $option in
    n) is_table=no ;;
    q) is_quick=yes ;;
    l) is_list=yes ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
wanted=("$@")
[ $# -gt 0 ] || wanted=('*')

here=$(cd "$(dirname "$0")" && pwd)
unset LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS http_proxy https_proxy all_proxy

# ---- what is needed ----

build_library() {
    export SESSGUARD_BUILD=${BUILD_DIR:-$here/../../build}/bench
    mkdir -p "$SESSGUARD_BUILD"
    { cmake -S "$here/../.." -B "$SESSGUARD_BUILD" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSESSGUARD_TESTS=OFF \
        -DSESSGUARD_ALL_FAMILIES=ON && cmake --build "$SESSGUARD_BUILD" -j "${JOBS:-$(nproc)}"; } \
        >"$SESSGUARD_BUILD/build.log" 2>&1 || {
        tail -n 40 "$SESSGUARD_BUILD/build.log" >&2
        exit 1
    }
}

compile() { # NAME ARGUMENT...
    "${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -g -O2 -Wall -Wextra -fno-optimize-sibling-calls -pthread \
        -o "$work/$1" "${@:2}"
}

build_programs() {
    local fake=$here/../programs/torture/fake_curl
    compile switch.so -fPIC -shared -fvisibility=hidden -iquote detector "$here/switch.c" \
        detector/{symbols,object,sys}.c
    compile libfake_curl.so -fPIC -shared "$fake.c" -Wl,-soname,libfake_curl.so -Wl,--version-script="$fake.map"
    compile empty.so -fPIC -shared -x c /dev/null
    compile bench "$here"/{bench,paths,rows_calls,rows_http}.c -L"$work" -l:switch.so -Wl,-rpath,"$work" -lcurl
    compile child "$here"/{child,paths}.c -L"$work" -lfake_curl -Wl,-rpath,"$work"
    compile spawn "$here/spawn.c"
    compile load "$here/load.c" -lcurl
}

start_server() {
    "$here/../servers/nginx.sh" start "$work/servers" $$
    trap '"$here/../servers/nginx.sh" stop "$work/servers"' EXIT
    # shellcheck source=/dev/null
    . "$work/servers/env"
}

is_watched() { # COMMAND...: the library is there, and says so
    rm -f "$work/state.txt"
    env "LD_PRELOAD=$library" SESSGUARD_OPTIONS="report_clean=1:output=$work/state.txt" "$@" >/dev/null &&
        grep -qs 'no leaks' "$work/state.txt"
}

prepare() {
    "$here/../install.sh" "$here/packages.txt" >&2
    [ -n "${SESSGUARD_BUILD:-}" ] || build_library
    SESSGUARD_BUILD=$(cd "$SESSGUARD_BUILD" && pwd)
    . "$here/../environment.sh"
    work=$build_dir/benchmark results=$build_dir/benchmark/results.jsonl
    mkdir -p "$work"
    rm -rf "${work:?}"/*
    : >"$results"
    is_watched /bin/true || {
        echo "there is no library at $library, or it does nothing" >&2
        exit 1
    }
    build_programs
    start_server
}

# Libraries that are mapped because of ours; libc is there anyway.
brought_along() {
    readelf -dW "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so\.6|ld-linux-.*)$' | paste -sd ' '
}

# ---- a row ----

is_wanted() { # ROW
    local pattern
    for pattern in "${wanted[@]}"; do
        # shellcheck disable=SC2053 # patterns, indeed
        [[ $1 != $pattern && ${1%%_*} != "$pattern" ]] || {
            [ "${is_named:-no}" = yes ] || return 0
            echo "$1"
            return 1
        }
    done
    return 1
}

cannot() { # ROW WHY
    bad "$1 cannot be measured: $2" >&2
}

line() { # FIELD...: a line of the table
    [ "$is_table" = no ] || printf '%-28s %11s  %-20s %11s  %-20s %11s  %9s  %s\n' "$@"
}

show() { # ROW'S-JSON
    local fields
    mapfile -t fields < <(jq -r 'def time:
            if . < 1e4 then "\(. | round) ns" elif . < 1e7 then "\(. / 1e3 | round) us"
            else "\(. / 1e6 | round) ms" end;
        ({ratio: ""}[.unit] // " \(.unit)") as $unit
        | .row, "\(.median)\($unit)", "\(.low) .. \(.high)", "\(.null_median)\($unit)",
          "\(.null_low) .. \(.null_high)", (.bare_ns | if . == null then "" else time end),
          (if .target == null then "" else "<= \(.target)" end),
          ({"true": "yes", "false": "no"}[.is_met | tostring] // "") + (if .is_certain == false then "?" else "" end)
          + (if .is_wanted then " (wanted)" else "" end)' <<<"$1")
    line "${fields[@]}"
}

show_tool() { # ROW'S-JSON
    local name seconds factor times note=
    [ "$is_headed" = yes ] || printf '%-28s %10s  %8s\n' 'the same program under' 'whole run' 'of bare'
    is_headed=yes
    read -r name seconds factor times < <(jq -r '"\(.row[6:]) \(.on_ns / 1e9 * .times) \(.median) \(.times)"' <<<"$1")
    [ "$times" = 1 ] || note="a ${times}th of the work, times $times"
    printf '%-28s %8.2f s  %7.2fx  %s\n' "$name" "$seconds" "$factor" "$note"
}

measure() { # ROW KIND UNIT TARGET COMMAND...: the command prints rounds (bench.c)
    local json i
    # Where the code and the stack of a process lie makes a difference of its own,
    # so a row of short operations is measured in several.
    for ((i = 0; i < ${processes:-1}; i++)); do
        "${@:5}" >>"$work/$1.rounds" 2>"$work/$1.err" || {
            cannot "$1" "it failed: $(tail -n 3 "$work/$1.err")"
            return 1
        }
    done
    json=$(jq -c -n -R --arg row "$1" --arg kind "$2" --arg unit "$3" --arg target "$4" \
        --arg times "${times:-1}" -f "$here/stats.jq" "$work/$1.rounds") || {
        cannot "$1" "it gave no figures"
        return 1
    }
    echo "$json" >>"$results"
    if [ "$is_table" = no ]; then
        echo "$json"
    elif [[ $1 = tools_* ]]; then
        show_tool "$json"
    else
        show "$json"
    fi
}

opened() { # COMMAND...: how many openings the library counts in it
    rm -f "$work/state.json"
    env LD_BIND_NOW=1 "LD_PRELOAD=$library" SESSGUARD_MODE=silence \
        SESSGUARD_OPTIONS="report_clean=1:format=json:output=$work/state.json" "$@" >/dev/null &&
        jq .totals.opened "$work/state.json"
}

# That the switch works: what is on is counted, and what is off is not.
is_switched() { # ROW COMMAND...
    local on off
    if ! on=$(opened "${@:2}" -a on "$1") || ! off=$(opened "${@:2}" -a off "$1"); then
        cannot "$1" "it does not run"
        return 1
    fi
    if [ "$on" = 0 ] || [ "$off" != 0 ]; then
        cannot "$1" "the library counts $on openings where it is on, and $off where it is off"
        return 1
    fi
}

switched() { # ROW KIND UNIT TARGET [SECONDS]: a row of bench.c; seconds in each process
    local much=(-s "${5:-1}") processes=$in_parts
    is_wanted "$1" || return 0
    [ "$is_quick" = no ] || much=(-p 5)
    is_switched "$1" "$work/bench" || return 0
    measure "$1" "$2" "$3" "$4" env LD_BIND_NOW=1 "LD_PRELOAD=$library" SESSGUARD_MODE=silence \
        "$work/bench" "${much[@]}" "$1" || true
}

switched_python() { # ROW KIND UNIT TARGET PAIRS
    local pairs=$5 processes=$in_parts command=(/usr/bin/python3 "$here/python_socket.py" "$work/switch.so")
    is_wanted "$1" || return 0
    [ "$is_quick" = no ] || pairs=5
    is_switched "$1" "${command[@]}" || return 0
    measure "$1" "$2" "$3" "$4" env LD_BIND_NOW=1 "LD_PRELOAD=$library" "${command[@]}" -p "$pairs" || true
}

# Rows that the switch cannot measure: see python_apart.py.
apart_python() { # ROW TARGET ROUNDS
    local rounds=$3 processes=$in_parts on command=(/usr/bin/python3 "$here/python_apart.py")
    is_wanted "$1" || return 0
    [ "$is_quick" = no ] || rounds=3
    if ! on=$(opened "${command[@]}" -a "$1") || [ "$on" = 0 ]; then
        cannot "$1" "it does not run, or the library counts nothing"
        return 0
    fi
    measure "$1" ratio ratio "$2" "${command[@]}" -p "$rounds" "$library" "$1" || true
}

spawned() { # ROW KIND UNIT TARGET SECONDS OPTION... COMMAND...: see spawn.c
    local much=(-s "$5")
    [ "$is_quick" = no ] || much=(-p 1)
    measure "$1" "$2" "$3" "$4" "$work/spawn" "${much[@]}" "${@:6}"
}

whole() { # ROW KIND UNIT TARGET SECONDS COMMAND...: a process that opens nothing
    is_wanted "$1" || return 0
    if ! is_watched "${@:6}"; then
        cannot "$1" "the library does not watch it"
        return 0
    fi
    spawned "${@:1:5}" -e "LD_PRELOAD=$library" "${@:6}" || true
}

start_up() { # ROW TARGET SECONDS COMMAND...
    whole "$1" difference us "${@:2}"
}

# What any library costs that is preloaded: below it nothing can be had.
start_up_empty() { # ROW SECONDS COMMAND...
    is_wanted "$1" || return 0
    spawned "$1" difference us '' "$2" -e "LD_PRELOAD=$work/empty.so" "${@:3}" || true
}

child() { # ROW KIND UNIT TARGET SECONDS ARGUMENT...: see child.c
    is_wanted "$1" || return 0
    spawned "$1" "$2" "$3" "$4" "$5" -k number -e "LD_PRELOAD=$library" "$work/child" "${@:6}" || true
}

report() { # ROW TARGET HANDLES
    local file=$work/report.txt
    is_wanted "$1" || return 0
    spawned "$1" difference s "$2" 8 -k end -e "LD_PRELOAD=$library" -e SESSGUARD_MODE=silence \
        -e "SESSGUARD_OPTIONS=output=$file" "$work/child" leak "$3" || return 0
    grep -q "$3 sessions leaked at 10000 places" "$file" || cannot "$1" "the report is not complete"
    rm -f "$file"
}

tool() { # ROW TIMES KIND OPTION...: under a tool, all of the work or one TIMES-th of it
    local times=$2 much=(-p 3)
    is_wanted "$1" || return 0
    [ "$1" != tools_sessguard ] || much=(-p 11)
    if [ "$is_quick" = yes ]; then times=200; fi
    [ "$times" = 1 ] || much=(-p 1)
    measure "$1" ratio ratio '' "$work/spawn" "${much[@]}" -k "$3" "${@:4}" \
        "$work/load" $((20000 / times)) $((2000 / times)) "$TEST_HTTP_URL/close" || true
}

# Sets `around` to the options of spawn that put these words before a command.
words() {
    local word
    around=()
    for word in "$(command -v "$1")" "${@:2}"; do around+=(-w "$word"); done
}

rows() {
    local million=1000000 in_parts=4
    if [ "$is_quick" = yes ]; then million=100000 in_parts=1; fi
    switched socket_close_16 ratio ratio 1.05
    switched socket_close_16_two_threads ratio ratio 1.05
    switched socket_close_64 ratio ratio 1.07
    switched socket_close_64_two_threads ratio ratio 1.07
    switched curl_easy ratio ratio 1.05
    switched curl_multi ratio ratio 1.05
    switched curl_share difference ns 80
    switched close_untracked difference ns 5
    switched http_keepalive ratio ratio 1.003 2.5
    switched http_new ratio ratio 1.015 2.5
    switched paths_1000 ratio ratio 1.2
    switched_python python_socket ratio ratio '1.10?' 250
    in_parts=$((in_parts > 1 ? 8 : 1)) apart_python python_socket_apart 1.10 60
    # A session of each process makes 10,000 requests that are measured.
    in_parts=$((in_parts > 1 ? 2 : 1)) apart_python python_aiohttp 1.01 500
    whole python_import ratio ratio 1.02 25 /usr/bin/python3 "$here/python_import.py"
    start_up startup_true 30 4 /bin/true
    start_up_empty startup_empty 4 /bin/true
    start_up startup_bash 150 5 /bin/bash -c :
    start_up startup_git 150 5 /usr/bin/git --version
    start_up startup_python 150 10 /usr/bin/python3 -S -c pass
    child first_in_process difference us 200 3 first
    switched first_in_thread difference us 5 0.5
    child memory_descriptor difference bytes 32 1 descriptors
    child memory_handle difference bytes 50 5 handles "$million"
    child memory_stack_16 difference bytes 144 1 stacks
    child insert_worst least ms 0.2 8 inserts "$million" "$work/inserts"
    child insert_at_million difference ns '200?' 5 beside "$million"
    child end_one_thread difference us '100?' 5 end 1
    child end_sixteen_threads difference us '500?' 5 end 16
    report report_million 0.5 "$million"
}

tools() {
    local around
    tool tools_sessguard 1 time -e "LD_PRELOAD=$library"
    words heaptrack -o "$work/heaptrack" && tool tools_heaptrack 1 time "${around[@]}"
    words valgrind -q --track-fds=yes --log-file=/dev/null && tool tools_valgrind 1 time "${around[@]}"
    words strace -f -k -o /dev/null && tool tools_strace 20 number "${around[@]}"
}

work='' library=''
names=$(is_named=yes rows && is_named=yes tools)
if [ -z "$names" ]; then
    echo "no such row; $0 -l lists them" >&2
    exit 2
fi
if [ "$is_list" = yes ]; then
    echo "$names"
    exit
fi
prepare
if [ "$is_table" = yes ]; then
    others=$(brought_along || true)
    echo "libraries that come with it: ${others:-none}"
fi
line row median '10 .. 90 %' null '10 .. 90 %' bare target met
rows
tools
[ "$is_table" = no ] || echo "as JSON: $results"
exit $((failures > 0))
