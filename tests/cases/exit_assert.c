// Proves that a program that dies of a failed assertion reports its leak and dies as usual.
// EXIT: 134
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// EXPECT: Assertion
#undef NDEBUG
#include <assert.h>
#include <sys/socket.h>

int main(void)
{
    assert(socket(AF_INET, SOCK_STREAM, 0) < 0);
    return 0;
}
