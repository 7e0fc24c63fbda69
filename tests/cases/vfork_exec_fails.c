// Proves that a vforked child whose exec fails and that ends by _exit leaves the parent's records alone.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), status;
    if (vfork() == 0) {
        close(fd);
        execl("/no/such/program", "program", (char *)NULL);
        _exit(9);
    }
    int waited = wait(&status) > 0;
    printf("%d %d\n", waited, WEXITSTATUS(status));
    return 0;
}
