// Proves that two places stay apart, the larger first.
// CFLAGS: -O0
// LIBS: -lcurl
// EXPECT: ^300 curl\.easy
// EXPECT: ^200 curl\.easy
// EXPECT: in often .*easy_500_two_places\.c
// EXPECT: in seldom .*easy_500_two_places\.c
// EXPECT: SUMMARY: sessguard: 500 sessions leaked at 2 places
// CHECK: grep -E '^[0-9]+ curl' "$REPORT" | sort -rnc
#include <curl/curl.h>

__attribute__((noinline)) static int often(void)
{
    CURL *easy = curl_easy_init();
    return easy != NULL;
}
__attribute__((noinline)) static int seldom(void)
{
    CURL *easy = curl_easy_init();
    return easy != NULL;
}
int main(void)
{
    int opened = 0;
    for (int i = 0; i < 500; i++)
        opened += i % 5 < 2 ? seldom() : often();
    return opened != 500;
}
