#!/bin/bash
# Runs one snippet in every frame: plain, so that the program itself is proved
# right; leaking, which must be one entry of its kind; and closing, which must
# be silent. Usage: run_snippet.sh snippets/NAME.c
set -eu
. "$(dirname "$0")/environment.sh"

snippet=$(realpath "$1")
name=$(basename "$1" .c)
kind=$(sed -n 's|^// KIND: ||p' "$snippet")
work=$build_dir/snippets/$name
mkdir -p "$work"
compiler=${CC:-gcc}
flags=(-D_GNU_SOURCE -DCURL_DISABLE_DEPRECATION -DCURL_DISABLE_TYPECHECK "-DSNIPPET=\"$snippet\"" -g -O1 -pthread -w)
unset SESSGUARD_MODE SESSGUARD_OPTIONS LD_PRELOAD

run() { # HOW PRELOAD: runs the frame, and keeps its stderr and status
    local status=0
    env SNIPPET="$1" PLUGIN_PATH="$work/plugin.so" ${2:+LD_PRELOAD="$2"} "$work/$frame" \
        </dev/null >"$work/out" 2>"$work/err" || status=$?
    [ "$status" = 0 ] || bad "$name in $frame, $1${2:+, watched}: status $status"
}

# Each function as a pointer that was looked up in the library that has it.
{
    tests/list_hooks.sh
    grep -ohE '\bcurl_[a-z_]+' "$snippet" tests/frames/snippet.h
} | sort -u | grep -vxE '_exit|_Exit|kill|quick_exit|abort|__assert_fail|dl[a-z]*|curl_ws_frame|curl_[a-z]*_t|curl_off_t|curl_waitfd' |
    while IFS= read -r function; do
        case $function in curl_*) of=libcurl.so.4 ;; *) of=libc.so.6 ;; esac
        printf '#undef %s\n#define %s (*(__typeof__(&(%s)))looked_up("%s", "%s"))\n' \
            "$function" "$function" "$function" "$of" "$function"
    done >"$work/calls.h"

for source in tests/frames/*.c; do
    frame=$(basename "$source" .c)
    if [ "$frame" = plugin ]; then
        "$compiler" "${flags[@]}" -DPLUGIN -shared -fPIC -o "$work/plugin.so" "$source" -lcurl
        "$compiler" -g -O1 -w -o "$work/$frame" "$source"
    elif [ "$frame" = dlsym ]; then
        "$compiler" "${flags[@]}" "-DCALLS=\"$work/calls.h\"" -o "$work/$frame" "$source"
    else
        "$compiler" "${flags[@]}" -o "$work/$frame" "$source" -lcurl
    fi
    for how in leak close; do
        run "$how" ""
        [ ! -s "$work/err" ] || bad "$name in $frame, $how: prints without the library"
    done
    run leak "$library"
    if ! grep -q "^1 $kind" "$work/err" ||
        ! grep -q '^SUMMARY: sessguard: 1 session leaked at 1 place' "$work/err"; then
        bad "$name in $frame: its leak is not one $kind"
        cat "$work/err"
    fi
    run close "$library"
    if [ -s "$work/err" ]; then
        bad "$name in $frame: closed, and reported all the same"
        cat "$work/err"
    fi
done
finish
