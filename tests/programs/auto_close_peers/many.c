/* Leaks COUNT easy handles, each with a live connection of its own, or closes them.
 *
 *   many leaves|closes alone|connected|pooled COUNT URL
 *
 *   alone      each is performed by itself, and takes three descriptors
 *   connected  all are in one multi handle, and each keeps its connection for itself
 *   pooled     all are in one multi handle, which keeps their connections
 *
 * Its last line is the time at which its own work is done, in microseconds. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}

static CURL *prepare(const char *url)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    return easy;
}

static long perform(CURLM *multi)
{
    long good = 0;
    int running = 1;
    int left;
    while (running && curl_multi_perform(multi, &running) == CURLM_OK && running)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));)
        good += message->data.result == CURLE_OK;
    return good;
}

int main(int count, char **words)
{
    struct rlimit files;
    if (count != 5)
        return 2;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    long n = atol(words[3]);
    long good = 0;
    CURL **all = calloc((size_t)n, sizeof(CURL *));
    CURLM *multi = strcmp(words[2], "alone") != 0 ? curl_multi_init() : NULL;
    long is_own = !strcmp(words[2], "connected");
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, n);
    for (long i = 0; i < n; i++) {
        CURL *easy = all[i] = prepare(words[4]);
        if (!multi) {
            good += curl_easy_perform(easy) == CURLE_OK;
            continue;
        }
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, is_own);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_multi_add_handle(multi, easy);
        if (i % 100 == 99 || i == n - 1) /* no more at a time than a listener has room for */
            good += perform(multi);
    }
    struct timespec now;
    printf("%ld of %ld are connected\n", good, n);
    clock_gettime(CLOCK_REALTIME, &now);
    printf("ends at %ld%06ld\n", (long)now.tv_sec, now.tv_nsec / 1000);
    fflush(stdout);
    if (!strcmp(words[1], "closes")) {
        for (long i = 0; i < n; i++) {
            if (multi)
                curl_multi_remove_handle(multi, all[i]);
            curl_easy_cleanup(all[i]);
        }
        curl_multi_cleanup(multi);
    }
    free(all);
    return good != n;
}
