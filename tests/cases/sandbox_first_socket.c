// Proves that the first socket of a process may be opened, and left open, inside a sandbox without mmap.
// ENV: SESSGUARD_OPTIONS=verbosity=1
// CLEAN
#include "filter.h"
#include <stdio.h>

int main(void)
{
    static struct filter filter;
    close_range(3, ~0U, 0); /* whatever was inherited */
    filter_promise();
    puts("nothing was opened yet");
    fflush(stdout);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, FILTER_SOCKETS_ONLY(&filter)) != 0)
        return 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    filter_say("opened\n");
    return fd == 3 && socket(AF_INET, SOCK_STREAM, 0) == 4 && close(fd) == 0 && close(99) < 0 ? 0 : 2;
}
