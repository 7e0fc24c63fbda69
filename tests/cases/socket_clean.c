// Proves that sockets of many kinds, all closed, give no report and keep their numbers.
// CLEAN
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int pair[2];
    for (int i = 0; i < 1000; i++) {
        int fd = socket(i % 2 ? AF_INET : AF_UNIX, i % 3 ? SOCK_STREAM : SOCK_DGRAM, 0);
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
            return 1;
        if (i == 999)
            printf("%d %d %d\n", fd, pair[0], pair[1]);
        close(fd), close(pair[1]), close(pair[0]);
    }
    return 0;
}
