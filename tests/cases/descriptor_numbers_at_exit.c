// Proves that the lowest free descriptor is at each moment what it is without us, to the last handler and
// destructor, in each mode.
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// RUN: for mode in warn silence auto-close off; do WATCH SESSGUARD_MODE=$mode @PROG@; done
// EXPECT: SUMMARY: sessguard: 2 sessions leaked
#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void show(const char *moment)
{
    int fd = open("/dev/null", O_RDONLY);
    dprintf(1, "%s %d\n", moment, fd);
    close(fd);
}
static void at_end(void) { show("atexit"); }
static void on_end(int status, void *moment) { show(status ? "failed" : moment); }
static void of_key(void *moment) { show(moment); }
__attribute__((constructor)) static void begin(void) { show("constructor"); }
__attribute__((destructor)) static void end(void) { show("destructor"); }

static void *work(void *key)
{
    pthread_setspecific(*(pthread_key_t *)key, "key");
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? NULL : curl_easy_init();
}
int main(void)
{
    pthread_t thread;
    pthread_key_t key;
    show("main");
    atexit(at_end);
    on_exit(on_end, "on_exit");
    pthread_key_create(&key, of_key);
    pthread_create(&thread, NULL, work, &key);
    pthread_join(thread, NULL);
    show("last");
    return 0;
}
