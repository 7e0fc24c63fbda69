/* A sandbox of seccomp(2): a filter that lets only some system calls through,
 * or all but some. */
#ifndef FILTER_H
#define FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILTER_MAX 32

struct filter {
    struct sock_filter code[2 * FILTER_MAX + 2];
    struct sock_fprog program;
};

/* What happens to the calls that are listed, and to the others. */
static inline struct sock_fprog *filter_make(struct filter *filter, unsigned listed, unsigned others,
                                             const int *numbers, unsigned count)
{
    unsigned n = 0;
    filter->code[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < count; i++) {
        filter->code[n++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
        filter->code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed);
    }
    filter->code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others);
    filter->program = (struct sock_fprog){.len = (unsigned short)n, .filter = filter->code};
    return &filter->program;
}

static const int filter_sockets_only[] = {SYS_read, SYS_write,      SYS_close,        SYS_socket, SYS_dup,
                                          SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_accept};

/* The kernel asks for it where the caller is not privileged. */
static inline void filter_promise(void) { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

#define FILTER_SOCKETS_ONLY(filter)                                                                          \
    filter_make((filter), SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, filter_sockets_only,                  \
                sizeof filter_sockets_only / sizeof filter_sockets_only[0])

/* stdio would make more calls than these allow. */
#define filter_say(text) (void)!write(1, text, sizeof(text) - 1)

#endif
