// Proves that a forked child's sandbox is the child's: it ends unharmed, and its parent is watched on.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include "filter.h"
#include <stdio.h>
#include <sys/wait.h>

int main(void)
{
    static struct filter filter;
    int status = -1;
    close(socket(AF_INET, SOCK_STREAM, 0));
    filter_promise();
    pid_t child = fork();
    if (child == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, FILTER_SOCKETS_ONLY(&filter)) != 0)
            return 1;
        return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 2 : 0;
    }
    waitpid(child, &status, 0);
    printf("child %d\n", status);
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
