// Proves that exceptions thrown through frames with watched calls behave, and the leak they cause is found.
// LIBS: -lcurl
// EXPECT: ^10 curl\.easy
// EXPECT: in fetch\(int\) .*cpp_exception\.cpp
// EXPECT: 10 open of 100 opened here
#include <curl/curl.h>
#include <iostream>
#include <stdexcept>

__attribute__((noinline)) static void fetch(int number)
{
    CURL *easy = curl_easy_init();
    if (number % 10 == 0)
        throw std::runtime_error("fetch");
    curl_easy_cleanup(easy);
}
int main()
{
    int caught = 0;
    for (int i = 0; i < 100; i++)
        try {
            fetch(i);
        } catch (const std::runtime_error &) {
            caught++;
        }
    std::cout << caught << '\n';
}
