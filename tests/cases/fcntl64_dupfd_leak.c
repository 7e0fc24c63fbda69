// Proves that fcntl64, which 64-bit file offsets lead to, is watched as fcntl is.
// CFLAGS: -D_FILE_OFFSET_BITS=64 -U_GNU_SOURCE -D_DEFAULT_SOURCE
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in copy_it .*fcntl64_dupfd_leak\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

extern int fcntl64(int fd, int command, ...);

__attribute__((noinline)) static int copy_it(int fd)
{
    int copy = fcntl64(fd, F_DUPFD, 50);
    return copy;
}
int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("%d %d\n", copy_it(fd), fcntl64(fd, F_GETFD));
    return close(fd);
}
