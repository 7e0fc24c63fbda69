// Proves that only the calls that took the error path count: 12 of 400, in one entry.
// LIBS: -lcurl
// EXPECT: ^12 curl\.easy
// EXPECT: 12 open of 400 opened here
// EXPECT: in fetch .*easy_error_path_leak\.c
// EXPECT: SUMMARY: sessguard: 12 sessions leaked at 1 place
#include <curl/curl.h>

__attribute__((noinline)) static int fetch(int number)
{
    CURL *easy = curl_easy_init();
    if (number % 33 == 5)
        return -1; /* the bug */
    curl_easy_cleanup(easy);
    return 0;
}
int main(void)
{
    int failed = 0;
    for (int i = 0; i < 400; i++)
        failed += fetch(i) < 0;
    return failed == 12 ? 0 : 1;
}
