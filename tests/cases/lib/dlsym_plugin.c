/* Looks symbols up on behalf of its caller: what RTLD_DEFAULT and RTLD_NEXT
 * mean depends on who asks. */
#include <dlfcn.h>

void *plugin_look(void *handle, const char *name);
void *plugin_look(void *handle, const char *name) { return dlsym(handle, name); }
