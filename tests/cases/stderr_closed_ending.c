// Proves that a program which closes its stderr while it is ending, in an exit handler, a destructor or a handler
// of quick_exit, has its report, also on a pipe, and keeps its status of leaks; and that nobody else has the pipe.
// RUN: for way in fclose close range from dup destructor quick; do WATCH SESSGUARD_OPTIONS=exitcode=23 @PROG@ $way 2> >(cat >$way); status=$?; wait $!; echo "$way $status" >>states; done
// CHECK: for way in fclose close range destructor quick; do test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' $way)" = 1; grep -qx "$way 23" states; done
// CHECK: test ! -s ../stderr
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *way = "";
/* What it makes now has the number that it has without us, and a program that it starts has no copy. */
static void look(void)
{
    int fd = open("/dev/null", O_RDONLY);
    printf("%s %d\n", way, fd);
    fflush(stdout);
    (void)!system("set -- /proc/$$/fd/*; echo $#");
    close(fd);
}
static void at_end(void)
{
    if (strcmp(way, "fclose") == 0)
        fclose(stderr);
    else if (strcmp(way, "close") == 0)
        close(2);
    else if (strcmp(way, "range") == 0)
        close_range(2, 2, 0);
    else if (strcmp(way, "from") == 0)
        closefrom(2);
    else if (strcmp(way, "dup") == 0)
        close(dup2(open("/dev/null", O_WRONLY), 2));
    look();
}
__attribute__((destructor)) static void at_last(void)
{
    if (strcmp(way, "destructor") == 0)
        fclose(stderr), look();
}
static void at_quick_end(void)
{
    fclose(stderr);
    look();
}
int main(int count, char **words)
{
    way = words[count - 1];
    if (socket(AF_INET, SOCK_STREAM, 0) < 0)
        return 1;
    if (strcmp(way, "quick") == 0) {
        at_quick_exit(at_quick_end);
        quick_exit(0);
    }
    if (strcmp(way, "destructor") != 0)
        atexit(at_end);
    return 0;
}
