/* Opened in a second thread, closed in the first. */
#include "snippet.h"

static void *run(void *unused)
{
    (void)unused;
    return (void *)snippet_open();
}

int main(void)
{
    pthread_t thread;
    void *handle;
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, &handle);
    if (must_close())
        snippet_close((intptr_t)handle);
    return 0;
}
