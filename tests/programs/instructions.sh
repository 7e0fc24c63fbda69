#!/bin/bash
# The hot path does not grow: what the library adds to an open and its close, in
# instructions under callgrind, which a busy machine does not change. More than
# a tenth over what programs/instructions/baseline says is a failure.
#
#   tests/programs/instructions.sh [-w]     -w writes the baseline anew
# COST: 90
set -eu
. "$(dirname "$0")/../environment.sh"
source=$source_dir/tests/programs/instructions
work=$build_dir/programs/instructions
[ -e "$library" ] || { # the loader would go on without it, and all would look cheap
    bad "there is no $library"
    finish
}
mkdir -p "$work"
rm -rf "${work:?}"/*
unset LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
machine=$(uname -m)
"${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -g -O1 -fno-optimize-sibling-calls -o "$work/pairs" "$source/pairs.c" -lcurl

count() { # LIBRARY-OR-NOTHING KIND DEPTH PAIRS: instructions of the whole process
    local program=("$work/pairs")
    [ "$2" != python ] || program=(/usr/bin/python3 "$source/pairs.py")
    LD_PRELOAD=$1 PYTHONHASHSEED=0 valgrind --tool=callgrind --callgrind-out-file=/dev/null "${program[@]}" "${@:2}" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\)$/\1/p'
}

each() { # LIBRARY-OR-NOTHING KIND DEPTH: of one pair, when all is warm
    echo $((($(count "$1" "$2" "$3" 2000) - $(count "$1" "$2" "$3" 1000)) / 1000))
}

while read -r name kind depth; do
    echo "$machine $name $(($(each "$library" "$kind" "$depth") - $(each "" "$kind" "$depth")))"
done >"$work/counts" <<'E2'
socket_close_16 socket 16
socket_close_64 socket 64
paths_in_turn turn 16
close_untracked file 16
curl_easy easy 16
curl_multi multi 16
curl_share share 16
python_socket python 10
E2
# Each version of the interpreter has frames of its own, and its own baseline.
version=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
sed -i "s/ python_socket / python_socket_$version /" "$work/counts"

[ "${1:-}" != -w ] || {
    names=$(awk '{ print $1 " " $2 " " }' "$work/counts")
    { grep -vF "$names" "$source/baseline" || true; cat "$work/counts"; } >"$work/baseline"
    cp "$work/baseline" "$source/baseline"
}
join <(sort -k 2 "$work/counts" | awk '{print $1 "." $2, $3}') \
    <(sort -k 2 "$source/baseline" | awk '{print $1 "." $2, $3}') >"$work/both"
while read -r name; do
    case $name in
    *.python_socket_*) echo "$name: no baseline" ;;
    *) bad "$name: no baseline" ;;
    esac
done < <(awk '{print $1 "." $2}' "$work/counts" | grep -vxFf <(cut -d' ' -f1 "$work/both"))
while read -r name now before; do
    echo "$name: $now instructions, $before before"
    [ $((now * 10)) -le $((before * 11)) ] || bad "$name: $now instructions are more than a tenth over $before"
done <"$work/both"
finish
