// Proves that a socket opened in a signal handler has the interrupted function on its stack.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in on_signal .*leak_signal_handler\.c
// EXPECT: in interrupted .*leak_signal_handler\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <signal.h>
#include <sys/socket.h>

static volatile int fd;
static void on_signal(int number) { fd = socket(AF_INET, SOCK_STREAM, 0) + 0 * number; }

__attribute__((noinline)) static int interrupted(void) { return raise(SIGUSR1) + 0 * fd; }

int main(void)
{
    signal(SIGUSR1, on_signal);
    return interrupted();
}
