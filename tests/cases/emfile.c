// Proves that a leak that has taken every descriptor is still reported, with function and line.
// EXPECT: sockets?( \([a-z ]+\))? never closed
// EXPECT: in hoard .*emfile\.c:[0-9]+
// EXPECT: SUMMARY: sessguard: [0-9]+ sessions leaked at 1 place
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>

__attribute__((noinline)) static int hoard(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    struct rlimit limit = {200, 200};
    int count = 0;
    setrlimit(RLIMIT_NOFILE, &limit);
    while (hoard() >= 0)
        count++;
    printf("%d %d\n", count > 150, errno == EMFILE);
    return 0;
}
