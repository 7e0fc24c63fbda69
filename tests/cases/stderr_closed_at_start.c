// Proves that a program that is started with descriptors 0, 1 and 2 closed, and leaks, ends as usual:
// our report goes to none of the files that took these numbers.
// RUN: WATCH @PROG@ <&- >&- 2>&-; status=$?; cat taken; exit $status
// CHECK: test ! -s ../stderr
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 3; i++)
        if (open("taken", O_RDWR | O_CREAT | O_APPEND, 0600) != i)
            return 1;
    dprintf(2, "mine\n");
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
