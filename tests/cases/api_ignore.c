// Proves that objects that the program ignores and what it opens while disabled are left out.
// LIBS: -lcurl
// CFLAGS: -I@SRC@/../../shim
// EXPECT: in counted .*api_ignore\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: in ignored|in disabled
#include "sessguard.h"
#include <curl/curl.h>
#include <stdint.h>
#include <sys/socket.h>

__attribute__((noinline)) static int ignored(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CURL *easy = curl_easy_init();
    if (__sessguard_ignore_object) {
        __sessguard_ignore_object(easy);
        __sessguard_ignore_object((void *)(intptr_t)fd);
    }
    return fd;
}
__attribute__((noinline)) static int disabled(void)
{
    for (int i = 0; __sessguard_disable && i < 2; i++)
        __sessguard_disable();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (__sessguard_enable)
        __sessguard_enable();
    CURL *easy = curl_easy_init(); /* still disabled: the calls nest */
    if (__sessguard_enable)
        __sessguard_enable();
    return easy ? fd : -1;
}
__attribute__((noinline)) static int counted(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return ignored() < 0 || disabled() < 0 || counted() < 0; }
