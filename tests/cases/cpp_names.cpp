// Proves that C++ names are readable: namespaces, templates, lambdas and arguments.
// LIBS: -lcurl
// EXPECT: in (net::)?Client<int>::open\(.*cpp_names\.cpp:[0-9]+
// EXPECT: in main.*cpp_names\.cpp:[0-9]+
// EXPECT: in .*(lambda|\$_0).*cpp_names\.cpp:[0-9]+
// REJECT: _ZN
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>

namespace net {
template <class T> struct Client {
    CURL *easy = nullptr;
    __attribute__((noinline)) bool open(T) { return (easy = curl_easy_init()) != nullptr; }
};
} // namespace net

int main()
{
    auto run = [](int number) __attribute__((noinline)) { return net::Client<int>().open(number); };
    return run(1) ? 0 : 1;
}
