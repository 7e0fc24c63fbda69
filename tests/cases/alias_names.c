// Proves that libc's second names of its functions are watched as the first.
// CFLAGS: -O0
// EXPECT: in by_fcntl .*alias_names\.c
// EXPECT: peer 127\.0\.0\.1:
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include "net.h"
#include <errno.h>
#include <fcntl.h>

int __close(int), __dup2(int, int), __connect(int, const struct sockaddr *, socklen_t),
    __fcntl(int, int, ...);
int _IO_fclose(FILE *);
FILE *_IO_fdopen(int, const char *);

__attribute__((noinline)) static int by_fcntl(int fd)
{
    int copy = __fcntl(fd, F_DUPFD, 50);
    return copy;
}
int main(void)
{
    struct sockaddr_in address;
    int listener = net_listen(&address), fd = socket(AF_INET, SOCK_STREAM, 0), other = by_fcntl(fd);
    printf("%d\n", __connect(fd, (struct sockaddr *)&address, sizeof address));
    printf("%d\n", __connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0);
    FILE *file = _IO_fdopen(__dup2(fd, 60), "r");
    printf("%d\n", _IO_fclose(file));
    printf("%d\n", __dup2(listener, __dup2(fd, 61)));
    printf("%d %d\n", __close(61), __close(listener));
    printf("%d %d\n", __close(61), errno);
    return other != 50;
}
