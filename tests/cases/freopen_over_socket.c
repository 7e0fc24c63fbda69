// Proves that freopen and freopen64 of a stream over a socket close the socket.
// CLEAN
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
    FILE *one = fdopen(socket(AF_INET, SOCK_STREAM, 0), "r");
    FILE *two = fdopen(socket(AF_INET, SOCK_STREAM, 0), "r");
    int first = fileno(one);
    one = freopen("/dev/null", "r", one);
    two = freopen64("/dev/null", "r", two);
    printf("%d %d\n", fileno(one) == first, two != NULL);
    return fclose(one);
}
