// Proves that LeakSanitizer and we each make a report of what the other does not see, under LeakSanitizer's
// status where it finds something, and under our exit code where it does not.
// CFLAGS: -fsanitize=leak
// ENV: SESSGUARD_OPTIONS=exitcode=42
// RUN: WATCH LSAN_OPTIONS=log_path=lsan:exitcode=23 @PROG@ memory; echo "$?" >>status; WATCH LSAN_OPTIONS=exitcode=23 @PROG@; echo "$?" >>status
// CHECK: grep -q 'definitely lost\|Direct leak of 100 byte' lsan.* && grep -q 'in lose_memory' lsan.*
// CHECK: test "$(cat status)" = "$(printf '23\n42')" && test "$(cat ../../plain/cwd/status)" = "$(printf '23\n0')"
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
#include <stdlib.h>
#include <sys/socket.h>

static void *volatile lost;
__attribute__((noinline)) static void lose_memory(void)
{
    lost = malloc(100);
    lost = NULL;
}

int main(int count, char **words)
{
    if (count > 1 && words[1])
        lose_memory();
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
