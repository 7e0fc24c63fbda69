// Proves that a process with 3.2 MB for its data may use them up to the end as ever, and is watched.
// RUN: ulimit -d 3200; exec WATCH @PROG@
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>

int main(void)
{
    printf("%d\n", socket(AF_INET, SOCK_STREAM, 0));
    void *most = mmap(NULL, 3 << 19, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    puts(most == MAP_FAILED ? "no memory" : "mapped");
    munmap(most, 3 << 19);
    return 0;
}
