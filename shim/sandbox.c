/* Sandboxes: prctl(2) and syscall(2), by which a program gives up system calls
 * (seccomp(2)). One that it does not make itself may then kill it, so from
 * there on we make none: nothing is recorded any more, and nothing reported.
 * A filter that was there when the program started does not count, as the
 * program was not made to bear with it either.
 *
 * Layer:   13
 */
#include "hook.h"
#include "sys.h"

#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A vforked child enters a sandbox of its own, in our memory. */
static bool enter(void)
{
    if (sg_detector_is_vfork_child())
        return false;
    sg_arena_bar();
    return true;
}

SG_LIBC_FUNCTION(prctl);
SG_EXPORT int prctl(int option, ...)
{
    unsigned long argument[4];
    va_list arguments;
    va_start(arguments, option);
    for (unsigned i = 0; i < SG_COUNT(argument); i++) /* those that were left out pass as they are */
        argument[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    bool is_entered = option == PR_SET_SECCOMP && enter();
    int result = SG_REAL(prctl)(option, argument[0], argument[1], argument[2], argument[3]);
    if (is_entered && result != 0)
        sg_arena_unbar();
    return result;
}

SG_LIBC_FUNCTION(syscall);

static bool is_sandbox(long number, long operation)
{
    if (number == SYS_prctl)
        return operation == PR_SET_SECCOMP;
    return operation == SECCOMP_SET_MODE_STRICT || operation == SECCOMP_SET_MODE_FILTER;
}

/* A filter for all threads fails with the number of one that cannot have it. */
static bool has_failed(long number, long flags, long result)
{
    unsigned long with_threads = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER;
    bool is_thread = ((unsigned long)flags & with_threads) == SECCOMP_FILTER_FLAG_TSYNC && result > 0;
    return result < 0 || (number == SYS_seccomp && is_thread);
}

/* What the hook jumps to for the numbers that matter here. */
__attribute__((used)) static long syscall_watched(long number, long a, long b, long c, long d, long e, long f)
{
    __typeof__(&syscall) real = SG_REAL(syscall);
    bool is_entered = (number == SYS_prctl || number == SYS_seccomp) && is_sandbox(number, a) && enter();
    long result = real(number, a, b, c, d, e, f);
    if (is_entered && has_failed(number, b, result))
        sg_arena_unbar();
    return result;
}

/* All other numbers go on by a jump, which leaves the stack and every register
 * as the caller set them: some calls return twice, or on another stack. */
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
_Static_assert(offsetof(struct sg_function, real) == 8, "the hook below reads it");

#if defined(__x86_64__)
#define WATCH(number) "    cmpq $" TEXT(number) ", %rdi\n    je 1f\n"
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        "syscall:\n"
        "    .cfi_startproc\n"
        "    endbr64\n" WATCH(SYS_prctl) WATCH(SYS_seccomp) /* and all others */
        "    movq 8+real_syscall(%rip), %rax\n"
        "    testq %rax, %rax\n"
        "    je 1f\n"
        "    jmp *%rax\n"
        "1:  jmp syscall_watched\n"
        "    .cfi_endproc\n"
        ".size syscall, .-syscall\n");
#elif defined(__aarch64__)
#define WATCH(number) "    cmp x0, " TEXT(number) "\n    b.eq 1f\n"
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, %function\n"
        "syscall:\n"
        "    .cfi_startproc\n"
        "    hint 34\n"                     /* bti c */
        WATCH(SYS_prctl) WATCH(SYS_seccomp) /* and all others */
        "    adrp x16, real_syscall\n"
        "    add x16, x16, :lo12:real_syscall\n"
        "    ldr x16, [x16, 8]\n"
        "    cbz x16, 1f\n"
        "    br x16\n"
        "1:  b syscall_watched\n"
        "    .cfi_endproc\n"
        ".size syscall, .-syscall\n");
#endif
