// Proves that where a daemon has closed what it had from its parent, and both end at once, nobody reports it; and
// that where neither closes it exactly one of them does.
// RUN: for i in 1 2 3 4 5; do for what in closes leaks; do text=$(WATCH @PROG@ $what); echo "$text"; done; done
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place\.' "$REPORT")" = 5
// CHECK: test "$(grep -c 'in leaks' "$REPORT")" = 5
// REJECT: in closes
#include "leaves.h"

__attribute__((noinline)) static int closes(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int leaks(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(int count, char **words)
{
    int done[2];
    char byte;
    int is_closed = strcmp(words[count - 1], "closes") == 0;
    int fd = is_closed ? closes() : leaks();
    if (fd < 0 || pipe(done) != 0)
        return 98;
    if (fork() == 0) {
        setsid();
        if (is_closed)
            close(fd);
        close(done[1]);
        _exit(0);
    }
    close(done[1]);
    printf("%d\n", read(done[0], &byte, 1) == 0);
    fflush(stdout);
    _exit(0);
}
