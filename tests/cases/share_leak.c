// Proves that a share handle that is never closed is reported as such.
// LIBS: -lcurl
// EXPECT: ^1 curl\.share \(libcurl share handle\) never closed, opened here:
// EXPECT: in main .*share_leak\.c:[0-9]+
// EXPECT: close with curl_share_cleanup
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>

int main(void)
{
    CURLSH *share = curl_share_init();
    return share == NULL;
}
