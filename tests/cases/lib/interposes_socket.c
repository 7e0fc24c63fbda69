/* Another interposer, linked with the program. */
#include <dlfcn.h>

int interposed;
int socket(int domain, int type, int protocol);
int socket(int domain, int type, int protocol)
{
    int (*next)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
    interposed++;
    return next(domain, type, protocol);
}
