#!/bin/bash
# The newest Python that Debian's testing has: 500 sessions of aiohttp are one entry, none of
# asyncio's lines is printed, each stack is what the interpreter says at that moment, and
# CPython's own test_asyncio, test_socket and test_ssl end as they do without the library,
# which was built on this machine. One that is newer than any that is known is named.
# MAY SKIP: where no root of testing can be made
# COST: 200
#
# The root is made once, in a folder that outlives the build, and brought up to date where
# the mirror answers. SESSGUARD_ROOTS says where.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
[ "$(id -u)" = 0 ] || skip "only root can make a root of another release"
command -v debootstrap >/dev/null || apt-get -y install debootstrap >"$work/apt" 2>&1 || skip "there is no debootstrap"

root=${SESSGUARD_ROOTS:-/var/cache/sessguard-tests}/newest
mkdir -p "$root"
exec 9>"$root.lock"
flock 9 # the other build's
# shellcheck disable=SC2016 # what the inner shell expands
inside() { # COMMAND...
    unshare --mount --pid --fork --kill-child --propagation private bash -eu -c '
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
            PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' bash "$root" "$@" </dev/null
}
if [ ! -e "$root/made" ]; then
    rm -rf --one-file-system "${root:?}"
    # shellcheck disable=SC2016 # the format is apt's
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/*$') || skip "no mirror"
    debootstrap --variant=minbase testing "$root" "$mirror" >"$work/debootstrap" 2>&1 || skip "debootstrap failed"
    apt-config dump | grep -E '^Acquire::https?::Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90old" # a mirror may be an archive
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
if inside apt-get update >"$work/apt" 2>&1; then
    newest=$(inside apt-cache search --names-only '^libpython3\.[0-9]+-testsuite$' | sed -E 's/^lib(python3\.[0-9]+)-.*/\1/' |
        sort -V | tail -n 1)
    inside apt-get -y --no-install-recommends install "$newest" "lib$newest-testsuite" python3-aiohttp libdw1t64 libjansson4 \
        >"$work/apt" 2>&1 || [ -e "$root/made" ] || skip "what is needed cannot be installed"
    echo "$newest" >"$root/made"
fi
[ -s "$root/made" ] || skip "testing cannot be had"
newest=$(cat "$root/made")

rm -rf "${root:?}/sessguard"
mkdir -p "$root/sessguard/sessguard"
cp "$library" "$root/sessguard/libsessguard.so"
cp "$build_dir/sessguard/sessguard" "$root/sessguard/sessguard/"
cp "$source_dir/demo/leaky_session.py" "$source_dir"/tests/programs/python_frames/{judge,ways,compare}.py "$root/sessguard/"
watch() { # OPTIONS COMMAND...
    local options=$1
    shift
    inside env LD_PRELOAD=/sessguard/libsessguard.so "SESSGUARD_OPTIONS=$options" "$@" >"$work/out" 2>"$work/err"
}

if ! inside "$newest" -c 'import sys; sys.exit(sys.version_info[:2] > (3, 15) or sys.version_info.releaselevel != "final")'; then
    watch '' "$newest" -c 'import socket; kept = socket.socket()'
    [ "$(grep -c 'sessguard: cannot see frames and sessions of Python' "$work/err")" = 1 ] || bad "$newest: $(cat "$work/err")"
    finish
fi

# ---- the story ----

if inside "$newest" -c 'import aiohttp' 2>"$work/err"; then
    watch '' "$newest" /sessguard/leaky_session.py || bad "$newest: status $?"
    line=$(grep -n 'session = aiohttp' "$source_dir/demo/leaky_session.py" | cut -d: -f1)
    has "$newest" "$work/err" '^500 aiohttp\.session .* never closed' \
        "#0 in session_factory\.<locals>\.get /sessguard/leaky_session\.py:$line$" '^  500 leaked of 500 opened here' \
        '^SUMMARY: sessguard: 500 sessions leaked at 1 place\.$'
    ! grep -q Unclosed "$work/err" || bad "$newest: asyncio prints $(grep -c Unclosed "$work/err") lines"
else
    echo "note: $newest has no aiohttp"
fi

# ---- frames ----

for frames in 32 5; do
    watch "format=json:output=/sessguard/$frames.json:frames=$frames:symbolize=0" env "FRAMES=$frames" "$newest" \
        /sessguard/judge.py "/sessguard/$frames.expected" /sessguard/ways.py || bad "$newest: status $?: $(tail -n 3 "$work/err")"
    inside "$newest" /sessguard/compare.py "/sessguard/$frames.expected" "/sessguard/$frames.json" >"$work/judgement" ||
        bad "$newest, $frames frames: $(head -n 5 "$work/judgement")"
    [ "$(wc -l <"$root/sessguard/$frames.expected")" -gt 300 ] || bad "$newest: too few sockets"
done

# ---- CPython's own tests ----

# What fails is run once more alone, watched and plainly: where it ends alike it is not ours.
tests() { inside env ${1:+"LD_PRELOAD=$1"} SESSGUARD_OPTIONS=output=/sessguard/tests.report "$newest" -m test "${@:2}"; }
modules=(test_asyncio test_socket test_ssl)
# A socket of the family VSOCK needs a virtual machine's host that answers.
if ! tests /sessguard/libsessguard.so -j2 --timeout 1200 -i ThreadedVSOCKSocketStreamTest "${modules[@]}" >"$work/tests" 2>&1; then
    sed -nE 's/^(FAIL|ERROR): .*\((test\.[^ )]*)\)?.*/\2/p' "$work/tests" | sort -u >"$work/failed"
    [ -s "$work/failed" ] || bad "$newest: $(tail -n 20 "$work/tests")"
    while read -r name; do
        module=$(grep -oE 'test_(asyncio|socket|ssl)' <<<"$name" | head -n 1)
        tests /sessguard/libsessguard.so "$module" -m "$name" >"$work/again" 2>&1 && continue
        ! tests '' "$module" -m "$name" >"$work/plainly" 2>&1 || bad "$newest: $name: $(tail -n 30 "$work/again")"
    done <"$work/failed"
fi
finish
