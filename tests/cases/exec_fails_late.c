// Proves that after an exec which could not be foreseen to fail, the program goes on and reports at its end.
// SETUP: printf 'neither a program nor a script' > odd; chmod +x odd
// ENV: SESSGUARD_OPTIONS=exitcode=9
// EXIT_WATCHED: 9
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session' "$REPORT")" = 2
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = execl("./odd", "./odd", (char *)NULL);
    printf("%d %d %d\n", fd >= 0, result, errno == ENOEXEC);
    return 0;
}
