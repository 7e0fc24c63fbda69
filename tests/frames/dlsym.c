/* By a program that is linked with nothing, and looks every function up; CALLS
 * names a header that makes each of them such a pointer. */
#define FROM_DLSYM CALLS
#include "snippet.h"

int main(void)
{
    intptr_t handle = snippet_open();
    if (must_close())
        snippet_close(handle);
    return 0;
}
