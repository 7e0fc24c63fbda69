/* The functions of sessguard.h that the library defines.
 *
 * Layer:   9
 */
#include "sessguard.h"
#include "detector.h"

SG_EXPORT void __sessguard_disable(void) { sg_thread_disabled++; }

SG_EXPORT void __sessguard_enable(void)
{
    if (sg_thread_disabled > 0)
        sg_thread_disabled--;
}

SG_EXPORT void __sessguard_ignore_object(const void *handle) { sg_forget((uintptr_t)handle); }
