// Proves that a program that ends by abort reports its leak and still dies of SIGABRT.
// EXIT: 134
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdlib.h>
#include <sys/socket.h>

int main(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
    abort();
}
