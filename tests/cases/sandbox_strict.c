// Proves that a process in strict mode, which may only read, write and exit, ends as ever.
// CLEAN
#include "filter.h"

int main(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
        return 1;
    filter_say("strict\n");
    syscall(SYS_exit, 0); /* exit_group() is not allowed */
    return 2;
}
