// Proves that silence prints nothing and leaves the status alone.
// MODE: silence
// CLEAN
// LIBS: -lcurl
#include <curl/curl.h>

int main(void) { return curl_easy_init() == NULL; }
