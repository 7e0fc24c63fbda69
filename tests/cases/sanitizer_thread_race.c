// Proves that ThreadSanitizer finds a program's own race, ends it with its status, and takes nothing of ours,
// the closing thread included, for a race or a lost thread.
// CFLAGS: -fsanitize=thread
// RUN: for mode in warn auto-close; do for race in 1 0; do WATCH SESSGUARD_MODE=$mode TSAN_OPTIONS=log_path=tsan-$race:exitcode=66 @PROG@ $race; echo "$?"; done; done
// CHECK: test "$(cat tsan-1.* | grep -c 'WARNING: ThreadSanitizer: data race')" = 2; ! ls tsan-0.*
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 4
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

static int shared;
static void *work(void *unused)
{
    shared++;
    return unused;
}
int main(int count, char **words)
{
    pthread_t thread;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_create(&thread, NULL, work, NULL);
    if (*words[count - 1] == '1')
        shared++;
    pthread_join(thread, NULL);
    printf("%d\n", fd < 0);
    return 0;
}
