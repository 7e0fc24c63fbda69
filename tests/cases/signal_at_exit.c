// Proves that a timer whose handler opens and closes, and goes on while the program ends, neither holds up nor
// spoils the end, in each mode.
// RUN: for mode in warn silence auto-close; do for i in 1 2 3 4 5; do WATCH SESSGUARD_MODE=$mode @PROG@ || exit; done; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: [12] sessions\? leaked' "$REPORT")" = 10
// CHECK: test "$(grep -c 'in kept' "$REPORT")" = 10
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t fired;
static void on_alarm(int number)
{
    close(socket(AF_INET, SOCK_DGRAM, 0 * number));
    fired++;
}
__attribute__((noinline)) static int kept(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    struct itimerval every = {{0, 100}, {0, 100}};
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &every, NULL);
    int fd = kept();
    while (fired < 10)
        pause();
    puts("ends");
    return fd < 0;
}
