// Proves that the children of a sandboxed process, by fork and by vfork, end as ever too.
// CLEAN
#include "filter.h"
#include <sys/wait.h>

static const int allowed[] = {SYS_read,  SYS_write, SYS_close,  SYS_socket,         SYS_exit_group,
                              SYS_clone, SYS_wait4, SYS_gettid, SYS_rt_sigprocmask, SYS_set_robust_list,
#ifdef SYS_vfork
                              SYS_vfork
#endif
};

int main(void)
{
    static struct filter filter;
    int status = 0, sum = 0;
    close_range(3, ~0U, 0); /* whatever was inherited */
    socket(AF_INET, SOCK_STREAM, 0);
    filter_promise();
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
              filter_make(&filter, SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, allowed,
                          sizeof allowed / sizeof allowed[0])) != 0)
        return 1;
    if (fork() == 0)
        return socket(AF_INET, SOCK_STREAM, 0) == 4 && close(3) == 0 ? 0 : 2;
    wait(&status);
    sum |= status;
    if (vfork() == 0) {
        close(2);
        close(3);
        _exit(0);
    }
    wait(&status);
    return (sum | status) == 0 && close(2) == 0 ? 0 : 3;
}
