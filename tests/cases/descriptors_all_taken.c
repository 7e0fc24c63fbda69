// Proves that a program that may open nothing at all any more ends as usual, with the report that the library
// itself can make.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>

int main(void)
{
    struct rlimit none = {0, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setrlimit(RLIMIT_NOFILE, &none);
    printf("%d", socket(AF_INET, SOCK_STREAM, 0));
    printf(" %d\n", errno == EMFILE);
    return fd < 0;
}
