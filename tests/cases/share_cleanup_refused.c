// Proves that a curl_share_cleanup that was refused keeps the record and its stack.
// LIBS: -lcurl
// EXPECT: ^1 curl\.share
// EXPECT: in open_share .*share_cleanup_refused\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ curl\.easy
#include <curl/curl.h>
#include <stdio.h>

static CURLSH *share;
__attribute__((noinline)) static void open_share(void) { share = curl_share_init(); }

int main(void)
{
    open_share();
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_SHARE, share);
    printf("%d\n", curl_share_cleanup(share));
    curl_easy_cleanup(easy);
    return 0;
}
