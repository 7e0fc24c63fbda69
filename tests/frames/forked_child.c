/* In a forked child, which reports for itself. */
#include "snippet.h"

int main(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        intptr_t handle = snippet_open();
        if (must_close())
            snippet_close(handle);
        exit(0);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}
