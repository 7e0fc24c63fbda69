// Proves that a handler on an 8 KB stack may accept, copy and close, with 256 frames kept.
// ENV: SESSGUARD_OPTIONS=frames=256
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in on_signal .*stack_full_signal\.c|stack_full_signal
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include "net.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int listener, fd;
static void on_signal(int number)
{
    fd = accept(listener, NULL, NULL) + 0 * number;
    close(dup(fd));
}

int main(void)
{
    struct sockaddr_in address;
    stack_t stack = {.ss_sp = malloc(8192), .ss_size = 8192};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    int client = socket(AF_INET, SOCK_STREAM, 0);
    listener = net_listen(&address);
    net_connect(client, &address);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    puts(fd > 2 ? "accepted" : "failed");
    close(client);
    close(listener);
    return 0;
}
