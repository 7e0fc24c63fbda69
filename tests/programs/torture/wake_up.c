/* Prints how many sockets a multi handle has as soon as it is made: those by which
 * libcurl wakes it, for which newer versions have an eventfd. */
#include <curl/curl.h>
#include <stdio.h>
#include <sys/stat.h>

static int sockets(void)
{
    int count = 0;
    struct stat status;
    for (int fd = 0; fd < 1024; fd++)
        count += fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
    return count;
}

int main(void)
{
    int before = sockets();
    CURLM *multi = curl_multi_init();
    printf("%d\n", sockets() - before);
    curl_multi_cleanup(multi);
    return 0;
}
