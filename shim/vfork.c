/* vfork(2): the child runs in our memory until it execs, so what it closes
 * must not touch the records. The real vfork() cannot be called from C, as
 * it returns twice on the caller's stack; so the hook notes the thread and
 * jumps on with the caller's return address in place.
 *
 * Layer:   9
 */
#include "hook.h"

#include <unistd.h>

SG_LIBC_FUNCTION(vfork);

/* Returns where to jump. The arena is prepared first: it is by the arena's
 * process number that a child is told from its parent. */
__attribute__((used)) static void *before_vfork(void)
{
    (void)sg_detector_is_on();
    sg_vfork_begins();
    return sg_hook_libc(&real_vfork);
}

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl vfork\n"
        ".type vfork, @function\n"
        "vfork:\n"
        "    .cfi_startproc\n"
        "    endbr64\n"
        "    subq $8, %rsp\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    call before_vfork\n"
        "    addq $8, %rsp\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    jmp *%rax\n"
        "    .cfi_endproc\n"
        ".size vfork, .-vfork\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl vfork\n"
        ".type vfork, %function\n"
        "vfork:\n"
        "    .cfi_startproc\n"
        "    hint 34\n" /* bti c */
        "    stp x29, x30, [sp, -16]!\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset 29, -16\n"
        "    .cfi_offset 30, -8\n"
        "    bl before_vfork\n"
        "    ldp x29, x30, [sp], 16\n"
        "    .cfi_restore 29\n"
        "    .cfi_restore 30\n"
        "    .cfi_def_cfa_offset 0\n"
        "    mov x16, x0\n"
        "    br x16\n"
        "    .cfi_endproc\n"
        ".size vfork, .-vfork\n");
#endif
