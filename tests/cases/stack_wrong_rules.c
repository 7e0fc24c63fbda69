// Proves that rules which lead anywhere lead no walk astray: stack pointers, return addresses and expressions.
// CFLAGS: -pthread
// ENV: SESSGUARD_OPTIONS=frames=256
// EXPECT: SUMMARY: sessguard: 32 sessions leaked
// EXPECT: the stack could not be followed further
// REJECT: #2 .* in circle
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

__attribute__((noinline)) void open_one(void);
void open_one(void)
{
    volatile int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        puts("no socket");
}

/* A function that calls open_one() under these rules, and right code. */
#if defined(__x86_64__)
#define WRONG(name, rules)                                                                                   \
    __asm__(".text\n" #name ":\n .cfi_startproc\n subq $24, %rsp\n .cfi_adjust_cfa_offset 24\n" rules        \
            " call open_one\n addq $24, %rsp\n ret\n .cfi_endproc\n");                                       \
    void name(void)
#elif defined(__aarch64__)
#define WRONG(name, rules)                                                                                   \
    __asm__(".text\n" #name ":\n stp x29, x30, [sp, -32]!\n bl open_one\n ldp x29, x30, [sp], 32\n ret\n");  \
    void name(void)
#endif

/* val_expression (0x16) of the stack pointer (7): breg7 (0x77) and an offset, or a constant. */
WRONG(far_below, ".cfi_signal_frame\n .cfi_escape 0x16, 7, 5, 0x77, 0x80, 0x80, 0x80, 0x78\n"); /* 16 MB */
WRONG(below, ".cfi_signal_frame\n .cfi_escape 0x16, 7, 4, 0x77, 0x80, 0x80, 0x60\n");           /* 512 KB */
WRONG(far_above, ".cfi_signal_frame\n .cfi_escape 0x16, 7, 6, 0x77, 0x80, 0x80, 0x80, 0x80, 0x10\n");
WRONG(at_nothing, ".cfi_signal_frame\n .cfi_escape 0x16, 7, 2, 0x08, 17\n");
WRONG(at_the_end, ".cfi_signal_frame\n .cfi_escape 0x16, 7, 2, 0x09, 0xff\n");
WRONG(nowhere, ".cfi_signal_frame\n .cfi_escape 0x16, 7, 9, 0x0e, 1, 2, 3, 4, 5, 6, 7, 0x80\n");
/* Itself is who called it, and nothing is left behind, for ever. */
WRONG(circle, ".cfi_signal_frame\n .cfi_def_cfa rsp, 0\n .cfi_same_value rip\n");
/* Of a CFA by expression the offset is changed: a number would become a pointer. */
WRONG(expression_and_offset, ".cfi_escape 0x0f, 2, 0x77, 32\n .cfi_escape 0x0e, 5\n");
WRONG(expression_and_register, ".cfi_escape 0x0f, 2, 0x77, 32\n .cfi_escape 0x0d, 7\n");
WRONG(empty_expression, ".cfi_escape 0x0f, 0\n");
/* Far and overflowing offsets; registers that do not exist. */
WRONG(far_offset, ".cfi_escape 0x0e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f\n");
WRONG(overflow, ".cfi_escape 0x11, 16, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f\n");
WRONG(no_register, ".cfi_escape 0x0c, 0xff, 0x7f, 8\n");
WRONG(from_no_register, ".cfi_escape 0x09, 16, 0xff, 0x7f\n");
WRONG(restored_unremembered, ".cfi_escape 0x0b\n");
WRONG(dereferenced, ".cfi_escape 0x0f, 3, 0x08, 8, 0x06\n");

static void *all(void *unused)
{
    far_below(), below(), far_above(), at_nothing(), at_the_end(), nowhere();
    circle(), expression_and_offset(), expression_and_register(), empty_expression();
    far_offset(), overflow(), no_register(), from_no_register(), restored_unremembered(), dereferenced();
    return unused;
}

int main(void)
{
    pthread_t thread;
    all(NULL);
    if (pthread_create(&thread, NULL, all, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    puts("done");
    return 0;
}
