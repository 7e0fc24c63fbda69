# Where the tests find things; sourced by lint/*.sh and programs/*.sh. CTest
# sets these variables; by hand, the build folder "build" is meant.
# shellcheck shell=bash disable=SC2034
source_dir=${SESSGUARD_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
build_dir=${SESSGUARD_BUILD:-$source_dir/build}
library=${SESSGUARD_LIB:-$build_dir/libsessguard.so}
export LC_ALL=C
cd "$source_dir" || exit

failures=0
bad() { # TEXT: one failure
    echo "FAIL $*"
    failures=$((failures + 1))
}
skip() { # WHAT: this machine cannot show it; for scripts that say "# MAY SKIP"
    [ "$failures" = 0 ] || finish
    echo "SKIP $*"
    exit 77
}
of_version() { # TOOL VERSION: sets `tool` to the command of that version, or skips
    for tool in "$1-$2" "$1"; do
        if "$tool" --version 2>/dev/null | grep -q "version $2\."; then return; fi
    done
    skip "$1 $2 is not installed here, and other versions judge otherwise"
}
finish() { # the script's last call
    [ "$failures" = 0 ] && echo "ok $(basename "$0" .sh)"
    exit "$((failures > 0))"
}
