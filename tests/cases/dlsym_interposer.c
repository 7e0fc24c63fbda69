// Proves that another interposer finds the next function after itself, and is called once for each call.
// WITH: interposes_socket.c
// WITH_LIBS: -ldl
// EXPECT: ^1 socket
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

extern int interposed;
int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    close(socket(AF_INET, SOCK_STREAM, 0));
    printf("%d %d\n", fd >= 0, interposed);
    return 0;
}
