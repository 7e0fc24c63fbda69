// Proves that a thousand children, forked while eight threads load, use and unload plug-ins, open sessions by
// functions that nobody has called before, and that none of them hangs.
// CFLAGS: -Wl,--no-as-needed
// WITH: simple_curl.c
// PLUGIN: curl_plugin.c
// POST: for i in 0 1 2 3 4 5 6 7 8; do cp curl_plugin.so plugin_$i.so; done
// CLEAN
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define CHILDREN 1000
#define PATIENCE 300 /* seconds; a child that takes longer hangs */

struct plugin {
    void *handle;
    void *(*open_one)(void);
    void (*close_one)(void *);
};

static volatile int stop;

static struct plugin load(int number)
{
    char path[4096];
    struct plugin plugin;
    snprintf(path, sizeof path, "%s/plugin_%d.so", getenv("CASE_DIR"), number);
    plugin.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!plugin.handle)
        exit(2);
    plugin.open_one = (void *(*)(void))dlsym(plugin.handle, "plugin_open");
    plugin.close_one = (void (*)(void *))dlsym(plugin.handle, "plugin_close");
    return plugin;
}

static void use(const struct plugin *plugin)
{
    void *session = plugin->open_one();
    if (!session)
        _exit(3);
    plugin->close_one(session);
}

/* Each load is a new object, in which each call is a first one. */
static void *churn(void *number)
{
    while (!stop) {
        struct plugin plugin = load((int)(long)number);
        use(&plugin);
        dlclose(plugin.handle);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int hung = 0;
    /* Each time that a library goes, the calls of all others are first ones again. */
    struct plugin fresh = load(THREADS);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, churn, (void *)i);
    for (int i = 0; i < CHILDREN && hung == 0; i++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            alarm(PATIENCE);
            use(&fresh);
            _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 1;
        hung += status != 0;
    }
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%d children hung\n", hung);
    return hung;
}
