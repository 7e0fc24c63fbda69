// Proves that a program that marks its standard streams close-on-exec, as Node does, gets its report.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
            return 1;
    socket(AF_INET, SOCK_STREAM, 0);
    puts("leaked");
    return 0;
}
