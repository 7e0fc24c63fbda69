// Proves that where memory ends while a process runs it runs on, and is told how many leaks are known.
// EXPECT: ^==[0-9]+==WARNING: sessguard: 1 leaked session; no memory to list them$
// EXPECT: ^SUMMARY: sessguard: 1 session leaked\.$
#include "no_memory.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>

int main(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    printf("%d\n", setrlimit(RLIMIT_NOFILE, &limit));
    fflush(stdout);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (no_memory() != 0)
        return 1;
    for (int i = 0; i < 3; i++) /* a record of it would lie far beyond what was mapped */
        if (fcntl(fd, F_DUPFD, 4000) != 4000 || (i < 2 && close(4000) != 0))
            return 2;
    return 0;
}
