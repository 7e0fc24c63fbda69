/* A system that has no more memory: every mapping fails from here on. The
 * filter is set behind the library's back, by libc's own syscall(), as for a
 * sandbox that it knows of the library would do nothing at all. */
#ifndef NO_MEMORY_H
#define NO_MEMORY_H

#include "filter.h"
#include <dlfcn.h>
#include <errno.h>

static inline int no_memory(void)
{
    static struct filter filter;
    struct sock_filter *code = filter.code;
    long (*real)(long, ...) = (long (*)(long, ...))dlsym(dlopen("libc.so.6", RTLD_NOW), "syscall");
    code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    code[1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0);
    code[2] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 1);
    code[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM);
    code[4] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter.program = (struct sock_fprog){.len = 5, .filter = code};
    filter_promise();
    return (int)real(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter.program);
}

#endif
