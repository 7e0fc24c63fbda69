// Proves that a program which was started under a filter, as in a container, is watched like any other.
// RUN: WATCH @PROG@ sandbox
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
#include "filter.h"

int main(int argc, char **argv)
{
    static struct filter filter;
    int any = SYS_read;
    if (argc == 1)
        return socket(AF_INET, SOCK_STREAM, 0) < 0;
    filter_promise();
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
              filter_make(&filter, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW, &any, 1)) != 0)
        return 1;
    execl(argv[0], argv[0], NULL);
    return 2;
}
