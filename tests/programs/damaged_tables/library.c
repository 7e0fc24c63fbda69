/* The library (NAME is library_open) and the plug-in (plugin_open). */
#include <sys/socket.h>
#include <unistd.h>

int never_called(int);
int NAME(int depth);

int never_called(int fd) { return close(fd) + listen(fd, 1) + shutdown(fd, SHUT_RD); }

__attribute__((noinline)) int NAME(int depth)
{
    char room[100 + 16 * depth];
    room[0] = (char)depth;
    __asm__ volatile("" : : "r"(room) : "memory");
    int fd = depth > 0 ? NAME(depth - 1) : socket(AF_INET, SOCK_STREAM, 0);
    __asm__ volatile("" : : "r"(room) : "memory");
    return fd;
}
