// Proves that a library which came with a plug-in, and asks dlsym() without a handle, gets what it would get: what
// the plug-in brought along is found, what it did not is not, with the same error.
// PLUGIN: dlsym_plugin.c
// POST: cp dlsym_plugin.so second.so
// POST: gcc -shared -x c /dev/null -o without.so -Wl,--no-as-needed,-rpath,. -x none dlsym_plugin.so
// POST: gcc -shared -x c /dev/null -o with.so -Wl,--no-as-needed,-rpath,. -x none second.so -lcurl
// CLEAN
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void ask(const char *path, const char *name)
{
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *(*look)(void *, const char *) = (void *(*)(void *, const char *))dlsym(plugin, "plugin_look");
    for (int next = 0; next < 2; next++) {
        void *found = look(next ? RTLD_NEXT : RTLD_DEFAULT, name);
        const char *error = dlerror();
        printf("%s %s %d: %s, %s\n", path, name, next, found ? "found" : "absent",
               error ? error : "no error");
    }
}
int main(void)
{
    if (chdir(getenv("CASE_DIR")) != 0)
        return 1;
    ask("./without.so", "curl_easy_init");
    ask("./without.so", "socket");
    ask("./with.so", "curl_easy_init");
    ask("./without.so", "curl_easy_init"); /* it is loaded by now, but for others */
    return 0;
}
