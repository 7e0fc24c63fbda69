// Proves that a file which got number 2 after the program had closed its stderr does not get our report.
// CHECK: test "$(cat data)" = mine
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    close(2);
    int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    dprintf(fd, "mine\n");
    return fd != 2 || socket(AF_INET, SOCK_STREAM, 0) < 0;
}
