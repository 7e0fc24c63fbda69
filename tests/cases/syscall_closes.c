// Proves that what a program closes by the number of the system call is closed, as libuv does it, although a socket
// of the same sort then takes the number unseen; that a refused one is not; and that a copy is known.
// CFLAGS: -O0
// EXPECT: in kept .*syscall_closes\.c
// EXPECT: in copied .*syscall_closes\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include "raw.h"
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int raw_tcp(void) { return (int)raw_call(SYS_socket, AF_INET, SOCK_STREAM, 0); }
__attribute__((noinline)) static int kept(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static long copied(int fd)
{
    long copy = syscall(SYS_dup3, fd, 100, 0);
    return copy;
}
int main(void)
{
    int stays = kept(), gone = tcp();
    printf("%ld %d\n", syscall(SYS_close, gone), raw_tcp() == gone);
    gone = tcp();
    printf("%ld %d\n", syscall(SYS_close_range, gone, gone, 0), raw_tcp() == gone);
    gone = tcp();
    printf("%ld\n", syscall(SYS_dup3, raw_tcp(), gone, 0));
#ifdef SYS_dup2
    gone = tcp();
    printf("%ld\n", syscall(SYS_dup2, raw_tcp(), gone));
    printf("%ld\n", syscall(SYS_dup2, stays, stays));
#endif
    printf("%ld %d\n", syscall(SYS_dup3, stays, stays, 0), errno);
    printf("%ld %d\n", syscall(SYS_dup3, 99, stays, 0), errno);
    printf("%ld %d\n", syscall(SYS_close_range, stays, stays, 1 << 20), errno);
    printf("%ld %d\n", syscall(SYS_close_range, 9, 3, 0), errno);
    printf("%ld\n", copied(stays));
    printf("%ld %d\n", syscall(-1L), errno);
    printf("%ld %d\n", syscall(100000L, 1, 2, 3, 4, 5, 6), errno);
    return 0;
}
