// Proves that an exception which a callback throws through libcurl and our hooks is caught, with its
// destructors run, and that later records are right.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: in thrown\(\) .*cpp_throw_callback\.cpp
// EXPECT: in later\(\) .*cpp_throw_callback\.cpp
// EXPECT: skipped 1 \(in use\)
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include <cstdlib>
#include <curl/curl.h>
#include <iostream>
#include <stdexcept>
#include <sys/socket.h>

struct Guard {
    ~Guard() { std::cout << "destructed\n"; }
};
static size_t throws(char *, size_t, size_t, void *)
{
    Guard guard;
    throw std::runtime_error("from a callback");
}
__attribute__((noinline)) static int thrown()
{
    Guard guard;
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, std::getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, throws);
    return curl_easy_perform(easy);
}
__attribute__((noinline)) static int later()
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main()
{
    try {
        thrown();
    } catch (const std::runtime_error &error) {
        std::cout << error.what() << '\n';
    }
    return later() < 0;
}
