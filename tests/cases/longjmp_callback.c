// Proves that a longjmp out of libcurl's callback leaves the library usable: later records are right, and
// auto-close does not touch the handle that was left in the middle of its work.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: in jumped .*longjmp_callback\.c
// EXPECT: in later .*longjmp_callback\.c
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include <curl/curl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static jmp_buf back;
static size_t jump(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    longjmp(back, 1);
}
__attribute__((noinline)) static void jumped(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, jump);
    curl_easy_perform(easy);
}
__attribute__((noinline)) static int later(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    if (setjmp(back) == 0)
        jumped();
    printf("%d\n", later() > 2);
    return 0;
}
