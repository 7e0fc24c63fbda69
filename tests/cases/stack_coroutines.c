// Proves that coroutines on small stacks between guard pages open and close, and their leaks have whole stacks.
// EXPECT: ^40 sockets( \([a-z ]+\))? never closed
// EXPECT: in deep .*stack_coroutines\.c|stack_coroutines
// EXPECT: in work .*stack_coroutines\.c|stack_coroutines
// EXPECT: SUMMARY: sessguard: 40 sessions leaked at 1 place
// REJECT: could not be followed
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#define SIZE 16384
#define GUARD 4096

static __thread ucontext_t back, coroutine;

static __attribute__((noinline)) int deep(int depth)
{
    volatile char buffer[200] = {0};
    int fd = depth ? deep(depth - 1) : socket(AF_INET, SOCK_STREAM, 0);
    return fd + buffer[0];
}
static void work(void)
{
    int fd = deep(20); /* over more than one page */
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    close(pair[0]);
    close(pair[1]);
    close(dup(fd));
}

static void *run(void *unused)
{
    for (int i = 0; i < 20; i++) {
        char *memory = mmap(NULL, SIZE + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        mprotect(memory + GUARD, SIZE, PROT_READ | PROT_WRITE);
        getcontext(&coroutine);
        coroutine.uc_stack.ss_sp = memory + GUARD;
        coroutine.uc_stack.ss_size = SIZE;
        coroutine.uc_link = &back;
        makecontext(&coroutine, work, 0);
        swapcontext(&back, &coroutine);
        munmap(memory, SIZE + 2 * GUARD);
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    run(NULL);
    pthread_create(&thread, NULL, run, NULL);
    puts("ran");
    return pthread_join(thread, NULL);
}
