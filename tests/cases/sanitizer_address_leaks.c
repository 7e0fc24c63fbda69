// Proves that a program under AddressSanitizer which loses memory, or writes where it may not, has that
// sanitizer's report and status, and ours.
// CFLAGS: -fsanitize=address
// ENV: SESSGUARD_OPTIONS=exitcode=42
// RUN: for error in memory bounds none; do WATCH ASAN_OPTIONS=log_path=asan-$error:exitcode=17 @PROG@ $error; echo "$?" >>status; done
// CHECK: grep -q 'Direct leak of 100 byte' asan-memory.* && grep -q 'stack-buffer-overflow' asan-bounds.*
// CHECK: test "$(cat status)" = "$(printf '17\n17\n42')" && test "$(cat ../../plain/cwd/status)" = "$(printf '17\n17\n0')"
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 3
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static char *volatile lost;
__attribute__((noinline)) static void err(const char *error)
{
    char room[8];
    lost = room;
    if (*error == 'b')
        lost[strlen(error) + 2] = 'x';
    if (*error == 'm')
        lost = malloc(100);
    lost = NULL;
}

int main(int count, char **words)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    err(words[count - 1]);
    return fd < 0;
}
