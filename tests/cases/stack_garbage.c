// Proves that a stack with a false return address at its end, beyond which nothing is mapped, is not read beyond.
// EXPECT: ^[12] sockets?( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 2 sessions leaked
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>

#define SIZE 65536

static ucontext_t back, coroutine;
static void *inside_big;

/* An address in a function whose frame is larger than what is left of the stack. */
static __attribute__((noinline)) void note(volatile char *buffer)
{
    inside_big = __builtin_return_address(0);
    buffer[0] = 1;
}
static __attribute__((noinline)) void big(void)
{
    volatile char buffer[SIZE / 4];
    note(buffer);
    buffer[1] = buffer[0];
}

static __attribute__((noinline)) void lost(void)
{
    ((void **)__builtin_frame_address(0))[1] = inside_big;
    printf("%d\n", socket(AF_INET, SOCK_STREAM, 0) > 0);
    swapcontext(&coroutine, &back); /* for ever: there is nowhere to return to */
}

static void *enter(void *unused)
{
    char *memory = mmap(NULL, 3 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(memory, SIZE);
    munmap(memory + 2 * SIZE, SIZE);
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = memory + SIZE;
    coroutine.uc_stack.ss_size = SIZE;
    makecontext(&coroutine, lost, 0);
    swapcontext(&back, &coroutine);
    return unused;
}

int main(void)
{
    pthread_t thread;
    big();
    enter(NULL);
    pthread_create(&thread, NULL, enter, NULL);
    return pthread_join(thread, NULL);
}
