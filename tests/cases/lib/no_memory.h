/* A system that has no more memory: every mapping fails from here on. The
 * filter is set behind the library's back, by no function of libc's, as for a
 * sandbox that it knows of the library would do nothing at all. */
#ifndef NO_MEMORY_H
#define NO_MEMORY_H

#include "filter.h"
#include <errno.h>

static inline long no_function(long number, long a, long b, long c)
{
#if defined(__x86_64__)
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return number;
#else
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#endif
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
    return (int)no_function(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&filter.program);
}

#endif
