// Proves that dlopen finds libraries in the caller's own RUNPATH, and dlsym's special handles work.
// PLUGIN: curl_plugin.c
// PLUGIN_LIBS: -lcurl
// CFLAGS: -Wl,--enable-new-dtags
// CLEAN
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    void *library = dlopen("curl_plugin.so", RTLD_NOW); /* no path: only the RUNPATH of this program has it */
    puts(library ? "loaded" : dlerror());
    int (*open_one)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_DEFAULT, "socket");
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");
    void *versioned = dlvsym(RTLD_DEFAULT, "socket", "GLIBC_2.2.5");
    printf("%d %d\n", next(open_one(AF_INET, SOCK_STREAM, 0)), versioned != NULL);
    return 0;
}
