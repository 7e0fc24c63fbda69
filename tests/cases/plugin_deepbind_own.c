// Proves that a plug-in with RTLD_DEEPBIND, whose calls are bound when they are first made, calls a function of
// libc's name in a library of its own, if it brings one: for that the flag is there.
// PLUGIN: own_close.c
// PLUGIN: close_plugin.c
// POST: gcc -shared -fPIC -Wl,-z,lazy,-rpath,. @SRC@/lib/close_plugin.c -o lazy.so own_close.so
// CLEAN
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    if (chdir(getenv("CASE_DIR")) != 0)
        return 1;
    void *library = dlopen("./lazy.so", RTLD_LAZY | RTLD_DEEPBIND);
    int (*close_it)(int) = (int (*)(int))dlsym(library, "plugin_close");
    printf("%d\n", close_it(77));
    return 0;
}
