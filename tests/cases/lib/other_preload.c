/* Another preloaded library, which counts what it sees and passes it on. */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>

static int seen;

int socket(int domain, int type, int protocol)
{
    __typeof__(&socket) real = (__typeof__(&socket))dlsym(RTLD_NEXT, "socket");
    seen++;
    return real(domain, type, protocol);
}

__attribute__((destructor)) static void tell(void) { printf("the other saw %d\n", seen); }
