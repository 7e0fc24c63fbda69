// Proves that a multi handle counts once: its wake-up pair of sockets is not a leak of its own.
// LIBS: -lcurl
// EXPECT: ^1 curl\.multi \(libcurl multi handle\) never closed, opened here:
// EXPECT: in leak_here .*multi_leak\.c:[0-9]+
// EXPECT: close with curl_multi_cleanup
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ sockets?
#include <curl/curl.h>

__attribute__((noinline)) static int leak_here(void)
{
    CURLM *multi = curl_multi_init();
    return multi != NULL;
}
int main(void) { return !leak_here(); }
