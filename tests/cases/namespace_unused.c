// Proves that a report in between starts no process where that would be the first one of a name space which the
// program has made for its own next child: afterwards that child can be started, or the clocks set, as ever.
// CFLAGS: -I@SRC@/../../shim
// RUN: for way in exec pid time; do for mode in warn silence auto-close; do WATCH SESSGUARD_MODE=$mode SESSGUARD_OPTIONS=output=report.$way.$mode @PROG@ $way || exit; done; done
// CHECK: for way in exec pid time; do grep -q '^SUMMARY: sessguard: 1 session leaked at 1 place' report.$way.silence; done
// CHECK: test "$(grep -c '^SUMMARY: .* in a new namespace$' report.time.silence)" = 1
// CHECK: printf '6.11\n%s\n' "$(uname -r)" | sort -CV && test "$(id -u)" = 0 || exit 0; grep -q 'in main .*namespace_unused\.c' report.exec.silence report.pid.silence
#include "sessguard.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int two_children(void)
{
    int ends[2], status, worst = 0;
    char byte = 0;
    if (pipe(ends))
        return 1;
    if (fork() == 0) /* the first one lives until the second is there */
        _exit(close(ends[1]) || read(ends[0], &byte, 1) < 0);
    pid_t second = fork();
    if (second == 0)
        _exit(0);
    close(ends[0]);
    close(ends[1]);
    while (wait(&status) > 0)
        worst |= status;
    printf("%d %d\n", second > 0, worst);
    return 0;
}
static void set_clock(void)
{
    int fd = open("/proc/self/timens_offsets", O_WRONLY);
    printf("%d\n", write(fd, "monotonic 5 0\n", 14) == 14);
    close(fd);
}
int main(int count, char **words)
{
    const char *way = words[count - 1];
    int name_space = strcmp(way, "time") == 0 ? 0x80 /* CLONE_NEWTIME */ : CLONE_NEWPID;
    if (strcmp(way, "again") == 0)
        return two_children();
    if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0)
        return 1;
    /* Only the administrator may; of a name space of one's own everybody is. */
    if (unshare(name_space) != 0 && unshare(CLONE_NEWUSER | name_space) != 0)
        perror("unshare");
    if (strcmp(way, "exec") == 0)
        return execl(words[0], words[0], "again", NULL);
    if (__sessguard_do_recoverable_leak_check)
        __sessguard_do_recoverable_leak_check();
    if (strcmp(way, "pid") == 0)
        return two_children();
    set_clock();
    return 0;
}
