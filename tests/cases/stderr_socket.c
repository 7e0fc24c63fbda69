// Proves that a report goes to a socket that was stderr from the start, as under inetd or ssh, and not to one
// that the program put in its place: there a client is at the other end.
// EXPECT: in from_start .*stderr_socket\.c
// REJECT: in put_there
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 1
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int from_start(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int put_there(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void receive(int fd)
{
    char text[4096];
    for (ssize_t got; (got = recv(fd, text, sizeof text, 0)) > 0;)
        fprintf(stderr, "%.*s", (int)got, text);
    close(fd);
}
int main(int count, char **words)
{
    if (count > 1)
        return from_start() < 0;
    for (int i = 0; i < 2; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
            return 1;
        if (fork() == 0) {
            close(pair[0]);
            if (dup2(pair[1], 2) != 2 || close(pair[1]) != 0)
                _exit(1);
            if (i == 0)
                execl("/proc/self/exe", words[0], "child", (char *)NULL);
            _exit(put_there() < 0);
        }
        close(pair[1]);
        receive(pair[0]);
    }
    int status, worst = 0;
    while (wait(&status) > 0)
        worst |= status;
    printf("%d\n", worst);
    return 0;
}
