/* In main(). */
#include "snippet.h"

int main(void)
{
    intptr_t handle = snippet_open();
    if (must_close())
        snippet_close(handle);
    return 0;
}
