// Proves that every exec that fails returns with its errno, and that the one report comes at the real end.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOW(call, expected)                                                                                 \
    do {                                                                                                     \
        int result = (call);                                                                                 \
        printf("%d %d\n", result, errno == (expected));                                                      \
    } while (0)

int main(void)
{
    char *argv[] = {"none", NULL};
    int fd = socket(AF_INET, SOCK_STREAM, 0), file = open("/dev/null", O_RDONLY);
    SHOW(execv("/none/x", argv), ENOENT);
    SHOW(execve("/none/x", argv, environ), ENOENT);
    SHOW(execvp("no-such-program-here", argv), ENOENT);
    SHOW(execvpe("no-such-program-here", argv, environ), ENOENT);
    SHOW(execl("/none/x", "none", (char *)NULL), ENOENT);
    SHOW(execle("/none/x", "none", (char *)NULL, environ), ENOENT);
    SHOW(execlp("no-such-program-here", "none", (char *)NULL), ENOENT);
    SHOW(fexecve(file, argv, environ), EACCES);
    SHOW(execveat(AT_FDCWD, "/none/x", argv, environ, 0), ENOENT);
    close(file);
    return fd < 0;
}
