// Proves that the end of a process in one thread does no harm to the program that another thread becomes at that very
// moment: no signal of ours comes over the exec, and the one that is first decides.
// RUN: exec 3>&2 2>/dev/null; for i in {1..60}; do WATCH SESSGUARD_OPTIONS=report_clean=1 @PROG@ $((i * 37 % 11)) 2>&3; s=$?; [ $s = 0 ] || [ $s = 7 ] || echo "status $s"; done; echo done
// CHECK: ! grep -q Unknown "$REPORT"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int ready;

static void *become(void *unused)
{
    ready++;
    while (ready < 2) {
    }
    execl("/bin/true", "true", NULL);
    return unused;
}

int main(int count, char **words)
{
    pthread_t thread;
    pthread_create(&thread, NULL, become, NULL);
    while (ready < 1) {
    }
    ready++;
    for (volatile int i = 0; i < 3000 * atoi(words[count - 1]); i++) {
    }
    return 7;
}
