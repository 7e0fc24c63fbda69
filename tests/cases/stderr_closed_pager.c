// Proves that a program which closes its stdout and stderr while it is ending, and then waits for whoever reads them,
// as git does for its pager, waits no longer for our sake; and that it lets go of a file that it has locked.
// RUN: WATCH @PROG@ pager </dev/null; WATCH SESSGUARD_OPTIONS=output=/dev/stdout @PROG@ pager; WATCH @PROG@ lock 2>locked
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' locked)" = 1; test ! -s ../stderr
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *way = "";
static void at_end(void)
{
    fflush(stdout);
    if (strcmp(way, "lock") == 0) {
        int file = open("locked", O_RDONLY);
        close(2);
        printf("%d\n", flock(file, LOCK_EX | LOCK_NB));
    } else {
        close(1);
        close(2);
        while (wait(NULL) > 0)
            ;
    }
}
/* Everything that it prints goes through a child, which ends with its input. */
static void start_pager(void)
{
    int ends[2];
    if (pipe(ends))
        exit(1);
    if (fork() == 0) {
        dup2(ends[0], 0);
        close(ends[0]);
        close(ends[1]);
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    close(ends[0]);
    close(ends[1]);
}
int main(int count, char **words)
{
    way = words[count - 1];
    alarm(50); /* lest it wait for ever */
    if (strcmp(way, "lock") == 0)
        flock(2, LOCK_EX);
    else
        start_pager();
    atexit(at_end);
    puts("printed");
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
