// Proves that closed_counts=0 lists what auto-close has closed, and counts only what it has not.
// LIBS: -lcurl
// MODE: auto-close
// CFLAGS: -O0
// ENV: SESSGUARD_OPTIONS=exitcode=23:closed_counts=0
// EXPECT: WARNING: sessguard: closed 2 leaked sessions at 1 place
// EXPECT: ^2 curl\.easy
// EXPECT: auto-closed 2
// EXPECT: SUMMARY: sessguard: 0 sessions leaked, 2 closed and not counted\.
#include <curl/curl.h>

int main(void)
{
    for (int i = 0; i < 2; i++)
        curl_easy_init();
    return 0;
}
