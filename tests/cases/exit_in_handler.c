// Proves that _exit called by an atexit handler still gives one report, and its status.
// EXIT: 5
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void leave(void) { _exit(5); }

int main(void)
{
    atexit(leave);
    socket(AF_INET, SOCK_STREAM, 0);
    return 0;
}
