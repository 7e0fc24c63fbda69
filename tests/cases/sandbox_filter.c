// Proves that a process which kills itself on all but socket calls ends as ever, and leaks unreported.
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=exitcode=23:verbosity=1:report_clean=1
// CLEAN
#include "filter.h"

int main(void)
{
    static struct filter filter;
    close_range(3, ~0U, 0); /* whatever was inherited */
    for (int i = 0; i < 10; i++)
        socket(AF_INET, SOCK_STREAM, 0);
    filter_promise();
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, FILTER_SOCKETS_ONLY(&filter)) != 0)
        return 1;
    filter_say("sandboxed\n");
    for (int i = 0; i < 200; i++) /* enough that the records need more memory */
        if (socket(AF_UNIX, SOCK_STREAM, 0) != 13 + i)
            return 2;
    for (int i = 3; i < 60; i += 2)
        if (close(i) != 0)
            return 3;
    return dup(100) == 3 && close(2) == 0 ? 0 : 4;
}
