// Proves that exec reports what this program leaves open (it is this program's end), while descriptors
// that the next program inherits are none of its own leaks.
// EXPECT: ^1 curl\.easy
// EXPECT: in main .*exec_leaks\.c
// LIBS: -lcurl
// CHECK: test "$(grep -c '^SUMMARY: sessguard' "$REPORT")" = 1
#include <curl/curl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 1)
        return 0;
    CURL *easy = curl_easy_init();
    return easy ? execl(argv[0], argv[0], "again", (char *)NULL) : 1;
}
