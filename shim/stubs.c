#include "stubs.h"
#include "sys.h"

#define STUBS 2048 /* the same number stands in the assembly */

SG_THREAD_LOCAL uint32_t sg_stub_entered;
uint8_t sg_stub_providers[STUBS + 1];
__attribute__((used)) void *sg_stub_hooks[STUBS + 1]; /* atomic: set last */
static struct sg_turn turn;

/* Every stub takes 16 bytes, and uses registers that no argument is in. */
#if defined(__x86_64__)
__asm__(".text\n"
        ".balign 16\n"
        ".type sg_stubs, @function\n"
        "sg_stubs:\n"
        "    .cfi_startproc\n"
        ".set number, 1\n"
        ".rept 2048\n"
        "    .balign 16\n"
        "    endbr64\n"
        "    movl $number, %r11d\n"
        "    jmp 1f\n"
        "    .set number, number + 1\n"
        ".endr\n"
        "1:  movq sg_stub_entered@gottpoff(%rip), %r10\n"
        "    movl %r11d, %fs:(%r10)\n"
        "    leaq sg_stub_hooks(%rip), %r10\n"
        "    jmp *(%r10, %r11, 8)\n"
        "    .cfi_endproc\n"
        ".size sg_stubs, .-sg_stubs\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".balign 16\n"
        ".type sg_stubs, %function\n"
        "sg_stubs:\n"
        "    .cfi_startproc\n"
        ".set number, 1\n"
        ".rept 2048\n"
        "    .balign 16\n"
        "    hint 34\n" /* bti c */
        "    mov w16, #number\n"
        "    b 1f\n"
        "    .set number, number + 1\n"
        ".endr\n"
        "    .balign 16\n"
        "1:  mrs x17, tpidr_el0\n"
        "    adrp x9, :gottprel:sg_stub_entered\n"
        "    ldr x9, [x9, :gottprel_lo12:sg_stub_entered]\n"
        "    str w16, [x17, x9]\n"
        "    adrp x9, sg_stub_hooks\n"
        "    add x9, x9, :lo12:sg_stub_hooks\n"
        "    ldr x17, [x9, x16, lsl 3]\n"
        "    br x17\n"
        "    .cfi_endproc\n"
        ".size sg_stubs, .-sg_stubs\n");
#endif
extern char sg_stubs[] __attribute__((visibility("hidden")));

static void *entry(uint32_t number) { return sg_stubs + (size_t)16 * (number - 1); }

/* Both writers of an entry have the turn; readers look at entries that are
 * complete, as hooks are only called through those. */
void *sg_stub_for(void *hook, uint8_t provider)
{
    void *found = NULL;
    if (!sg_sys_take_turn(&turn))
        return NULL;
    for (uint32_t i = 1; i <= STUBS && !found; i++) {
        if (!sg_stub_hooks[i]) {
            sg_stub_providers[i] = provider;
            __atomic_store_n(&sg_stub_hooks[i], hook, __ATOMIC_RELEASE);
        }
        if (sg_stub_hooks[i] == hook && sg_stub_providers[i] == provider)
            found = entry(i);
    }
    sg_sys_end_turn(&turn);
    return found;
}
