#include "tables.h"
#include "out.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>

uint32_t sg_tables_count;
static SG_THREAD_LOCAL bool has_left;
static SG_THREAD_LOCAL uint32_t known; /* how many there were when this thread was not apart */

static bool is_apart(void)
{
    int first = sg_sys_pid();
    int self = sg_sys_thread();
    if (self == first)
        return false;
    if (sg_sys5(SYS_kcmp, self, first, KCMP_VM, 0, 0) != 0)
        return has_left;
    return sg_sys5(SYS_kcmp, self, first, KCMP_FILES, 0, 0) != 0;
}

bool sg_tables_ask(void)
{
    uint32_t count = __atomic_load_n(&sg_tables_count, __ATOMIC_ACQUIRE);
    if (known == count || sg_sys_is_barred())
        return false;
    if (is_apart())
        return true;
    known = count;
    return false;
}

void sg_tables_left(void)
{
    has_left = true;
    __atomic_add_fetch(&sg_tables_count, 1, __ATOMIC_ACQ_REL);
}

/* Of a process, /proc shows the descriptors of its first thread. */
int sg_tables_identity(int fd, struct sg_identity *identity)
{
    struct stat status = {0};
    char path[32];
    struct sg_out out = sg_out_into(path, sizeof path);
    sg_out_text(&out, "/proc/self/fd/");
    sg_out_signed(&out, fd);
    long result = sg_sys4(SYS_newfstatat, AT_FDCWD, path, &status, 0);
    if (result < 0)
        return (int)result;
    *identity = (struct sg_identity){status.st_dev, status.st_ino, status.st_mode};
    return 0;
}
