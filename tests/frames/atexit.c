/* Closed in an atexit handler. */
#include "snippet.h"

static intptr_t handle;

static void at_exit(void)
{
    if (must_close())
        snippet_close(handle);
}

int main(void)
{
    atexit(at_exit);
    handle = snippet_open();
    return 0;
}
