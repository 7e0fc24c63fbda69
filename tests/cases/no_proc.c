// Proves that a program without /proc has its report, at its end and in between.
// CFLAGS: -rdynamic -I@SRC@/../../shim
// RUN: for way in end check; do WATCH @PROG@ $way; done
// EXPECT: in leaky
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 3
#include "sessguard.h"
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) int leaky(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(int count, char **words)
{
    /* Only the administrator may; of a name space of one's own everybody is. */
    if ((unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) ||
        mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("none", "/proc", "tmpfs", 0, NULL) != 0)
        perror("mount");
    printf("%d\n", access("/proc/self", F_OK));
    int fd = leaky();
    if (strcmp(words[count - 1], "check") == 0 && __sessguard_do_recoverable_leak_check)
        __sessguard_do_recoverable_leak_check();
    return fd < 0;
}
