/* Leaks COUNT easy handles, each with a live connection of its own, or closes them.
 *
 *   many leaves|closes alone|connected|pooled COUNT URL
 *
 *   alone      each is performed by itself, and takes three descriptors
 *   grouped    a hundred at a time are in a multi handle, which keeps their connections
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
    CURLM **multis = calloc((size_t)n, sizeof(CURLM *));
    CURLM *multi = NULL;
    long is_alone = !strcmp(words[2], "alone");
    long is_grouped = !strcmp(words[2], "grouped");
    long is_own = !strcmp(words[2], "connected");
    for (long i = 0; i < n; i++) {
        CURL *easy = all[i] = prepare(words[4]);
        if (!is_alone && (i == 0 || (is_grouped && i % 100 == 0))) {
            multi = curl_multi_init();
            curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, n);
        }
        multis[i] = multi;
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
                curl_multi_remove_handle(multis[i], all[i]);
            curl_easy_cleanup(all[i]);
            if (multis[i] && (i == n - 1 || multis[i + 1] != multis[i]))
                curl_multi_cleanup(multis[i]);
        }
    }
    free(multis);
    free(all);
    return good != n;
}
