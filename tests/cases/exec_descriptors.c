// Proves that a socket which is closed by exec counts, and one that the next program inherits does not, nor is
// reported by that one.
// EXPECT: in closed_by_exec .*exec_descriptors\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: passed_on
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int passed_on(void) { return socket(AF_INET, SOCK_STREAM, 0) + 0; }
__attribute__((noinline)) static int closed_by_exec(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) + 0;
}
int main(int argc, char **argv)
{
    if (argc > 1) {
        int type = 0;
        socklen_t length = sizeof type;
        printf("%d\n", getsockopt(argv[1][0] - '0', SOL_SOCKET, SO_TYPE, &type, &length));
        return 0;
    }
    char number[2] = {(char)('0' + passed_on()), 0};
    return closed_by_exec() < 0 ? 1 : execl(argv[0], argv[0], number, (char *)NULL);
}
