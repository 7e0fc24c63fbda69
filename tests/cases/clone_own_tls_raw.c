// Proves the same of children that a program makes by the number of the system call, or by one that no library can
// stand before.
// ENV: SESSGUARD_OPTIONS=verbosity=1
// EXPECT: in of_parent .*clone_own_tls_raw\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 1
// REJECT: no leaks
#include "guests.h"
#include <linux/sched.h>

__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void body(void) { _exit(close(socket(AF_INET, SOCK_STREAM, 0))); }
#ifdef __x86_64__
static int inlined(char *stack, char *tls)
{
    uintptr_t where = (uintptr_t)body;
    long result = SYS_clone;
    register long r10 __asm__("r10") = 0;
    register char *r8 __asm__("r8") = tls;
    __asm__ volatile("syscall\n test %%rax, %%rax\n jnz 1f\n call *%[body]\n1:"
                     : "+a"(result)
                     : "D"(CLONE_VM | CLONE_VFORK | CLONE_SETTLS | SIGCHLD), "S"(stack), "d"(0L), "r"(r10),
                       "r"(r8), [body] "r"(where)
                     : "rcx", "r11", "memory");
    return guest_status((int)result);
}
#endif
int main(void)
{
    long flags = CLONE_VM | CLONE_VFORK | CLONE_SETTLS;
    char *tls = guest_tls(GUEST_TLS / 2), *stack = guest_stack() - 64;
    printf("%ld\n", syscall(SYS_clone3, NULL, 0L));
#ifdef __x86_64__ /* the call returns to what lies on the stack that it was given */
    uintptr_t where = (uintptr_t)body;
    memcpy(stack - 8, &where, sizeof where);
    printf("%d\n", guest_status((int)syscall(SYS_clone, flags | SIGCHLD, stack - 8, NULL, NULL, tls)));
    memcpy(stack - 8, &where, sizeof where);
    struct clone_args wanted = {.flags = (uint64_t)flags,
                                .exit_signal = SIGCHLD,
                                .stack = (uintptr_t)stack - GUEST_STACK / 2,
                                .stack_size = GUEST_STACK / 2 - 8,
                                .tls = (uintptr_t)tls};
    printf("%d\n", guest_status((int)syscall(SYS_clone3, &wanted, sizeof wanted)));
    printf("%d\n", inlined(stack, tls));
#else
    (void)flags, (void)tls, (void)stack, (void)body;
    printf("0\n0\n0\n");
#endif
    int good = of_parent() >= 0;
#ifdef __x86_64__ /* and once there are records */
    printf("%d\n", inlined(stack, tls));
#endif
    return !good;
}
