// Proves that a process with 8 MB of address space, of which libc takes a fourth, runs as ever, and has a report, where
// need be without lines: the libraries that the command reads these with may not fit.
// CFLAGS: -O0
// RUN: ulimit -v 8192; exec WATCH @PROG@
// EXPECT: ^2 sockets( \([a-z ]+\))? never closed
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>

int main(void)
{
    for (int i = 0; i < 2; i++)
        printf("%d\n", socket(AF_INET, SOCK_STREAM, 0));
    puts(mmap(NULL, 3 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? "no memory"
                                                                                          : "mapped");
    return 0;
}
