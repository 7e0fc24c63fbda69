// Proves that an 8 KB alternate signal stack is enough for a handler that opens a socket.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in on_signal .*leak_alternate_stack\.c|leak_alternate_stack
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static volatile int fd;
static void on_signal(int number) { fd = socket(AF_INET, SOCK_STREAM, 0) + 0 * number; }

int main(void)
{
    stack_t stack = {.ss_sp = malloc(8192), .ss_size = 8192};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    puts(fd > 2 ? "opened" : "failed");
    return 0;
}
