// Proves that code on a stack that was switched to by hand, at the end of a page and of a map, may open sockets.
// EXPECT: in opens .*stack_switched\.c|stack_switched
// EXPECT: SUMMARY: sessguard: 4 sessions leaked
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define SIZE 65536

static __attribute__((noinline)) void opens(void) { printf("%d\n", socket(AF_INET, SOCK_STREAM, 0) > 0); }

/* What the switch does is nowhere in the call frame information. */
static __attribute__((noinline)) void call_on(char *top, void (*function)(void))
{
#if defined(__x86_64__)
    __asm__ volatile("movq %%rsp, %%rbx; movq %0, %%rsp; call *%1; movq %%rbx, %%rsp"
                     : "+r"(top), "+r"(function)
                     :
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
#else
    __asm__ volatile("mov x19, sp; mov sp, %0; blr %1; mov sp, x19"
                     : "+r"(top), "+r"(function)
                     :
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x18", "x19", "x30", "memory", "cc");
#endif
}

static void *run(void *unused)
{
    char *memory = mmap(NULL, 3 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(memory, SIZE);
    munmap(memory + 2 * SIZE, SIZE);
    call_on(memory + 2 * SIZE, opens);
    char *heap = malloc(SIZE);
    call_on((char *)((size_t)(heap + SIZE) & ~(size_t)63), opens);
    free(heap);
    return unused;
}

int main(void)
{
    pthread_t thread;
    run(NULL);
    pthread_create(&thread, NULL, run, NULL);
    return pthread_join(thread, NULL);
}
