#!/bin/bash
# Every sample output in README.md is what its command prints. A block that
# follows a comment "<!-- output of: COMMAND -->" is compared with the output
# of COMMAND, and its first line, if it begins with "$ ", with COMMAND itself.
#
#   tests/programs/readme.sh [FILE]    FILE is read in place of README.md
#
# Commands run in an empty folder with the paths of a checkout that was built
# in build/; what differs from run to run is made the same on both sides.
set -eu
. "$(dirname "$0")/../environment.sh"

document=$(realpath "${1:-README.md}")
work=$build_dir/programs/readme
rm -rf "$work" && mkdir -p "$work/run"
export BUILD_DIR=$build_dir/programs/readme_demo # kept, so that the demo is built once
unset CC CXX LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS NO_COLOR http_proxy https_proxy all_proxy
export TZ=UTC

# Pids, addresses, times, ages, ports, ids, counts that depend on luck, columns
# (compilers differ), libc's frames (their names need its debug package), the lines of
# Python's own library, what older versions of libcurl hold, and where the checkout and
# the build are.
normalise() {
    sed -E -e "s|$BUILD_DIR/|build/demo/|g; s|$work/run/||g; s|$build_dir/|build/|g; s|$source_dir/||g" \
        -e '/^    #[0-9]+ .*(libc\.so\.6|nptl|sysdeps|csu\/)/d' \
        -e 's/==[0-9]+==/==PID==/; s/0x[0-9a-f]+/ADDRESS/g; s/\(BuildId: [0-9a-f]+\)/(BuildId: ID)/' \
        -e 's/[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}/TIME/g; s/[0-9]+\.[0-9]+ s\b/AGE s/g' \
        -e 's/127\.0\.0\.1:[0-9]+/127.0.0.1:PORT/g; s/(\.[ch]:[0-9]+):[0-9]+/\1/' \
        -e 's/ +\[[0-9a-f]{8}\]$/ [ID]/; s/\b[0-9a-f]{16}\b/ID/g' \
        -e 's/, [0-9]+ wake-up pairs?//; s#(/usr/lib/python3)\.[0-9]+(/.*):[0-9]+$#\1\2#' \
        -e 's/at most [0-9]+ at once/at most N at once/; s/[0-9]+ threads?$/N threads/'
}

# NNN.command and NNN.wanted for each block.
awk -v folder="$work" '
    /^<!-- output of: .* -->$/ {
        command = $0
        sub(/^<!-- output of: /, "", command); sub(/ -->$/, "", command)
        file = sprintf("%s/%03d", folder, ++count)
        print command >(file ".command")
        printf "" >(file ".wanted")
        state = 1; next
    }
    state == 1 { if ($0 !~ /^```/) { print "line " NR ": no block follows the comment"; state = 0; next } state = 2; next }
    state == 2 && /^```$/ { state = 0; next }
    state == 2 { print >(file ".wanted") }' "$document" >"$work/broken"
[ ! -s "$work/broken" ] || bad "$(cat "$work/broken")"

blocks=0
for command_file in "$work"/*.command; do
    [ -f "$command_file" ] || break
    blocks=$((blocks + 1))
    name=${command_file%.command}
    command=$(cat "$command_file")
    # The paths of a reader's checkout become those of this one.
    ready=$(sed -e "s|\$PWD/build/|$build_dir/|g; s|\bbuild/demo/|$BUILD_DIR/|g" \
        -e "s|\bdemo/run.sh|$source_dir/demo/run.sh|g; s|\bdemo/leaky_session.py|$source_dir/demo/leaky_session.py|g; s|\bshim/|$source_dir/shim/|g" <<<"$command")
    if [ "$(head -c 2 "$name.wanted")" = '$ ' ]; then
        [ "$(head -n 1 "$name.wanted")" = "\$ $command" ] || bad "the block shows another command than: $command"
        sed -i 1d "$name.wanted"
    fi
    (cd "$work/run" && timeout 1200 bash -c "$ready") </dev/null >"$name.found" 2>"$name.err" || true
    normalise <"$name.wanted" >"$name.wanted.same"
    normalise <"$name.found" >"$name.found.same"
    diff -u --label README.md --label "$command" "$name.wanted.same" "$name.found.same" || {
        bad "$(basename "$document") shows another output than: $command"
        cat "$name.err"
    }
    [ -s "$name.found.same" ] || bad "prints nothing: $command"
done
[ "$blocks" -ge 8 ] || bad "found only $blocks sample outputs in $document"
finish
