#!/bin/bash
# Shows sessguard at work on a program that leaks 500 libcurl sessions. It
# installs what is missing, builds into build/demo (or $BUILD_DIR) and talks to
# a server of its own on the loopback only.
set -eu

demo=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$demo")
build=${BUILD_DIR:-$root/build/demo}

bold='' plain='' color=never
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m' color=always; fi

"$root/tests/install.sh" "$demo/packages.txt"
mkdir -p "$build"
if ! { cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSESSGUARD_TESTS=OFF &&
    cmake --build "$build" -j "$(nproc)"; } >"$build/build.log" 2>&1; then
    tail -n 40 "$build/build.log" >&2
    exit 1
fi
# The program knows nothing of sessguard: any compiler and any build will do.
${CC:-cc} -g -O1 -pthread -o "$build/leaky_curl" "$demo/leaky_curl.c" -lcurl
${CC:-cc} -g -O1 -o "$build/server" "$demo/server.c"

# The server ends when its standard input is closed, however this script ends.
coproc SERVER { exec "$build/server"; }
read -r port <&"${SERVER[0]}"
url=http://127.0.0.1:$port
library=$build/libsessguard.so
cd "$build"
ulimit -n 4096 2>/dev/null || true

unset SESSGUARD_MODE SESSGUARD_OPTIONS LD_PRELOAD
show() { # CAPTION MODE ARGUMENT...: runs the program under the library
    local caption=$1 mode=$2 status=0 output
    shift 2
    output=$(SESSGUARD_MODE=$mode LD_PRELOAD=$library \
        SESSGUARD_OPTIONS=color=$color:strip_path_prefix=\"$root/\" ./leaky_curl "$url" "$@" 2>&1) || status=$?
    # The stack is that of the first run.
    [ "$mode" != auto-close ] || output=$(sed '/^    #/d' <<<"$output")
    printf '%s%s%s\n' "$bold" "$caption" "$plain"
    printf '$ SESSGUARD_MODE=%s LD_PRELOAD=libsessguard.so ./leaky_curl URL%s   => status %d\n' \
        "$mode" "${*:+ $*}" "$status"
    printf '%s\n\n' "$output"
}

show '1. A program that never closes its sessions: one entry, where they were opened' warn
show '2. The same in silence: nothing is printed' silence
show '3. The same in auto-close: they are closed at the end, and still reported (stack left out here)' auto-close
show '4. The same with the leak mended: nothing to report' warn --clean
show '5. A bug as it happens: only the error path forgets to close' warn --bug
