// Proves that a server which gives up its privileges after its start, as most do, has its report beside that of the
// processes that keep them, for its own user alone, in silence without a word; in a folder that everybody may write
// to, in one of root's; by a system call of its own, too; whoever comes first, and whatever the umask is.
// SETUP: chmod 755 .; mkdir open; chmod 1777 open
// RUN: for way in setuid setreuid setresuid seteuid raw; do for folder in . open; do WATCH SESSGUARD_MODE=silence SESSGUARD_OPTIONS=output=$folder/$way @PROG@ $way; done; done; WATCH SESSGUARD_OPTIONS=output=warned @PROG@ setuid 2>pointers; WATCH SESSGUARD_MODE=silence SESSGUARD_OPTIONS=log_path=log @PROG@ setuid 2>lost
// CHECK: test ! -s ../stderr
// CHECK: for way in setuid setreuid setresuid seteuid raw; do grep -q 'in as_other' $way.65534; ! grep -q 'in as_root' $way.65534; test "$(stat -c '%u %a' $way.65534)" = '65534 600'; done
// CHECK: for way in setuid setreuid setresuid seteuid raw open/setuid.0 open/setreuid.0 open/setresuid.0 open/seteuid.0; do grep -q 'in as_root' $way; done
// CHECK: for way in open/setuid open/setreuid open/setresuid open/seteuid open/raw; do test "$(cat $way* | grep -c 'in as_other')" = 2; for file in $way*; do test "$(stat -c %a $file)" = 600; done; done
// CHECK: grep -q 'report in .*/warned$' pointers; grep -q 'report in .*/warned.65534$' pointers; test "$(wc -l <pointers)" = 3
// CHECK: test "$(grep -c '^sessguard: cannot write the report to .*/log\.[0-9]*: Permission denied' lost)" = 2; test "$(wc -l <lost)" = 2
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int as_other(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int as_root(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void drop(const char *way)
{
    if (setgroups(0, NULL) || setgid(65534)) {
        perror("only root has privileges to give up");
        exit(1);
    }
    int result = strcmp(way, "setuid") == 0     ? setuid(65534)
                 : strcmp(way, "setreuid") == 0 ? setreuid(65534, 65534)
                 : strcmp(way, "seteuid") == 0  ? seteuid(65534)
                 : strcmp(way, "raw") == 0      ? (int)syscall(SYS_setresuid, 65534, 65534, 65534)
                                                : setresuid(65534, 65534, 65534);
    if (result != 0)
        exit(2);
}
static int child(const char *way)
{
    int status;
    if (fork() == 0) {
        umask(0777);
        drop(way);
        printf("%d %d\n", (int)geteuid(), strcmp(way, "seteuid") == 0 ? 0 : setuid(0));
        exit(as_other() < 0);
    }
    wait(&status);
    return status;
}
int main(int count, char **words)
{
    const char *way = words[count - 1];
    int first = child(way), second = child(way);
    return first || second || as_root() < 0;
}
