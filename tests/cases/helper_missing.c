// Proves that without the helper the library prints the entry itself, with module and offset, says so,
// and keeps the counts and the exit status.
// CFLAGS: -O0
// ENV: SESSGUARD_OPTIONS=helper=/no/such/helper:exitcode=23
// EXIT_WATCHED: 23
// EXPECT: ^3 sockets?( \([a-z ]+\))? never closed
// EXPECT: #0 0x[0-9a-f]+ .*helper_missing\+0x[0-9a-f]+
// EXPECT: SUMMARY: sessguard: 3 sessions leaked at 1 place
// EXPECT: ; no lines: the sessguard command could not be started$
#include <sys/socket.h>

int main(void)
{
    for (int i = 0; i < 3; i++)
        socket(AF_INET, SOCK_STREAM, 0);
    return 0;
}
