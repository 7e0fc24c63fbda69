// Proves that a program under AddressSanitizer with default options of its own, which say nothing of the order
// of libraries, starts where the sanitizer is preloaded before us.
// CFLAGS: -fsanitize=address
// RUN: asan=$(ldd @PROG@ | sed -n 's/.*libasan.* => \([^ ]*\) .*/\1/p'); WATCH bash -c 'us=${LD_PRELOAD:-}; LD_PRELOAD='"$asan"'${us:+${us:+:}$us} exec @PROG@'
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdio.h>
#include <sys/socket.h>

const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=1"; }

int main(void)
{
    puts("starts");
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
