// Proves that a program that has closed its stdin, as cat does, gets the whole report with functions.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in leak_here .*stdin_closed\.c:11
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int leak_here(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    printf("%d\n", leak_here());
    return close(STDIN_FILENO);
}
