/* The functions of sessguard.h that the library defines.
 *
 * Layer:   13
 */
#include "detector.h"
#include "sessguard.h"

SG_EXPORT void __sessguard_disable(void) { sg_thread_disabled++; }

SG_EXPORT void __sessguard_enable(void)
{
    if (sg_thread_disabled > 0)
        sg_thread_disabled--;
}

SG_EXPORT void __sessguard_ignore_object(const void *handle) { sg_forget((uintptr_t)handle); }

/* AddressSanitizer's runtime insists on being the first library, and ends a
 * program in which a preloaded one stands before it. A program's own
 * definition wins over this one. */
SG_EXPORT const char *__asan_default_options(void);
SG_EXPORT const char *__asan_default_options(void) { return "verify_asan_link_order=0"; }
