// Proves that our hooks are not taken for a library that is not there: who asks dlsym() finds nothing, with the
// same error, in every scope; and finds it once it is loaded. Only the object that the error names is another
// one where the program itself asks: the loader cannot be made to say its name.
// PLUGIN: dlsym_plugin.c
// CLEAN
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void look(const char *where, void *handle, const char *name)
{
    void *found = dlsym(handle, name);
    const char *error = dlerror(), *what = error ? strstr(error, ": ") : "no error";
    printf("%s %s: %s, %s\n", where, name, found ? "found" : "absent", what);
}
int main(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/dlsym_plugin.so", getenv("CASE_DIR"));
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *(*ask)(void *, const char *) = (void *(*)(void *, const char *))dlsym(plugin, "plugin_look");
    void *self = dlopen(NULL, RTLD_NOW);
    const char *names[] = {"curl_easy_init", "curl_multi_perform", "no_such_function", "socket", "close"};
    for (int i = 0; i < 5; i++) {
        look("default", RTLD_DEFAULT, names[i]);
        look("next", RTLD_NEXT, names[i]);
        look("self", self, names[i]);
        for (int next = 0; next < 2; next++) {
            int is_found = ask(next ? RTLD_NEXT : RTLD_DEFAULT, names[i]) != NULL;
            const char *error = dlerror();
            printf("plugin %d %s: %d %s\n", next, names[i], is_found, error ? error : "no error");
        }
        look("plugin", plugin, names[i]);
    }
    dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    look("local", RTLD_DEFAULT, "curl_easy_init");
    dlopen("libcurl.so.4", RTLD_NOW | RTLD_GLOBAL);
    look("global", RTLD_DEFAULT, "curl_easy_init");
    look("global", self, "curl_easy_init");
    return 0;
}
