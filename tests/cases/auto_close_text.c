// Proves that auto-close says in its text report what was closed, and that closing hides nothing.
// LIBS: -lcurl
// MODE: auto-close
// CFLAGS: -O0
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// EXPECT: ^2 curl\.easy
// EXPECT: closed
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 1 place
#include <curl/curl.h>

int main(void)
{
    for (int i = 0; i < 2; i++)
        curl_easy_init();
    return 0;
}
