// Proves that a program whose stderr is a pipe that is full and that nobody reads ends as usual, whether a
// write to it would block or not, and with its exit code, with the helper and without.
// RUN: for kind in blocking non-blocking; do for helper in '' :helper=/none; do WATCH SESSGUARD_OPTIONS=exitcode=23$helper @PROG@ $kind; echo "$kind $?" >>status; done; done
// CHECK: sed 's/ 0$/ 23/' ../../plain/cwd/status | diff - status
// CHECK: test "$(grep -c 23 status)" = 4
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    static char much[4096];
    int pair[2];
    if (pipe(pair) || dup2(pair[1], 2) != 2)
        return 1;
    fcntl(2, F_SETFL, O_NONBLOCK);
    while (write(2, much, sizeof much) > 0)
        ;
    if (strcmp(words[count - 1], "blocking") == 0)
        fcntl(2, F_SETFL, 0);
    puts("full");
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
