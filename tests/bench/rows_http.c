/* Transfers from the web server on the loopback. */
#include "bench.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static char url[200];
static CURL *kept;

static size_t drop(char *data, size_t size, size_t count, void *unused)
{
    (void)data;
    (void)unused;
    return size * count;
}

static CURL *new_handle(void)
{
    CURL *handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
    return handle;
}

static void get(CURL *handle)
{
    if (curl_easy_perform(handle) != CURLE_OK)
        fail("no answer from the server");
}

static void set_up(const char *path)
{
    const char *server = getenv("TEST_HTTP_URL");
    if (!server)
        fail("TEST_HTTP_URL is not set");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        fail("curl_global_init");
    (void)snprintf(url, sizeof url, "%s%s", server, path);
}

static void set_up_keepalive(void)
{
    set_up("/index.html");
    kept = new_handle();
    get(kept);
}

static void http_keepalive(unsigned operations)
{
    for (unsigned i = 0; i < operations; i++)
        get(kept);
}

/* The server closes first, or the ports of this side would run out. */
static void set_up_new(void) { set_up("/close"); }

static void http_new(unsigned operations)
{
    for (unsigned i = 0; i < operations; i++) {
        CURL *handle = new_handle();
        get(handle);
        curl_easy_cleanup(handle);
    }
}

const struct row rows_of_http[] = {
    {.name = "http_keepalive", .set_up = set_up_keepalive, .run = http_keepalive, .frames = 16, .threads = 1},
    {.name = "http_new", .set_up = set_up_new, .run = http_new, .frames = 16, .threads = 1},
    {0},
};
