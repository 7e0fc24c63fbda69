// Proves that the report waits for thread_local objects, of threads that end and of main's own.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <thread>

struct Session {
    CURL *easy = curl_easy_init();
    ~Session() { curl_easy_cleanup(easy); }
};
static thread_local Session mine;

int main()
{
    CURL *other = nullptr;
    std::thread([&] { other = mine.easy; }).join();
    return other == nullptr || mine.easy == nullptr;
}
