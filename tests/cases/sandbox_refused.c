// Proves that a sandbox which could not be had, was only asked about, or is a vforked child's changes nothing.
// EXPECT: ^2 sockets( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 1 place
#include "filter.h"
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

static __attribute__((noinline)) void leak(void) { printf("%d\n", socket(AF_INET, SOCK_STREAM, 0)); }

int main(void)
{
    static struct filter filter;
    static char *arguments[] = {"true", NULL};
    unsigned action = SECCOMP_RET_KILL_PROCESS;
    int everything = -1;
    filter_promise();
    for (int i = 0; i < 2; i++) { /* the second time with records */
        printf("%d", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL));
        printf(" %d\n", errno);
        printf("%ld", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, NULL));
        printf(" %d\n", errno);
        printf("%ld\n", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
        printf("%d %ld\n", prctl(PR_GET_SECCOMP), syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0, 0));
        leak();
    }
    pid_t child = vfork();
    if (child == 0) {
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
              filter_make(&filter, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW, &everything, 1));
        execv("/bin/true", arguments);
        _exit(1);
    }
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}
