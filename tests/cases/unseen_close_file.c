// Proves that a close that could not be seen, and a file that then took the number, are no leak.
// CLEAN
#include "raw.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), gone = socket(AF_INET, SOCK_STREAM, 0);
    raw_close(fd);
    printf("%d\n", open("/dev/null", O_RDONLY) == fd);
    raw_close(gone);
    return 0;
}
