// Proves that a program that ignores SIGCHLD gets its report, once, and its exit code.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// EXPECT: in main .*sigchld_ignored\.c
// REJECT: could not be started
#include <signal.h>
#include <sys/socket.h>

int main(void)
{
    signal(SIGCHLD, SIG_IGN);
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
