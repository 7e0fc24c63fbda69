/* The program that tools are compared on: sockets that are opened and closed,
 * and transfers with a handle and a connection each. Prints how long both took
 * together, in nanoseconds.
 *
 *   load SOCKETS TRANSFERS URL */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static size_t drop(char *data, size_t size, size_t count, void *unused)
{
    (void)data;
    (void)unused;
    return size * count;
}

static CURLcode get(const char *url)
{
    CURL *handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
    CURLcode result = curl_easy_perform(handle);
    curl_easy_cleanup(handle);
    return result;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    unsigned long sockets = strtoul(argv[1], NULL, 10);
    unsigned long transfers = strtoul(argv[2], NULL, 10);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    double start = now();
    for (unsigned long i = 0; i < sockets; i++)
        close(socket(AF_INET, SOCK_STREAM, 0));
    for (unsigned long i = 0; i < transfers; i++)
        if (get(argv[3]) != CURLE_OK)
            return 1;
    (void)printf("%.2f\n", now() - start);
    curl_global_cleanup();
    return 0;
}
