// Proves that a forked child does not wait for the loader's lock when it calls a library for the first time,
// while in its parent another thread, which the child does not have, holds that lock.
// LIBS: -lcurl -pthread
// EXPECT: in leak_in_child .*fork_first_call\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <curl/curl.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int held[2], done[2];

static int hold(struct dl_phdr_info *info, size_t size, void *context)
{
    char byte = 'x';
    (void)info, (void)size, (void)context;
    return write(held[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 1;
}
static void *hold_lock(void *unused)
{
    dl_iterate_phdr(hold, unused);
    return NULL;
}
__attribute__((noinline)) static int leak_in_child(void) { return curl_share_init() == NULL; }
int main(void)
{
    pthread_t thread;
    char byte;
    int status = -1;
    if (pipe(held) || pipe(done))
        return 99;
    pthread_create(&thread, NULL, hold_lock, NULL);
    if (read(held[0], &byte, 1) != 1)
        return 99;
    pid_t child = fork();
    if (child == 0) {
        curl_share_cleanup(curl_share_init());
        _exit(leak_in_child());
    }
    waitpid(child, &status, 0);
    if (write(done[1], "x", 1) != 1)
        return 99;
    pthread_join(thread, NULL);
    printf("%d\n", WEXITSTATUS(status));
    return 0;
}
