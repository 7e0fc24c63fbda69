// Proves that a server which gives up its privileges after its start, as most do, has its report, on stderr
// where the folder that was asked for is no longer its own.
// SETUP: chmod 755 .
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt:exitcode=23
// EXIT_WATCHED: 23
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    if (setgroups(0, NULL) || setgid(65534) || setuid(65534)) {
        perror("only root has privileges to give up");
        return 1;
    }
    printf("%d %d\n", geteuid(), setuid(0));
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
