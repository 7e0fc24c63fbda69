// Proves that fclose of a stream over a socket is a close, and that a later file with the same number is
// not taken for the socket.
// CLEAN
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    FILE *stream = fdopen(fd, "r+");
    printf("%d\n", fclose(stream));
    printf("%d\n", open("/dev/null", O_RDONLY) == fd);
    return 0;
}
