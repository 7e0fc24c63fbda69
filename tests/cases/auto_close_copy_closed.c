// Proves that auto-close closes a session all the same where the program closed a copy of its descriptor, however
// that was made and closed, or tried to close it and could not; and where hundreds of others were closed in a
// callback, which is their library's own way.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: auto-closed 1
// REJECT: skipped
#include <curl/curl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int early;
static int copy_early(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)context, (void)purpose;
    early = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return CURL_SOCKOPT_OK;
}
static int close_socket(void *context, curl_socket_t fd)
{
    (void)context;
    return close(fd);
}

static CURL *prepare(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return easy;
}

int main(void)
{
    curl_socket_t fd = -1;
    for (int i = 0; i < 300; i++) {
        CURL *other = prepare();
        curl_easy_setopt(other, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
        curl_easy_perform(other);
        curl_easy_cleanup(other);
    }
    for (int i = 0; i < 300; i++) {
        CURL *other = prepare();
        curl_easy_perform(other);
        curl_easy_getinfo(other, CURLINFO_ACTIVESOCKET, &fd);
        close(fd);
        curl_easy_cleanup(other);
    }
    CURL *easy = prepare();
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, copy_early);
    curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    close(early);
    int copy = dup(fd);
    close(copy);
    dup2(fd, copy);
    syscall(SYS_close, copy);
    if (socket(AF_UNIX, SOCK_STREAM, 0) != copy || dup2(-1, fd) != -1 || dup3(copy, fd, 12345) != -1)
        return 1;
    return close(copy);
}
