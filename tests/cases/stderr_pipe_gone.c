// Proves that a report that nobody reads any more kills nobody: SIGPIPE is not for the program.
// RUN: { WATCH @PROG@ 3>&1; echo "status $?" >&4; } 4>&1 2> >(exec 2>&-; head -c 1 >/dev/null)
// CHECK: test ! -s ../stderr
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    (void)!write(2, "x", 1);
    struct pollfd end = {.fd = 2, .events = 0};
    poll(&end, 1, 300000); /* the reader has gone when POLLERR comes */
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
