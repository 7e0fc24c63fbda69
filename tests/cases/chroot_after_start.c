// Proves that a program which locks itself into an empty folder after its start ends as usual and has its
// report on stderr, though neither the helper nor the file that was asked for are there.
// SETUP: mkdir jail
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt:exitcode=23
// EXIT_WATCHED: 23
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// CHECK: test -z "$(ls -A jail)"
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    /* Only the administrator may; of a name space of one's own everybody is. */
    if (chroot("jail") != 0 && (unshare(CLONE_NEWUSER) != 0 || chroot("jail") != 0)) {
        perror("chroot");
        return 1;
    }
    printf("%d\n", chdir("/"));
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
