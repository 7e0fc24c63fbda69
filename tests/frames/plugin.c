/* In a plug-in that was loaded RTLD_LOCAL. Built twice: -DPLUGIN makes the
 * plug-in, PLUGIN_PATH says where it is. */
#ifdef PLUGIN
#include "snippet.h"

intptr_t plugin_open(void);
void plugin_close(intptr_t handle);
intptr_t plugin_open(void) { return snippet_open(); }
void plugin_close(intptr_t handle) { snippet_close(handle); }
#else
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    void *plugin = dlopen(getenv("PLUGIN_PATH"), RTLD_NOW | RTLD_LOCAL);
    intptr_t (*open_it)(void) = plugin ? (intptr_t(*)(void))dlsym(plugin, "plugin_open") : NULL;
    void (*close_it)(intptr_t) = plugin ? (void (*)(intptr_t))dlsym(plugin, "plugin_close") : NULL;
    if (!open_it || !close_it)
        return 99;
    intptr_t handle = open_it();
    const char *wanted = getenv("SNIPPET");
    if (wanted && strcmp(wanted, "close") == 0)
        close_it(handle);
    return 0;
}
#endif
