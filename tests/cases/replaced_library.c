// Proves that libraries without a build-id have no names of the files that take their place, before anybody looked at
// them or after, or of what is written into their own.
// SETUP: for i in early late grown kept; do cc -shared -fPIC -g -Wl,--build-id=none -o $i.so @SRC@/lib/replaced_library.c; done
// SETUP: cc -DOTHER -shared -fPIC -g -Wl,--build-id=none -o other.so @SRC@/lib/replaced_library.c
// LIBS: -ldl
// EXPECT: 4 leaked sessions at 4 places
// EXPECT: in leaky .*replaced_library\.c
// EXPECT: #0 0x[0-9a-f]+ +\(.*/late\.so\+0x
// EXPECT: #0 0x[0-9a-f]+ +\(.*/grown\.so\+0x
// REJECT: innocent
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static int (*load(const char *path))(void)
{
    void *library = dlopen(path, RTLD_NOW);
    return library ? (int (*)(void))dlsym(library, "leaky") : NULL;
}

int main(void)
{
    int (*early)(void) = load("./early.so");
    int (*late)(void) = load("./late.so");
    int (*grown)(void) = load("./grown.so");
    int (*kept)(void) = load("./kept.so");
    int is_bad = early() < 0;
    /* After the library was first seen, and before. */
    is_bad |= system(
        "cp -p other.so next.so && mv next.so early.so && cp -p other.so next.so && mv next.so late.so");
    is_bad |= late() < 0 || grown() < 0 || kept() < 0;
    is_bad |= system("echo >>grown.so");
    return is_bad;
}
