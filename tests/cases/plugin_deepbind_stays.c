// Proves that a plug-in loaded with RTLD_DEEPBIND keeps to its own libcurl also after another library was
// unloaded, and where the program calls its own from many places: of functions without versions nobody else
// could say whose they are.
// CLEAN:
// WITH: named_other.c named_curl.c
// PLUGIN: named_plugin.c
// PLUGIN_LIBS: -L@DIR@ -lnamed_other -Wl,-rpath,@DIR@
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

char *curl_easy_init(void);
void curl_easy_cleanup(void *handle);

#define ONE()                                                                                                \
    do {                                                                                                     \
        char *handle = curl_easy_init();                                                                     \
        wrong += handle[0] != 'a';                                                                           \
        curl_easy_cleanup(handle);                                                                           \
    } while (0)
#define EIGHT()                                                                                              \
    do {                                                                                                     \
        ONE();                                                                                               \
        ONE();                                                                                               \
        ONE();                                                                                               \
        ONE();                                                                                               \
        ONE();                                                                                               \
        ONE();                                                                                               \
        ONE();                                                                                               \
        ONE();                                                                                               \
    } while (0)
#define MANY()                                                                                               \
    do {                                                                                                     \
        EIGHT();                                                                                             \
        EIGHT();                                                                                             \
        EIGHT();                                                                                             \
        EIGHT();                                                                                             \
        EIGHT();                                                                                             \
        EIGHT();                                                                                             \
        EIGHT();                                                                                             \
        EIGHT();                                                                                             \
    } while (0)

static char path[4096];
static const char *beside(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", getenv("CASE_DIR"), name);
    return path;
}

int main(void)
{
    int wrong = 0;
    void *plugin = dlopen(beside("named_plugin.so"), RTLD_NOW | RTLD_DEEPBIND);
    char (*name)(int) = (char (*)(int))dlsym(plugin, "plugin_name");
    printf("%c\n", name(0));
    MANY();
    MANY();
    MANY();
    printf("%d %c\n", wrong, name(1));
    dlclose(dlopen("libz.so.1", RTLD_NOW));
    printf("%c %c\n", name(0), name(1));
    return 0;
}
