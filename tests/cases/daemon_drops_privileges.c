// Proves that what a daemon goes on with that has given up root's privileges, and that root itself may not look into as
// in a container, is handed to it: whatever its name, and whoever forked it. (Without privileges it just goes on.)
// RUN: for way in once twice; do for name in same other; do text=$(WATCH @PROG@ $way $name); echo "$text $?"; done; done
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=@DIR@/report.txt
// CLEAN
// CHECK: test -z "$(cat report.txt* 2>/dev/null)"
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "leaves.h"

static void give_up_looking(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) != 0)
        return;
    sets[0].effective &= ~(1U << CAP_SYS_PTRACE);
    sets[0].permitted &= ~(1U << CAP_SYS_PTRACE);
    syscall(SYS_capset, &header, sets);
}

int main(int count, char **words)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), is_ready[2];
    char byte;
    if (count < 3 || pipe(is_ready) != 0)
        return 98;
    give_up_looking();
    if (fork_daemon() != 0) {
        close(is_ready[1]);
        printf("ready %d", read(is_ready[0], &byte, 1) == 1);
        return 0;
    }
    setsid();
    if (strcmp(words[1], "twice") == 0 && fork() != 0)
        _exit(0);
    if (strcmp(words[2], "other") == 0)
        prctl(PR_SET_NAME, "worker");
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        _exit(97);
    if (write(is_ready[1], "", 1) != 1)
        _exit(96);
    outlive_parent();
    close(fd);
    _exit(0);
}
