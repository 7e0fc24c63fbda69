// Proves that a forked child closes what it inherited though another thread of its parent held the
// loader's lock at that time: the parent never called the function before.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)info, (void)size, (void)context;
    return 0;
}

static void *iterate(void *unused)
{
    for (;;)
        dl_iterate_phdr(look, NULL);
    return unused;
}

int main(void)
{
    pthread_t thread;
    int status = 0;
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *easy = curl_easy_init();
    pthread_create(&thread, NULL, iterate, NULL);
    for (int i = 0; i < 50 && status == 0; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(300); /* only a child that hangs lives that long */
            curl_easy_cleanup(easy);
            exit(0);
        }
        if (waitpid(child, &status, 0) != child)
            return 1;
    }
    curl_easy_cleanup(easy);
    return status != 0;
}
