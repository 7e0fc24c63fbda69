// Proves that auto-close does not run the program's function that frees a part of a form, which the copy of a
// handle calls when it is closed; the handle that it is a copy of is closed.
// LIBS: -lcurl
// MODE: auto-close
// EXPECT: skipped 1 \(closing would call the program's own code\)
// EXPECT: auto-closed 1
#include <curl/curl.h>
#include <unistd.h>

static size_t no_data(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    return 0;
}
static void give(void *context)
{
    (void)context;
    (void)!write(1, "freed at the end\n", 17);
}
int main(void)
{
    CURL *easy = curl_easy_init();
    curl_mime *form = curl_mime_init(easy);
    curl_mime_data_cb(curl_mime_addpart(form), 0, no_data, NULL, give, form);
    curl_easy_setopt(easy, CURLOPT_MIMEPOST, form);
    CURL *copy = curl_easy_duphandle(easy);
    return !copy;
}
