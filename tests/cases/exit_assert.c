// Proves that a program whose assertion fails reports what it leaked, and dies as it would.
// EXIT: 134
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#undef NDEBUG
#include <assert.h>
#include <sys/socket.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert(fd < 0);
    if (fd == -2)
        __assert_fail("never", __FILE__, __LINE__, "main");
    return 0;
}
