/* Hooks of functions that must see their own caller: vfork(2), which returns
 * twice on the caller's stack; dlopen(3) and dlsym(3), which search by whom
 * they were called. Such a hook cannot call the real function; it asks C code
 * first, and then jumps on with the caller's registers and return address.
 *
 * Layer:   1
 * Threads: any.
 * Memory:  a hundred bytes of stack.
 * Fails:   never.
 */
#ifndef SG_TAIL_JUMP_H
#define SG_TAIL_JUMP_H

#include "base.h"

/* What the C code of such a hook decides: where to jump, or, if that is NULL,
 * what to return. */
struct sg_jump {
    void *real;
    void *result;
};

/* Defines the hook FUNCTION, which asks
 *   struct sg_jump before_FUNCTION(ARGUMENTS..., uintptr_t caller)
 * whose last argument, the return address, is number CALLER, from 1; up to
 * four in all. */
#if defined(__x86_64__)
#define SG_CALLER_1 "rdi"
#define SG_CALLER_2 "rsi"
#define SG_CALLER_3 "rdx"
#define SG_CALLER_4 "rcx"
#define SG_TAIL_JUMP(function, caller)                                                                       \
    __asm__(".text\n.globl " #function "\n.type " #function ", @function\n" #function ":\n"                  \
            "    .cfi_startproc\n"                                                                           \
            "    endbr64\n"                                                                                  \
            "    subq $56, %rsp\n"                                                                           \
            "    .cfi_adjust_cfa_offset 56\n"                                                                \
            "    movq %rdi, (%rsp)\n    movq %rsi, 8(%rsp)\n    movq %rdx, 16(%rsp)\n"                       \
            "    movq %rcx, 24(%rsp)\n  movq %r8, 32(%rsp)\n    movq %r9, 40(%rsp)\n"                        \
            "    movq 56(%rsp), %" SG_CALLER_##caller                                                        \
            "\n"                                                                                             \
            "    call before_" #function "\n"                                                                \
            "    movq (%rsp), %rdi\n    movq 8(%rsp), %rsi\n    movq 16(%rsp), %r10\n"                       \
            "    movq 24(%rsp), %rcx\n  movq 32(%rsp), %r8\n    movq 40(%rsp), %r9\n"                        \
            "    addq $56, %rsp\n"                                                                           \
            "    .cfi_adjust_cfa_offset -56\n"                                                               \
            "    testq %rax, %rax\n"                                                                         \
            "    je 1f\n"                                                                                    \
            "    movq %r10, %rdx\n"                                                                          \
            "    jmp *%rax\n"                                                                                \
            "1:  movq %rdx, %rax\n"                                                                          \
            "    ret\n"                                                                                      \
            "    .cfi_endproc\n.size " #function ", .-" #function "\n")
#elif defined(__aarch64__)
#define SG_CALLER_1 "x0"
#define SG_CALLER_2 "x1"
#define SG_CALLER_3 "x2"
#define SG_CALLER_4 "x3"
#define SG_TAIL_JUMP(function, caller)                                                                       \
    __asm__(".text\n.globl " #function "\n.type " #function ", %function\n" #function ":\n"                  \
            "    .cfi_startproc\n"                                                                           \
            "    hint 34\n" /* bti c */                                                                      \
            "    stp x29, x30, [sp, -80]!\n"                                                                 \
            "    .cfi_def_cfa_offset 80\n    .cfi_offset 29, -80\n    .cfi_offset 30, -72\n"                 \
            "    stp x0, x1, [sp, 16]\n    stp x2, x3, [sp, 32]\n"                                           \
            "    stp x4, x5, [sp, 48]\n    stp x6, x7, [sp, 64]\n"                                           \
            "    mov " SG_CALLER_##caller                                                                    \
            ", x30\n"                                                                                        \
            "    bl before_" #function "\n"                                                                  \
            "    mov x16, x0\n    mov x17, x1\n"                                                             \
            "    ldp x0, x1, [sp, 16]\n    ldp x2, x3, [sp, 32]\n"                                           \
            "    ldp x4, x5, [sp, 48]\n    ldp x6, x7, [sp, 64]\n"                                           \
            "    ldp x29, x30, [sp], 80\n"                                                                   \
            "    .cfi_restore 29\n    .cfi_restore 30\n    .cfi_def_cfa_offset 0\n"                          \
            "    cbz x16, 1f\n"                                                                              \
            "    br x16\n"                                                                                   \
            "1:  mov x0, x17\n"                                                                              \
            "    ret\n"                                                                                      \
            "    .cfi_endproc\n.size " #function ", .-" #function "\n")
#endif

/* For the C code of such a hook, which only the assembly calls. */
#define SG_BEFORE __attribute__((used)) static struct sg_jump

#endif
