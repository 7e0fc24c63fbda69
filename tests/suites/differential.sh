#!/bin/bash
# A differential fuzzer: makes random little programs of threads, handlers, children,
# signals, sessions and ways to end, runs each plainly several times, and where these
# agree compares status, output, files and what the peers heard under warn, silence and
# auto-close; and the report with what the program knows that it left open.
#
#   tests/suites/differential.sh                         300 programs, from seed 1
#   tests/suites/differential.sh --count 10000 --shrink 5
#   tests/suites/differential.sh --seed 4711 --count 1 --shrink 1
#   tests/suites/differential.sh --seed 4711 --print     the program itself
#   tests/suites/differential.sh FILE.script...          programs that were kept
#
# A program that differs is printed with the command that repeats it; --shrink N makes
# up to N of them small, and keeps them in the folder that --found names. What is allowed
# to differ stands in differential/judge.py, in ALLOWED.
set -eu
folder=$(realpath "$0")
folder=${folder%.sh}
files=()
words=()
for word in "$@"; do
    case $word in
    *.script) files+=("$(realpath "$word")") ;;
    *) words+=("$word") ;;
    esac
done
. "$(dirname "$0")/../environment.sh"
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS

work=$build_dir/differential.$$
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
flags=(-std=gnu17 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -pthread)
"${CC:-gcc}" "${flags[@]}" -o "$work/bare" "$folder"/*.c
"${CC:-gcc}" "${flags[@]}" -DACTOR_HAS_CURL -o "$work/curl" "$folder"/*.c -lcurl
python3 -B "$folder/fuzz.py" --bare "$work/bare" --curl "$work/curl" --preload "$library" --work "$work" \
    --found "$build_dir/differential.found" "${words[@]}" "${files[@]}"
