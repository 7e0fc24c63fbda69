/* The program of the demo: sixteen threads fetch pages with libcurl.
 *
 *   leaky_curl URL          500 easy handles, none of which is ever closed
 *   leaky_curl URL --clean  the same, and each is closed
 *   leaky_curl URL --bug    400 fetches; the handle leaks where the page is
 *                           missing, because the error path returns too early */
#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define THREADS 16

enum variant { LEAKY, CLEAN, BUG };
static enum variant variant;
static const char *server;
static int wanted = 500;
static int taken, fetched; /* atomic: page numbers given out; pages that came */

static size_t ignore(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

/* Fetches a page over a kept-alive connection; returns its HTTP status, or 0. */
static long get(CURL *easy, int number)
{
    char url[256];
    long status = 0;
    snprintf(url, sizeof url, "%s/profile/%d", server, number);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (curl_easy_perform(easy) == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static bool fetch_one(int number)
{
    CURL *easy = curl_easy_init();
    bool is_there = get(easy, number) != 0;
    if (variant == CLEAN)
        curl_easy_cleanup(easy);
    return is_there;
}

static bool fetch_profile(int number)
{
    CURL *easy = curl_easy_init();
    if (get(easy, number) != 200)
        return false; /* the bug: nobody closes the handle of a missing profile */
    curl_easy_cleanup(easy);
    return true;
}

static void *worker(void *unused)
{
    int number;
    while ((number = __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED)) <= wanted) {
        bool is_there = variant == BUG ? fetch_profile(number) : fetch_one(number);
        __atomic_add_fetch(&fetched, is_there, __ATOMIC_RELAXED);
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread[THREADS];
    if (argc < 2) {
        fprintf(stderr, "usage: %s URL [--clean | --bug]\n", argv[0]);
        return 2;
    }
    server = argv[1];
    if (argc > 2 && !strcmp(argv[2], "--clean"))
        variant = CLEAN;
    if (argc > 2 && !strcmp(argv[2], "--bug")) {
        variant = BUG;
        wanted = 400;
    }
    curl_global_init(CURL_GLOBAL_ALL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, worker, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    curl_global_cleanup();
    printf("%d pages fetched by %d threads\n", fetched, THREADS);
    fflush(stdout); /* before the report, also where both go into one pipe */
    return 0;
}
