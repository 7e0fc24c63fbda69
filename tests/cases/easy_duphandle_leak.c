// Proves that a handle made by curl_easy_duphandle counts, and where it was made; its model was closed.
// LIBS: -lcurl
// EXPECT: ^1 curl\.easy
// EXPECT: #0 0x[0-9a-f]+ in copy_it .*easy_duphandle_leak\.c:[0-9]+
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: in make_model
#include <curl/curl.h>

__attribute__((noinline)) static CURL *make_model(void)
{
    CURL *easy = curl_easy_init();
    return curl_easy_setopt(easy, CURLOPT_VERBOSE, 0L) == CURLE_OK ? easy : NULL;
}
__attribute__((noinline)) static int copy_it(CURL *model)
{
    CURL *copy = curl_easy_duphandle(model);
    return copy != NULL;
}
int main(void)
{
    CURL *model = make_model();
    int copied = copy_it(model);
    curl_easy_cleanup(model);
    return !copied;
}
