#include "privileges.h"
#include "hook.h"
#include "outfile.h"
#include "sys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define KEPT ((uid_t)-1) /* what setreuid(2) and setresuid(2) leave alone */

static const char *start_directory = "";

void sg_privileges_start(const char *directory) { start_directory = directory; }

/* In a vforked child, too: the user is its own, and so is the file. The stack may be
 * small, and is the program's. */
static SG_NOINLINE void prepare(uid_t user)
{
    struct sg_outfile_about about = {start_directory, program_invocation_short_name, sg_sys_pid(), false};
    if (sg_sys0(SYS_geteuid) != 0)
        return;
    char *name = sg_sys_map(SG_OUTFILE_NAME_MAX);
    if (!name)
        return;
    if (sg_outfile_name(name, sg_detector_options->output, &about))
        sg_outfile_prepare(name, user);
    sg_sys_unmap(name, SG_OUTFILE_NAME_MAX);
}

/* With %p in its name each process would leave a file behind, needed or not. */
static void becomes(uid_t user)
{
    if (user != 0 && user != KEPT && sg_detector_options && sg_detector_options->output[0] &&
        sg_outfile_descriptor(sg_detector_options->output) < 0 &&
        !strstr(sg_detector_options->output, "%p") && !sg_sys_is_barred())
        prepare(user);
}

SG_LIBC_FUNCTION(setuid);
SG_EXPORT int setuid(uid_t user)
{
    becomes(user);
    return SG_REAL(setuid)(user);
}

SG_LIBC_FUNCTION(setreuid);
SG_EXPORT int setreuid(uid_t real, uid_t effective)
{
    becomes(effective);
    return SG_REAL(setreuid)(real, effective);
}

SG_LIBC_FUNCTION(setresuid);
SG_EXPORT int setresuid(uid_t real, uid_t effective, uid_t saved)
{
    becomes(effective);
    return SG_REAL(setresuid)(real, effective, saved);
}

SG_LIBC_FUNCTION(seteuid);
SG_EXPORT int seteuid(uid_t user)
{
    becomes(user);
    return SG_REAL(seteuid)(user);
}

void sg_privileges_syscall(long number, const long arguments[6])
{
    becomes((uid_t)arguments[number == SYS_setuid ? 0 : 1]);
}
