// Proves that a program built with -fsanitize=undefined runs under the preload and gets its report.
// CFLAGS: -fsanitize=undefined
// LIBS: -lcurl
// EXPECT: ^1 curl\.easy
// EXPECT: in leak_here
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

CURL *kept; /* LeakSanitizer finds it here: to it nothing is lost */
__attribute__((noinline)) static void leak_here(void) { kept = curl_easy_init(); }

int main(void)
{
    leak_here();
    printf("%d\n", close(socket(AF_INET, SOCK_STREAM, 0)));
    return 0;
}
