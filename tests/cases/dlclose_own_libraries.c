// Proves that threads which load and unload libcurls of their own do not disturb each other.
// POST: for i in 0 1 2 3 4 5 6 7; do cc -fPIC -shared -Wl,-soname,libown_$i.so -o libown_$i.so @SRC@/lib/simple_curl.c; cc -fPIC -shared -o plugin_$i.so @SRC@/lib/curl_plugin.c -L. -lown_$i -Wl,-rpath,@DIR@; done
// EXPECT: WARNING: sessguard: 8 leaked sessions
// EXPECT: in plugin_open
// REJECT: untracked
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 8
#define LOADS 1000

static void *churn(void *number)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/plugin_%ld.so", getenv("CASE_DIR"), (long)number);
    for (int i = 0; i < LOADS; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        void *(*open_one)(void) = (void *(*)(void))dlsym(library, "plugin_open");
        void (*close_one)(void *) = (void (*)(void *))dlsym(library, "plugin_close");
        void *session = open_one();
        if (i < LOADS - 1)
            close_one(session);
        dlclose(library);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, churn, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
