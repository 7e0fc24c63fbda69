// Proves that a program's umask neither opens our file to others nor takes it from its owner.
// RUN: for mask in 0 0277; do WATCH SESSGUARD_OPTIONS=output=report.$mask @PROG@ $mask || exit; done
// CHECK: test "$(stat -c %a report.0)" = 600 && test -s report.0
// CHECK: test "$(stat -c %a report.0277)" = 600 && test -s report.0277
// EXPECT: report in .*report\.0277
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

int main(int count, char **words)
{
    mode_t mask = (mode_t)strtol(words[count - 1], NULL, 8);
    umask(mask);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("%d\n", umask(mask) == mask);
    return fd < 0;
}
