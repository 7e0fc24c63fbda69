/* The loader: what a library's address means ends when it is unloaded.
 *
 * Layer:   9
 */
#include "hook.h"

#include <dlfcn.h>

SG_LIBC_FUNCTION(dlclose);
SG_EXPORT int dlclose(void *library)
{
    int result = SG_REAL(dlclose)(library);
    sg_hook_unloaded();
    return result;
}
