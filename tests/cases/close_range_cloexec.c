// Proves that close_range with CLOSE_RANGE_CLOEXEC, and one that fails, close nothing.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in main .*close_range_cloexec\.c
#include <errno.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
    printf("%d\n", close_range(3, ~0U, CLOSE_RANGE_CLOEXEC));
    printf("%d", close_range(9, 3, 0));
    printf(" %d\n", errno == EINVAL);
    return 0;
}
