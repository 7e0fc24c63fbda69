// Proves that a plug-in with RTLD_DEEPBIND is watched, and nothing is changed under the loader's hands, while
// other threads look symbols up.
// PLUGIN: big_plugin.c
// PLUGIN_LIBS: -Wl,-z,now
// EXPECT: SUMMARY: sessguard: 40 sessions leaked at 1 place
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int is_over; /* atomic */

static void *look_up(void *unused)
{
    for (unsigned i = 1; !__atomic_load_n(&is_over, __ATOMIC_RELAXED); i = i * 1103515245U + 12345U) {
        (void)dlsym(RTLD_DEFAULT, "printf");
        for (volatile unsigned wait = i >> 16 & 0xffff; wait > 0; wait = wait - 1) {
        }
    }
    return unused;
}
int main(void)
{
    char path[4096];
    pthread_t threads[2];
    int opened = 0;
    snprintf(path, sizeof path, "%s/big_plugin.so", getenv("CASE_DIR"));
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, look_up, NULL);
    for (int i = 0; i < 40; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
        int (*open_one)(void) = (int (*)(void))dlsym(library, "plugin_socket");
        opened += open_one() >= 0;
        dlclose(library);
    }
    __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%d\n", opened);
    return 0;
}
