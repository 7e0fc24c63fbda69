// Proves that a thread which has left the program's table of descriptors, and ends the process, reports what is open
// in that table, and auto-close closes nothing in its own.
// LIBS: -pthread
// CFLAGS: -O0
// MODE: auto-close
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: in leak .*unshare_ends\.c
// EXPECT: skipped 2
// EXPECT: SUMMARY: sessguard: 2 sessions leaked at 1 place
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int leak(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void *ends(void *unused)
{
    printf("%d\n", unshare(CLONE_FILES));
    for (int fd = 3; fd < 20; fd++)
        close(fd);
    (void)unused;
    exit(socket(AF_UNIX, SOCK_DGRAM, 0) < 0);
}
int main(void)
{
    pthread_t thread;
    for (int i = 0; i < 2; i++)
        leak();
    pthread_create(&thread, NULL, ends, NULL);
    pthread_join(thread, NULL);
    return 1;
}
