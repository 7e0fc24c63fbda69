// Proves that a process with little address space may use it up to the end as ever, and is watched.
// RUN: ulimit -v 50000; exec WATCH @PROG@
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

int main(void)
{
    printf("%d\n", socket(AF_INET, SOCK_STREAM, 0));
    char *most = mmap(NULL, 44 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    puts(most == MAP_FAILED ? "no memory" : "mapped");
    munmap(most, 44 << 20);
    return most == MAP_FAILED;
}
