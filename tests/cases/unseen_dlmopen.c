// Proves that what is loaded into a namespace of its own works, and that at verbosity=1 it is said that it
// cannot be seen.
// ENV: SESSGUARD_OPTIONS=verbosity=1
// EXPECT: sessguard: cannot see libraries that were loaded with dlmopen\(\)$
// EXPECT: sessguard: no leaks
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
    void *library = dlmopen(LM_ID_NEWLM, "libcurl.so.4", RTLD_NOW);
    void *(*init)(void) = (void *(*)(void))dlsym(library, "curl_easy_init");
    void (*cleanup)(void *) = (void (*)(void *))dlsym(library, "curl_easy_cleanup");
    void *easy = init();
    printf("%d\n", easy != NULL);
    cleanup(easy);
    return dlclose(library);
}
