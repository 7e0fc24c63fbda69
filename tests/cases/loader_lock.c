// Proves that opening a socket in a thread takes none of the loader's locks: a constructor waits for it.
// PLUGIN: opens_in_constructor.c
// CLEAN
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/opens_in_constructor.so", getenv("CASE_DIR"));
    void *library = dlopen(path, RTLD_NOW);
    puts(library ? "loaded" : dlerror());
    return dlclose(library);
}
