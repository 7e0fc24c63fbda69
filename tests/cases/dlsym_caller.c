// Proves that a program that loads libcurl itself and looks its functions up (as ctypes does) is watched.
// EXPECT: ^1 curl\.easy
// EXPECT: in leak_here .*dlsym_caller\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <dlfcn.h>
#include <stdio.h>

static void *(*open_one)(void);
static void (*close_one)(void *);
__attribute__((noinline)) static int leak_here(void)
{
    void *easy = open_one();
    return easy != NULL;
}
int main(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    open_one = (void *(*)(void))dlsym(library, "curl_easy_init");
    close_one = (void (*)(void *))dlsym(library, "curl_easy_cleanup");
    close_one(open_one());
    printf("%d %s\n", leak_here(),
           dlsym(library, "no_such_function") ? ""
           : dlerror()                        ? "error kept"
                                              : "error lost");
    return 0;
}
