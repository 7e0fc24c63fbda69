#!/bin/bash
# What is not our platform runs as ever: musl, static, set-user-ID and file
# capabilities; for 32-bit programs see platform_32bit.sh. The same programs leak,
# where they can be watched, so it is by the platform that they print no report.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
ulimit -c 0
need cc musl-gcc setpriv setcap

leak=$source_dir/tests/programs/platform/leak.c
cc -g -w -pthread -o "$work/usual" "$leak"
musl-gcc -g -w -o "$work/musl" "$leak"
musl-gcc -g -w -Wl,--hash-style=sysv -o "$work/musl_sysv" "$leak"
musl-gcc -g -w -static -DSTATIC -o "$work/musl_static" "$leak"
cc -g -w -pthread -static -DSTATIC -o "$work/static" "$leak"
cc -g -w -pthread -static-pie -DSTATIC -o "$work/static_pie" "$leak"
file_type() { # NAME REGEX: NAME is what it is taken for
    readelf -hlW "$work/$1" | grep -E -- "$2" >/dev/null || bad "$1 is not what the test thinks: no $2"
}
file_type musl 'interpreter: /lib/ld-musl'
file_type static_pie 'DYN '
for program in musl_static static static_pie; do
    ! readelf -lW "$work/$program" | grep -E 'INTERP' >/dev/null || bad "$program is not static"
done

# Where it can be watched there is a report.
compare usual "$work/usual"
reports usual 'SUMMARY: sessguard: 2 sessions leaked'

# stdout, stderr and status are the same.
for program in musl musl_sysv musl_static static static_pie; do
    for how in return quick under abort exec; do
        compare "$program.$how" "$work/$program" "$how"
    done
done

# A musl program that asks is told that it is not watched; its child, which is not
# one, is.
said=$(SESSGUARD_OPTIONS=verbosity=1 LD_PRELOAD="$library" "$work/musl" 2>&1 >/dev/null | sed 's/^==[0-9]*==//') || true
[ "$said" = "sessguard: this is not glibc: nothing is watched
sessguard: no leaks (0 opened)" ] || bad "musl, verbosity=1: $said"

# Privileged programs are not watched either: the loader drops LD_PRELOAD. The
# library must lie where anyone may read it, or that would be the reason.
public=$(mktemp -d "${TMPDIR:-/var/tmp}/sessguard.XXXXXX")
remove_public() { rm -rf "$public"; }
ends+=(remove_public)
chmod 755 "$public"
cp "$work/usual" "$public/usual" && cp "$work/usual" "$public/setuid" && cp "$work/usual" "$public/capable"
cp "$library" "$public/libsessguard.so"
chmod 4755 "$public/setuid"
setcap cap_net_bind_service=ep "$public/capable"
run_unprivileged() { # PROGRAM WAY [VARIABLE]
    status=0
    (cd "$public" && env "${@:3}" setpriv --reuid=65534 --regid=65534 --clear-groups "$public/$1") </dev/null \
        >"$work/$1.$2.out" 2>"$work/$1.$2.err" || status=$?
    echo "$status" >>"$work/$1.$2.out"
}
for program in usual setuid capable; do
    run_unprivileged "$program" plain
    run_unprivileged "$program" watched "LD_PRELOAD=$public/libsessguard.so"
    diff -u "$work/$program.plain.out" "$work/$program.watched.out" || bad "unprivileged $program differs"
    [ "$program" = usual ] || diff -u "$work/$program.plain.err" "$work/$program.watched.err" ||
        bad "unprivileged $program: stderr differs"
done
grep -q '2 leaked sessions' "$work/usual.watched.err" || bad "the unprivileged program was not watched at all"
grep -q 'uid 0$' "$work/setuid.watched.out" ||
    bad "the program was not privileged: is this file system mounted nosuid?"
finish
