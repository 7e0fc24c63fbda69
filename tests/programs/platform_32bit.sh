#!/bin/bash
# A 32-bit program runs as ever: the loader says that it ignores us, and nothing else is
# different.
# MAY SKIP: where the kernel runs no 32-bit programs, which a plain run tells.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
ulimit -c 0
need cc

# The headers of the kernel lie where only gcc-multilib makes them be found, which
# no cross compiler can be installed beside.
cc -g -w -pthread -m32 -idirafter "/usr/include/$(cc -print-multiarch)" -o "$work/m32" \
    "$source_dir/tests/programs/platform/leak.c"
readelf -hW "$work/m32" | grep -E 'ELF32' >/dev/null || bad "m32 is not what the test thinks: no ELF32"

# Asked by bash, which says what the kernel said: env(1) would give what the kernel
# refuses to a shell. 126 is that it is no program; 159 the end by SIGSYS, at its first
# system call.
status=0
"$work/m32" >"$work/m32.out" 2>"$work/m32.err" || status=$?
case $status in
126) grep -q 'Exec format error' "$work/m32.err" || bad "m32: $(cat "$work/m32.err")" ;&
159) skip "32-bit programs: this kernel runs none" ;;
esac

# The loader's own words about us aside.
normalise() { grep -av '^ERROR: ld.so: object .*(wrong ELF class: ELFCLASS64): ignored' || true; }
compare m32 "$work/m32"
grep -q 'wrong ELF class' "$work/m32.warn.err" || bad "m32: the loader no longer says that it ignores us"
finish
