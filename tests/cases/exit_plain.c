// Proves that a program that ends by exit(7) reports its leak and keeps its status.
// EXIT: 7
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in leak_here .*exit_plain\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int leak_here(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    leak_here();
    exit(7);
}
