// Proves that the report waits for C++ objects of static storage.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>

struct Session {
    CURL *easy = curl_easy_init();
    ~Session() { curl_easy_cleanup(easy); }
};
static Session global;

int main()
{
    static Session local;
    return local.easy == global.easy;
}
