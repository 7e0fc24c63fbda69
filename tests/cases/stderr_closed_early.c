// Proves that a program which closes its stderr before its end has its report in the file, or on the terminal, that
// this was, and in no file that took its number; but not where it goes on as a daemon or in a child, nor after a pipe.
// RUN: for way in fclose close unlinked renamed taken daemon child; do WATCH SESSGUARD_OPTIONS=exitcode=23 @PROG@ $way 2>$way; echo "$way $?" >>states; done; WATCH @PROG@ pipe 2> >(cat >pipe); wait $!; script -qec "WATCH @PROG@ terminal" /dev/null >terminal
// CHECK: for way in fclose close taken terminal; do test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' $way)" = 1; done
// CHECK: for way in unlinked pipe; do test ! -s $way; done; test "$(cat renamed)" = other; test "$(cat data)" = mine
// CHECK: for way in daemon child; do test "$(grep -c SUMMARY $way)" = 1; grep -q 'in as_parent' $way; done; test "$(grep -c ' 23$' states)" = 7
// CHECK: test ! -s ../stderr
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int leak(void) { return socket(AF_INET, SOCK_STREAM, 0); }
__attribute__((noinline)) static int as_parent(void)
{
    int fd = leak();
    return fd;
}
int main(int count, char **words)
{
    const char *way = words[count - 1];
    FILE *file;
    if (strcmp(way, "unlinked") == 0)
        unlink(way);
    if (strcmp(way, "child") == 0) {
        if (fork() == 0)
            exit((fclose(stderr), leak()) < 0);
        wait(NULL);
    }
    int leaked = as_parent();
    if (strcmp(way, "fclose") == 0)
        fclose(stderr);
    else
        close(2);
    if (strcmp(way, "renamed") == 0) {
        unlink(way);
        int other = open(way, O_WRONLY | O_CREAT, 0600);
        dprintf(other, "other\n");
        close(other == 2 ? dup(other) : other);
        close(2);
    }
    if (strcmp(way, "taken") == 0 && (file = fopen("data", "w")) && fileno(file) == 2)
        return leaked < 0 || fputs("mine\n", file) < 0;
    if (strcmp(way, "daemon") == 0) {
        if (fork() != 0)
            return wait(NULL) < 0;
        setsid();
        leaked = leak();
    }
    return leaked < 0;
}
