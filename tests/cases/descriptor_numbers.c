// Proves that a program gets the descriptor numbers and the number of descriptors it gets without us.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct rlimit limit = {64, 64};
    int count = 0, first = socket(AF_INET, SOCK_STREAM, 0);
    CURL *easy = curl_easy_init();
    int second = open("/dev/null", O_RDONLY);
    setrlimit(RLIMIT_NOFILE, &limit);
    while (open("/dev/null", O_RDONLY) >= 0)
        count++;
    printf("%d %d %d %d\n", first, second, count, errno == EMFILE);
    curl_easy_cleanup(easy);
    return close(first);
}
