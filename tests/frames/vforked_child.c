/* A vforked child closes its copies of all descriptors, in its parent's
 * memory; what the parent has stays what it was. */
#include "snippet.h"

int main(void)
{
    intptr_t handle = snippet_open();
    pid_t child = vfork();
    if (child == 0) {
        for (int fd = 3; fd < 20; fd++)
            close(fd);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (must_close())
        snippet_close(handle);
    return 0;
}
