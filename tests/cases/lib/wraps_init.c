/* An interposer that counts handles as they are made. */
#include <dlfcn.h>
#include <unistd.h>

void *curl_easy_init(void);
void *curl_easy_init(void)
{
    void *(*next)(void) = (void *(*)(void))dlsym(RTLD_NEXT, "curl_easy_init");
    return write(STDOUT_FILENO, "wrapped\n", 8) == 8 ? next() : NULL;
}
