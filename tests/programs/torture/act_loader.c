/* Plug-ins: loaded, used and unloaded, and the fake library's handles. */
#include "seat.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* What the library can tell apart in one process: 249 libcurls, and about
 * 13,000 loaded objects; one that is loaded again is another one. */
#define SMALL_LOADS 200U
#define PLUGIN_LOADS 10000U

struct plugin {
    void *handle;
    void *(*open_one)(void);
    void (*close_one)(void *);
    void (*open_many)(void **, size_t);
    void (*close_many)(void **, size_t);
};

static pthread_rwlock_t gate;

void gate_start(void)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    /* Else the loaders would starve the forks. */
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&gate, &attributes);
}
void gate_load(void) { pthread_rwlock_rdlock(&gate); }
void gate_fork(void) { pthread_rwlock_wrlock(&gate); }
void gate_leave(void) { pthread_rwlock_unlock(&gate); }

static struct plugin load(const char *name)
{
    char path[4096];
    struct plugin plugin;
    snprintf(path, sizeof path, "%s/%s.so", torture.folder, name);
    gate_load();
    plugin.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    gate_leave();
    if (!plugin.handle) {
        fprintf(stderr, "torture: %s\n", dlerror());
        exit(3);
    }
    plugin.open_one = *(void *(**)(void))dlsym(plugin.handle, "plugin_open");
    plugin.close_one = (void (*)(void *))dlsym(plugin.handle, "plugin_close");
    plugin.open_many = (void (*)(void **, size_t))dlsym(plugin.handle, "plugin_open_many");
    plugin.close_many = (void (*)(void **, size_t))dlsym(plugin.handle, "plugin_close_many");
    return plugin;
}

static void unload(void *library)
{
    gate_load();
    if (dlclose(library) != 0)
        fail("dlclose");
    gate_leave();
}

/* True while what is done so far is not more than its share of `most`. */
static bool may_load(_Atomic unsigned *loads, unsigned most)
{
    unsigned share = most * torture.progress / PROGRESS;
    return *loads < share && (*loads)++ < share;
}

static void use(struct seat *seat, const struct plugin *plugin, enum site site, bool outlives)
{
    for (unsigned i = 1 + pick(seat, 3); i > 0; i--) {
        void *handle = plugin->open_one();
        if (!handle)
            fail("a plug-in opened nothing");
        ledger_opened(site, 1);
        if (wants_leak(seat, site))
            continue;
        struct thing thing = {.site = site, .handle = handle};
        if (outlives && pick(seat, 4) == 0 && stash_put(&seat->easies, thing))
            continue;
        ledger_closed(site, 1);
        plugin->close_one(handle);
    }
}

/* The plug-ins of two seats differ in a name only, and are loaded where the
 * other's was. What they open is of the real libcurl, and may outlive them. */
void act_plugin(struct seat *seat)
{
    static _Atomic unsigned loads;
    char name[32];
    if (!may_load(&loads, PLUGIN_LOADS))
        return;
    snprintf(name, sizeof name, "plugin_%u", seat->number);
    struct plugin plugin = load(name);
    use(seat, &plugin, (enum site)(AT_many_plugin_0 + seat->number), true);
    unload(plugin.handle);
}

/* A plug-in that brings a libcurl of its own, which goes when it goes. There
 * are two, with the same functions at other offsets. */
void act_small(struct seat *seat)
{
    static _Atomic unsigned loads;
    char name[32];
    unsigned which = pick(seat, 2);
    if (!may_load(&loads, SMALL_LOADS))
        return;
    snprintf(name, sizeof name, "small_%u", which);
    struct plugin plugin = load(name);
    use(seat, &plugin, (enum site)(AT_many_small_0 + which), false);
    unload(plugin.handle);
}

struct child_plugin child_plugin_load(struct seat *seat)
{
    char name[32];
    snprintf(name, sizeof name, "child_%u", seat->number);
    struct plugin plugin = load(name);
    return (struct child_plugin){plugin.handle, plugin.open_one, plugin.close_one};
}

void child_plugin_unload(const struct child_plugin *plugin) { unload(plugin->library); }

/* ---- a million handles ---- */

#define BATCH 500U

static struct plugin flood;

void flood_start(void) { flood = load("flood"); }

__attribute__((noinline)) static void open_batch(struct seat *seat, unsigned count)
{
    flood.open_many(seat->flood + seat->flooded, count);
    seat->flooded += count;
    torture.flooded += count;
    ledger_opened(AT_flood_here, count);
}

static void close_batch(struct seat *seat, unsigned count)
{
    seat->flooded -= count;
    torture.flooded -= count;
    ledger_closed(AT_flood_here, count);
    flood.close_many(seat->flood + seat->flooded, count);
}

/* Up and down below ten thousand, but for the time when all fill up. */
void act_flood(struct seat *seat)
{
    unsigned most = torture.is_filling ? FLOOD / SEATS : 10 * BATCH;
    bool is_opened = seat->flooded + BATCH <= most && (torture.is_filling || pick(seat, 2));
    if (is_opened)
        open_batch(seat, BATCH);
    else if (!torture.is_filling && seat->flooded >= BATCH)
        close_batch(seat, BATCH);
}

void flood_end(struct seat *seat)
{
    unsigned leaks = pick(seat, BATCH);
    if (seat->flooded > leaks)
        close_batch(seat, seat->flooded - leaks);
}
