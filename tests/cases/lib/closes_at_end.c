/* A library that opens in its constructor and closes in its destructor. */
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

static CURL *easy;
static int fd = -1;
__attribute__((constructor)) static void begin(void)
{
    easy = curl_easy_init();
    fd = socket(AF_INET, SOCK_STREAM, 0);
}
__attribute__((destructor)) static void end(void)
{
    curl_easy_cleanup(easy);
    close(fd);
}
int closes_at_end_ready(void) { return easy != NULL && fd >= 0; }
