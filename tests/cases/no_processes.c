// Proves that a program that may have no further process or thread ends as usual: its leaks are closed by its
// own thread, and the library itself prints the report.
// MODE: auto-close
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// EXPECT: ^1 curl\.easy.* never closed
// EXPECT: ^1 socket.* never closed
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 2 places
#include <curl/curl.h>
#include <errno.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct rlimit none = {0, 0};
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *easy = curl_easy_init();
    /* The limit is not for root. */
    if (geteuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
        return 1;
    setrlimit(RLIMIT_NPROC, &none);
    int child = fork();
    if (child == 0)
        _exit(0);
    printf("%d %d\n", child, errno == EAGAIN);
    return !easy || socket(AF_INET, SOCK_STREAM, 0) < 0;
}
