// Proves that two copies that stay are two leaks at one place while the closed original is none.
// CFLAGS: -O0
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: in copy_it .*dup_original_closed\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 1 place
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int copy_it(int fd)
{
    int copy = dup(fd);
    return copy;
}
int main(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return 1;
    for (int i = 0; i < 2; i++)
        copy_it(pair[i]);
    return close(pair[0]) || close(pair[1]);
}
