// Proves that with closed_counts=0 the exit status is the same without the command that writes the report.
// LIBS: -lcurl
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=exitcode=23:closed_counts=0:helper=/nowhere
// EXPECT: ^SUMMARY: sessguard
#include <curl/curl.h>

int main(void)
{

    CURL *closed = curl_easy_init();
    return !closed;
}
