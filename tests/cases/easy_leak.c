// Proves that an easy handle that is never closed is reported with function, file and line.
// LIBS: -lcurl
// EXPECT: ^==[0-9]+==WARNING: sessguard: 1 leaked session at 1 place in .*easy_leak
// EXPECT: ^1 curl\.easy \(libcurl easy handle\) never closed, opened here:
// EXPECT: #0 0x[0-9a-f]+ in leak_here .*easy_leak\.c:16
// EXPECT: #1 0x[0-9a-f]+ in main .*easy_leak\.c:21
// EXPECT: 1 open of 1 opened here
// EXPECT: close with curl_easy_cleanup
// EXPECT: ^SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: never closed.*socket
#include <curl/curl.h>
#include <stdio.h>

__attribute__((noinline)) static CURL *leak_here(void)
{
    CURL *easy = curl_easy_init();
    return easy ? easy : NULL;
}
int main(void)
{
    puts(leak_here() ? "opened" : "failed");
    return 0;
}
