// Proves that dup2 and dup3 onto a tracked number close what was there.
// CLEAN
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int null = open("/dev/null", O_RDONLY);
    int one = socket(AF_INET, SOCK_STREAM, 0), two = socket(AF_INET, SOCK_STREAM, 0);
    printf("%d %d\n", dup2(null, one) == one, dup3(null, two, O_CLOEXEC) == two);
    return 0;
}
