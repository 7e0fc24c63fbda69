/* syscall(2): some of the calls that a program makes by their number matter here.
 * They enter a sandbox, close descriptors, make a process in our memory, or give
 * up privileges.
 *
 * Layer:   14
 */
#include "family/socket.h"
#include "hook.h"
#include "privileges.h"
#include "sandbox.h"
#include "sys.h"
#include "tail_jump.h"
#include "vfork.h"

#include <sched.h>
#include <stddef.h>
#include <unistd.h>

SG_LIBC_FUNCTION(syscall);

#define CALLED 1 /* a hook makes the call */
#define TWICE 2  /* the call may return twice, on the same stack: a hook is asked before */

#define NUMBERS 512 /* those beyond are no calls */
__attribute__((used)) static const uint8_t syscall_hooks[NUMBERS] = {
    [SYS_prctl] = CALLED,       [SYS_seccomp] = CALLED,  [SYS_close] = CALLED,
    [SYS_close_range] = CALLED, [SYS_unshare] = CALLED,  [SYS_dup3] = CALLED,
    [SYS_setuid] = CALLED,      [SYS_setreuid] = CALLED, [SYS_setresuid] = CALLED,
#ifdef SYS_dup2
    [SYS_dup2] = CALLED,
#endif
#ifdef SYS_vfork
    [SYS_vfork] = TWICE,
#endif
    [SYS_clone] = TWICE,        [SYS_clone3] = TWICE,
};

/* What the hook jumps to for the numbers that matter here; and for all others, while the
 * real function is not known yet. */
__attribute__((used)) static long syscall_called(long number, long a, long b, long c, long d, long e, long f)
{
    struct sg_site site = SG_SITE();
    __typeof__(&syscall) real = SG_REAL(syscall);
    const long arguments[6] = {a, b, c, d, e, f};
    if (number < 0 || number >= NUMBERS || syscall_hooks[number] != CALLED)
        return real(number, a, b, c, d, e, f);
    if (number == SYS_prctl || number == SYS_seccomp)
        return sg_sandbox_syscall(real, number, arguments);
    if (number == SYS_setuid || number == SYS_setreuid || number == SYS_setresuid) {
        sg_privileges_syscall(number, arguments);
        return real(number, a, b, c, d, e, f);
    }
    return sg_socket_syscall(real, number, arguments, &site);
}

/* clone3(2) has its flags in memory, which may not be there: programs ask in this way
 * whether the call is known. */
static uint64_t flags_of(long number, uintptr_t argument)
{
    if (number == SYS_clone)
        return argument;
    if (number != SYS_clone3)
        return CLONE_VM | CLONE_VFORK;
    if (argument % sizeof(uint64_t) || sg_sys_is_barred() || !sg_sys_is_readable(argument))
        return 0;
    return *(const uint64_t *)argument; /* NOLINT(performance-no-int-to-ptr) */
}

SG_BEFORE before_sg_syscall_twice(long number, uintptr_t argument, long unused, uintptr_t caller)
{
    (void)unused;
    (void)caller;
    sg_vfork_by_flags(flags_of(number, argument));
    return (struct sg_jump){.real = sg_hook_libc(&real_syscall)};
}
__asm__(".hidden sg_syscall_twice");
SG_TAIL_JUMP(sg_syscall_twice, 4);

/* All other numbers go on by a jump, which leaves the stack and every register
 * as the caller set them. */
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
_Static_assert(offsetof(struct sg_function, real) == 8, "the hook below reads it");

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        "syscall:\n"
        "    .cfi_startproc\n"
        "    endbr64\n"
        "    cmpq $" TEXT(NUMBERS) ", %rdi\n"
                                   "    jae 2f\n"
                                   "    leaq syscall_hooks(%rip), %rax\n"
                                   "    movzbl (%rax,%rdi), %eax\n"
                                   "    testl %eax, %eax\n"
                                   "    jne 3f\n"
                                   "2:  movq 8+real_syscall(%rip), %rax\n"
                                   "    testq %rax, %rax\n"
                                   "    je 1f\n"
                                   "    jmp *%rax\n"
                                   "3:  cmpl $" TEXT(TWICE) ", %eax\n"
                                                            "    je sg_syscall_twice\n"
                                                            "1:  jmp syscall_called\n"
                                                            "    .cfi_endproc\n"
                                                            ".size syscall, .-syscall\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, %function\n"
        "syscall:\n"
        "    .cfi_startproc\n"
        "    hint 34\n" /* bti c */
        "    cmp x0, " TEXT(NUMBERS) "\n"
                                     "    b.hs 2f\n"
                                     "    adrp x16, syscall_hooks\n"
                                     "    add x16, x16, :lo12:syscall_hooks\n"
                                     "    ldrb w16, [x16, x0]\n"
                                     "    cbnz w16, 3f\n"
                                     "2:  adrp x16, real_syscall\n"
                                     "    add x16, x16, :lo12:real_syscall\n"
                                     "    ldr x16, [x16, 8]\n"
                                     "    cbz x16, 1f\n"
                                     "    br x16\n"
                                     "3:  cmp w16, " TEXT(TWICE) "\n"
                                                                 "    b.eq sg_syscall_twice\n"
                                                                 "1:  b syscall_called\n"
                                                                 "    .cfi_endproc\n"
                                                                 ".size syscall, .-syscall\n");
#endif
