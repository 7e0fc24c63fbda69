/* Opened before main(), closed after it. */
#include "snippet.h"

static intptr_t handle;

__attribute__((constructor)) static void before(void) { handle = snippet_open(); }

__attribute__((destructor)) static void after(void)
{
    if (must_close())
        snippet_close(handle);
}

int main(void) { return 0; }
