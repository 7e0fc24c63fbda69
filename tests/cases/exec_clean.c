// Proves that a program which leaks nothing says nothing when it becomes another, even where clean reports are
// asked for: there is one, at the end.
// ENV: SESSGUARD_OPTIONS=verbosity=1
// CHECK: test "$(grep -c 'sessguard' "$REPORT")" = 1
// EXPECT: sessguard: no leaks \(0 opened\)
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 1)
        return 0;
    close(socket(AF_INET, SOCK_STREAM, 0));
    return execl(argv[0], argv[0], "again", (char *)NULL);
}
