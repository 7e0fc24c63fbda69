// Proves that a program may ask in between, as often as it likes, and that only what is open counts.
// CFLAGS: -I@SRC@/../../shim
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 2
// EXPECT: in main .*api_check\.c
#include "sessguard.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int check(void)
{
    return __sessguard_do_recoverable_leak_check ? __sessguard_do_recoverable_leak_check() : -1;
}
int main(void)
{
    int before = check(), fd = socket(AF_INET, SOCK_STREAM, 0), open = check(), again = check();
    close(fd);
    int after = check();
    if (before == -1)
        return 0; /* without the library there is nothing to ask */
    return before == 0 && open == 1 && again == 1 && after == 0 ? 0 : 1;
}
