#!/bin/bash
# What the kernel sees: a program that opens and closes makes no other system call
# than without the library, apart from those that prepare our memory once and that
# take the identity of a socket which lives on. We open no file and no pipe, and
# nothing changes a descriptor, until the report.
set -eu
. "$(dirname "$0")/../compare.sh"
need strace gcc

cat >"$work/opens.c" <<'EOF'
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *work(void *unused)
{
    int pair[2];
    for (int i = 0; i < 50; i++) {
        close(socket(AF_INET, SOCK_STREAM, 0));
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
            close(pair[0] + 0 * close(pair[1]));
    }
    return unused;
}
int main(void)
{
    pthread_t thread;
    (void)!write(1, "begin\n", 6);
    work(NULL);
    (void)!write(1, "warm\n", 5);
    work(NULL);
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    int kept = socket(AF_INET, SOCK_STREAM, 0);
    for (int i = 0; i < 10; i++)
        close(socket(AF_INET, SOCK_STREAM, 0));
    (void)!write(1, "end\n", 4);
    return close(kept);
}
EOF
gcc -O1 -pthread -o "$work/opens" "$work/opens.c"

calls() { # plain|watched FROM TO: names and counts of the calls in between
    sed -n "/write(1, \"$2/,/write(1, \"$3/p" "$work/$1.trace" | sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' |
        grep -vE '^(write|futex|rseq|set_robust_list|exit|munmap|madvise|mmap|mprotect|clone3?|rt_sigprocmask)$' | sort | uniq -c
}
for how in plain watched; do
    preload=()
    [ "$how" = plain ] || preload=(-E "LD_PRELOAD=$library")
    strace -f -o "$work/$how.trace" "${preload[@]}" "$work/opens" >/dev/null || bad "$how: strace failed"
    calls "$how" begin warm >"$work/$how.first"
    calls "$how" warm end >"$work/$how.then"
    grep -q socketpair "$work/$how.then" || bad "$how: the trace lacks the program's calls"
done
diff "$work/plain.first" "$work/watched.first" >"$work/first.diff" || true
grep -q getppid "$work/watched.first" || bad "the library was not there, or has noted nothing"
# Process numbers, the program's name: nothing that opens, reads or waits.
! sed -n 's/^> *[0-9]* //p' "$work/first.diff" | grep -vxE 'get(pid|ppid|tid)|readlink(at)?|newfstatat|fstat' ||
    bad "the first calls make other calls than they may"
diff "$work/plain.then" "$work/watched.then" >"$work/then.diff" || true
! sed -n 's/^> *[0-9]* //p' "$work/then.diff" | grep -vxE 'gettid|newfstatat|fstat' || {
    bad "opening and closing make system calls of their own"
    cat "$work/then.diff"
}
finish
