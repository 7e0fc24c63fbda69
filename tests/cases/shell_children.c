// Proves that fifty children of a shell, some of which leak, each answer for themselves, and the shell for
// nothing.
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt:exitcode=23
// RUN: for shell in bash dash; do WATCH $shell -c 'i=0; while [ $i -lt 50 ]; do i=$((i + 1)); x=$(@PROG@ $((i % 10)) | cat) && echo "$x" || exit 1; done; (exit 3)'; echo "$?"; done
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 10
// CHECK: test "$(grep -c 'WARNING: sessguard: .* in @PROG@' "$REPORT")" = 10
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    int number = atoi(words[count - 1]), fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("%d\n", number);
    return number ? close(fd) : 0;
}
