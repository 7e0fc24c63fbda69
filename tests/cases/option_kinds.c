// Proves that kinds=curl watches handles of libcurl and leaves plain sockets out.
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=kinds=curl
// EXPECT: ^1 curl\.easy
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: ^[0-9]+ sockets?
#include <curl/curl.h>
#include <sys/socket.h>

int main(void) { return curl_easy_init() == NULL || socket(AF_INET, SOCK_STREAM, 0) < 0; }
