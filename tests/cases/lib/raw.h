/* A system call that no library can stand before, and a way to make children in our memory. */
#ifndef CASE_RAW_H
#define CASE_RAW_H

#include <sys/syscall.h>

static inline long raw_call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
    long result = number;
    __asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#endif
}

static inline int raw_close(int fd) { return (int)raw_call(SYS_close, fd, 0, 0); }

#endif
