// Proves that one place reached through two paths gives two entries: a place is a whole stack.
// LIBS: -lcurl
// EXPECT: ^3 curl\.easy
// EXPECT: ^2 curl\.easy
// EXPECT: in by_land .*easy_two_paths\.c
// EXPECT: in by_sea .*easy_two_paths\.c
// EXPECT: SUMMARY: sessguard: 5 sessions leaked at 2 places
#include <curl/curl.h>

__attribute__((noinline)) static int open_one(void)
{
    CURL *easy = curl_easy_init();
    return easy != NULL;
}
__attribute__((noinline)) static int by_land(void) { return open_one() + 1; }
__attribute__((noinline)) static int by_sea(void) { return open_one() * 2; }

int main(void)
{
    int sum = 0;
    for (int i = 0; i < 5; i++)
        sum += i < 3 ? by_land() : by_sea();
    return sum != 10;
}
