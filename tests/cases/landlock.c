// Proves that a program which Landlock keeps from every file has its report on stderr.
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=report.txt
// EXIT_WATCHED: 23
// EXPECT: 1 leaked session
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* A kernel without Landlock shows the report's other way. */
    if (rules >= 0)
        printf("%ld\n", syscall(SYS_landlock_restrict_self, rules, 0));
    close(rules);
    return fd < 0;
}
