/* Opens a socket and leaks it in every place that asks for a stack: from a library, a
 * thread, a signal handler on a stack of its own, and a plug-in. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int library_open(int depth);

static char alternate[1 << 16];
static volatile int opened;

__attribute__((noinline)) static int program_open(int depth)
{
    char room[64 + 8 * depth];
    room[0] = (char)depth;
    __asm__ volatile("" : : "r"(room) : "memory");
    int fd = depth > 0 ? program_open(depth - 1) : socket(AF_INET, SOCK_STREAM, 0);
    __asm__ volatile("" : : "r"(room) : "memory");
    return fd;
}

static void *in_thread(void *unused)
{
    opened += program_open(3) > 0;
    opened += library_open(2) > 0;
    return unused;
}

static void in_handler(int signal)
{
    (void)signal;
    opened += library_open(1) > 0;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction action = {.sa_handler = in_handler, .sa_flags = SA_ONSTACK};
    opened += program_open(2) > 0;
    opened += library_open(3) > 0;
    if (pthread_create(&thread, NULL, in_thread, NULL) == 0)
        pthread_join(thread, NULL);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND) : NULL;
    int (*plugin_open)(int) = plugin ? (int (*)(int))dlsym(plugin, "plugin_open") : NULL;
    opened += plugin_open && plugin_open(1) > 0;
    printf("opened %d, missing %d\n", opened, dlsym(RTLD_DEFAULT, "no_such_function") == NULL);
    return 7;
}
