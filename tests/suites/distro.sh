#!/bin/bash
# The whole of the tests in another release of Debian: builds and runs everything there, by
# that release's own compilers, libraries and programs, and prints a table of it.
#
#   tests/suites/distro.sh 12|13|testing [COMMAND...]
#
# debootstrap makes a root of the release below the build folder, from the mirror that this
# machine's apt uses. The root stays there, and the next run brings it up to date. Each run
# copies the source into it, without what is built, and calls COMMAND there, which without
# any is tests/run.sh: that installs what the release lacks, builds and runs. The build stays
# too, in /build of the root, so the next run builds what has changed.
#
#   tests/suites/distro.sh 13 ctest --test-dir /build/gcc -R '^case'   # some tests once more
#   tests/suites/distro.sh testing demo/run.sh
#
# It needs root, for the root's mounts, which are in a namespace of their own and gone with
# it, as are all processes; and the packages of distro.packages.txt, which it installs.
# The rows of the table are
# the groups of CTest in each build; below it stands each test that failed or was skipped.
# shellcheck disable=SC2016 # the single quotes hold what others expand
set -eu
. "$(dirname "$0")/../environment.sh"

release=${1:-}
case $release in
12) suite=bookworm ;;
13) suite=trixie ;;
testing) suite=testing ;;
*)
    echo "usage: $0 12|13|testing [COMMAND...]" >&2
    exit 2
    ;;
esac
shift
command=("$@")
[ $# -gt 0 ] || command=(env BUILD_DIR=/build "JOBS=${JOBS:-$(nproc)}" tests/run.sh)
[ "$(id -u)" = 0 ] || {
    bad "only root can mount what the other release needs"
    finish
}
"$source_dir/tests/install.sh" "$source_dir/tests/suites/distro.packages.txt"
mkdir -p "$build_dir/suites/distro"
work=$(realpath "$build_dir/suites/distro")
root=$work/$release

# ---- the root ----

mirror() { # of Debian, that this machine's apt uses
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/*$'
}

# Runs COMMAND in the root, as the root of a mount namespace where that is possible: in a
# mere chroot(2) there are programs that behave otherwise.
inside() { # COMMAND...
    unshare --mount --pid --fork --kill-child --propagation private bash -eu -c '
        root=$1
        shift
        mount --bind "$root" "$root"
        cd "$root"
        mount -t proc proc proc
        mount --rbind /dev dev
        mount --rbind /sys sys
        environment=(env -i "HOME=/root" "LC_ALL=C.UTF-8" "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        if pivot_root . mnt 2>/dev/null; then
            exec chroot . "${environment[@]}" bash -eu -c "umount -l /mnt; cd /source 2>/dev/null || cd /; exec \"\$@\"" bash "$@"
        fi
        exec chroot . "${environment[@]}" bash -eu -c "cd /source 2>/dev/null || cd /; exec \"\$@\"" bash "$@"
    ' bash "$root" "$@" </dev/null &
    entered=$!
    local status=0
    wait "$entered" || status=$?
    entered=
    return "$status"
}
# It takes no SIGTERM, and ends what runs there when it is gone.
entered=
trap '[ -z "$entered" ] || kill -9 "$entered"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -e "$root/made" ]; then
    echo "== making a root of $suite"
    rm -rf --one-file-system "$root"
    debootstrap --variant=minbase "$suite" "$root" "$(mirror)" >"$work/$release.log" 2>&1 || {
        bad "debootstrap failed:
$(tail -n 5 "$work/$release.log")"
        finish
    }
    # A proxy that apt needs here it needs there.
    apt-config dump | grep -E '^Acquire::https?::Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
    : >"$root/made"
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
inside sh -ec 'export DEBIAN_FRONTEND=noninteractive; dpkg --configure -a; apt-get -y -f install; apt-get update; apt-get -y dist-upgrade' >"$work/$release.log" 2>&1 || {
    bad "$release cannot be brought up to date:
$(tail -n 5 "$work/$release.log")"
    finish
}
rm -rf "${root:?}/source"
mkdir "$root/source"
tar -c -C "$source_dir" --exclude=./build --exclude="$work" . | tar -x -C "$root/source" --no-same-owner

# ---- what it gives ----

table() {
    local log
    inside sh -c '. /etc/os-release; echo "== $PRETTY_NAME ($(cat /etc/debian_version)), $(uname -m)"
        for program in "ldd --version" "gcc --version" "clang --version" "python3 --version" "curl --version"; do
            $program 2>/dev/null | head -n 1
        done' || true
    printf '%-10s %-10s %8s %8s %8s\n' build group passed failed skipped
    for log in "$root"/build/*.ctest.log; do
        [ -f "$log" ] || continue
        awk -v build="$(basename "$log" .ctest.log)" '
            /^ *[0-9]+\/[0-9]+ Test +#/ {
                group = $0
                sub(/^[^:]*: /, "", group)
                name = group
                sub(/ .*/, "", name)
                sub(/\..*/, "", group)
                groups[group] = 1
                if (/ Passed /) passed[group]++
                else if (/Skipped|Not Run \(Disabled\)/) { skipped[group]++; rest[++n] = "skipped " build " " name }
                else { failed[group]++; rest[++n] = "failed  " build " " name }
            }
            END {
                for (group in groups)
                    printf "%-10s %-10s %8d %8d %8d\n", build, group, passed[group], failed[group], skipped[group] | "sort"
                close("sort")
                for (i = 1; i <= n; i++) print rest[i] >"/dev/stderr"
            }' "$log" 2>>"$work/$release.rest"
    done
    sort -u "$work/$release.rest"
}

status=0
rm -f "$work/$release.rest" "$root"/build/*.ctest.log
: >"$work/$release.rest"
inside "${command[@]}" || status=$?
[ $# -gt 0 ] || table
[ "$status" = 0 ] || bad "$release: ${command[*]} ended with status $status"
finish
