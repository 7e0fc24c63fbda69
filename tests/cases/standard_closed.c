// Proves that a program started with any of descriptors 0, 1 and 2 closed gets the same numbers, that nothing
// of ours goes into the files that took these, and that the report goes where it was asked for.
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt:unknown=1
// REPORT: report.txt
// RUN: for closed in '' '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do (eval "exec $closed"; for mode in warn silence auto-close; do WATCH SESSGUARD_MODE=$mode @PROG@; done); done; cat numbers
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 24
// CHECK: ! grep -q sessguard numbers
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int file;
static void at_end(void)
{
    int fd = open("/dev/null", O_RDONLY);
    dprintf(file, "end %d\n", fd);
    close(fd);
}
int main(void)
{
    file = open("numbers", O_RDWR | O_CREAT | O_APPEND, 0600);
    dprintf(file, "%d", file);
    dprintf(file, " %d %d\n", socket(AF_INET, SOCK_STREAM, 0), open("/dev/null", O_RDONLY));
    atexit(at_end);
    return 0;
}
