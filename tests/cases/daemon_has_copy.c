// Proves that what a child has under another number, or as one end of a pair, is handed to it, and that what its
// parent opened after the fork is the parent's leak.
// ENV: SESSGUARD_OPTIONS=verbosity=1
// EXPECT: ^SUMMARY: sessguard: 1 session leaked at 1 place \(3 handed to a child, not counted\)\.$
// EXPECT: in after_fork
// EXPECT: ^1 socket handed to a child process, not counted, opened here:
// EXPECT: ^2 sockets handed to a child process, not counted, opened here:
// RUN: text=$(WATCH @PROG@); echo "$text $?"
#include "leaves.h"

__attribute__((noinline)) static int copied_by_child(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int after_fork(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    int copied = copied_by_child(), pair[2], done[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(done) != 0)
        return 98;
    if (fork_daemon() != 0) {
        close(done[1]);
        printf("%zd", read(done[0], &byte, 1));
        return after_fork() < 0;
    }
    int other = dup2(copied, 77);
    close(copied);
    close(done[1]);
    outlive_parent();
    close(other);
    close(pair[0]);
    close(pair[1]);
    return 0;
}
