#!/bin/bash
# The library is a guest in every process that it is preloaded into: it brings
# no other library along but libc and the loader, and nothing in it may be
# bound lazily, for lack of stack in small threads.
set -eu
. "$(dirname "$0")/../environment.sh"

while IFS= read -r needed; do
    case $needed in
    libc.so.6 | ld-linux-*) ;;
    *) bad "the library needs $needed" ;;
    esac
done < <(readelf -dW "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
readelf -dW "$library" | grep -qE 'BIND_NOW|FLAGS.*NOW' || bad "the library is not linked with -z now"
! readelf -lW "$library" | grep -qE 'GNU_STACK.* RWE ' || bad "the library asks for an executable stack"
# Those of a sanitizer in the program are not ready when our constructor runs: own_libc.c.
foreign=$(nm -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }' | grep -E '^(mem|str|stp)' || true)
[ -z "$foreign" ] || bad "own_libc.c has none of $foreign"
! readelf -dW "$library" | grep -q TEXTREL || bad "the library has text relocations"
finish
