/* A system that has no more memory: every mapping fails from here on. The
 * filter is set behind the library's back, as in a sandbox that it knows of it
 * would do nothing at all. */
#ifndef NO_MEMORY_H
#define NO_MEMORY_H

#include "filter.h"
#include <errno.h>

static inline long filter_unseen(const struct sock_fprog *program)
{
#if defined(__x86_64__)
    register long result __asm__("rax") = SYS_seccomp;
    __asm__ volatile("syscall"
                     : "+r"(result)
                     : "D"(SECCOMP_SET_MODE_FILTER), "S"(0L), "d"(program)
                     : "rcx", "r11", "memory");
#else
    register long number __asm__("x8") = SYS_seccomp;
    register long result __asm__("x0") = SECCOMP_SET_MODE_FILTER;
    register long flags __asm__("x1") = 0;
    register const void *filter __asm__("x2") = program;
    __asm__ volatile("svc 0" : "+r"(result) : "r"(number), "r"(flags), "r"(filter) : "memory");
#endif
    return result;
}

static inline int no_memory(void)
{
    static struct filter filter;
    struct sock_filter *code = filter.code;
    code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    code[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0);
    code[2] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 1);
    code[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM);
    code[4] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter.program = (struct sock_fprog){.len = 5, .filter = code};
    filter_promise();
    return (int)filter_unseen(&filter.program);
}

#endif
