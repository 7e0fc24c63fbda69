// Proves that one end of a pair that stays open counts as one.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: 1 open of 2 opened here
// EXPECT: in make_pair .*socketpair_one_end\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int make_pair(int pair[2])
{
    int status = socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    return status;
}
int main(void)
{
    int pair[2];
    return make_pair(pair) || close(pair[0]);
}
