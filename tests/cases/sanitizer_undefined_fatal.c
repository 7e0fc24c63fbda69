// Proves that a program that ends by a finding of UndefinedBehaviorSanitizer has its message, its status and
// our report.
// CFLAGS: -fsanitize=undefined -fno-sanitize-recover=all
// RUN: WATCH UBSAN_OPTIONS=log_path=ubsan:exitcode=17 @PROG@ 32; echo "$?"; WATCH @PROG@ 1; echo "$?"
// CHECK: cat ubsan.* | grep -q 'shift exponent'
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
#include <stdlib.h>
#include <sys/socket.h>

int main(int count, char **words)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? 1 : (1 << atoi(words[count - 1])) & 1;
}
