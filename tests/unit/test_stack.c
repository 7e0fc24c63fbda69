/* Stacks: our walk must equal libunwind's, which is the judge here and nowhere
 * else, over stacks of every shape that programs have. */
#include "sys.h"
#include "testing.h"

#define UNW_LOCAL_ONLY
#include <alloca.h>
#include <errno.h>
#include <libunwind.h>
#include <link.h>
#include <search.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

enum { DEPTH = 256 };

extern const char _start[];

/* What all comparisons of a test have found. They are made on any thread and
 * in signal handlers, so they are counted there and asserted at the end. */
static struct {
    uint32_t n_compared, n_wrong, n_incomplete, n_cut; /* atomic */
    uint32_t n_shorter;                                /* atomic: than the judge's */
    uint32_t n_frames;                                 /* atomic: of the last one */
    uintptr_t last;                                    /* atomic: its last address */
    char first_wrong[12288];
} verdict;

static void count(uint32_t *number) { __atomic_add_fetch(number, 1, __ATOMIC_RELAXED); }

/* Keeps what differed, once. */
static void describe(const struct sg_stack *stack, const uintptr_t *judged, unsigned n_judged)
{
    size_t at = 0;
    if (__atomic_add_fetch(&verdict.n_wrong, 1, __ATOMIC_RELAXED) != 1)
        return;
    for (unsigned i = 0; i < stack->count || i < n_judged; i++) {
        at += (size_t)snprintf(verdict.first_wrong + at, sizeof verdict.first_wrong - at, "\n%u: %#lx %#lx",
                               i, (unsigned long)(i < stack->count ? stack->pcs[i] : 0),
                               (unsigned long)(i < n_judged ? judged[i] : 0));
        if (at > sizeof verdict.first_wrong - 100)
            break;
    }
}

/* The judge's frames, from the caller of the function with this site on. */
static SG_NOINLINE unsigned judge(const struct sg_site *site, uintptr_t *pcs)
{
    unw_context_t context;
    unw_cursor_t cursor;
    unw_word_t sp = 0;
    unw_word_t ip = 0;
    unsigned n_pcs = 0;
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    do {
        if (unw_step(&cursor) <= 0)
            return 0;
        unw_get_reg(&cursor, UNW_REG_SP, &sp);
    } while (sp != site->cfa);
    do {
        unw_get_reg(&cursor, UNW_REG_IP, &ip);
        /* Its word for a frame that a signal has interrupted. */
        pcs[n_pcs++] = ip - !(unw_is_signal_frame(&cursor) > 0);
    } while (n_pcs < DEPTH && unw_step(&cursor) > 0);
    return n_pcs;
}

/* Walks from the caller on as a hook does, and compares. A stack that could
 * not be followed must still be right as far as it goes. */
static SG_NOINLINE TESTING_NOIPA void compare(void)
{
    uintptr_t pcs[DEPTH];
    uintptr_t judged[DEPTH];
    struct sg_site site = SG_SITE();
    struct sg_stack stack = sg_stack_walk(&site, pcs, DEPTH);
    unsigned n_judged = judge(&site, judged);
    count(&verdict.n_compared);
    if (stack.flags == SG_PLACE_INCOMPLETE)
        count(&verdict.n_incomplete);
    if (stack.flags == SG_PLACE_CUT)
        count(&verdict.n_cut);
    if (stack.count < n_judged)
        count(&verdict.n_shorter);
    bool is_whole = stack.flags != SG_PLACE_INCOMPLETE;
    if (stack.count > n_judged || (is_whole && stack.count != n_judged) ||
        memcmp(pcs, judged, stack.count * sizeof pcs[0]) != 0)
        describe(&stack, judged, n_judged);
    __atomic_store_n(&verdict.n_frames, stack.count, __ATOMIC_RELAXED);
    __atomic_store_n(&verdict.last, pcs[stack.count - 1], __ATOMIC_RELAXED);
}

/* Keeps the call before it from becoming a jump. */
#define COME_BACK() __asm__ volatile("" ::: "memory")

static void ck_right(unsigned at_least)
{
    ck_assert_uint_ge(verdict.n_compared, at_least);
    ck_assert_msg(verdict.n_wrong == 0, "%u of %u; ours and the judge's:%s", verdict.n_wrong,
                  verdict.n_compared, verdict.first_wrong);
}

static void ck_right_and_complete(unsigned at_least)
{
    ck_right(at_least);
    ck_assert_uint_eq(verdict.n_incomplete, 0);
}

static void ck_ends_at_start(void)
{
    ck_assert_uint_ge(verdict.last, (uintptr_t)_start);
    ck_assert_uint_lt(verdict.last, (uintptr_t)_start + 64);
}

START_TEST(a_plain_stack_ends_at_the_start)
{
    compare();
    ck_right_and_complete(1);
    ck_ends_at_start();
    ck_assert_uint_eq(verdict.n_cut, 0);
}
END_TEST

static SG_NOINLINE TESTING_NOIPA unsigned recurse(unsigned depth)
{
    unsigned result = 0;
    if (depth > 0)
        result = recurse(depth - 1) + 1;
    else
        compare();
    COME_BACK();
    return result;
}

START_TEST(a_deep_stack_is_cut)
{
    unsigned base = 0;
    compare();
    base = verdict.n_frames;
    for (unsigned depth = 0; depth < 400; depth += 1 + depth / 5) {
        recurse(depth);
        ck_assert_uint_eq(verdict.n_frames, base + depth + 1 < DEPTH ? base + depth + 1 : DEPTH);
    }
    ck_right_and_complete(10);
    ck_assert_uint_ge(verdict.n_cut, 1);
}
END_TEST

/* The depth that is asked for is the depth that is got. */
static SG_NOINLINE TESTING_NOIPA struct sg_stack walk(uintptr_t *pcs, unsigned depth)
{
    struct sg_site site = SG_SITE();
    return sg_stack_walk(&site, pcs, depth);
}

START_TEST(the_depth_is_a_bound)
{
    uintptr_t whole[DEPTH];
    uintptr_t pcs[DEPTH];
    for (unsigned i = 0; i < 2; i++) { /* one call, so that both have the same caller */
        static unsigned n_whole, depth = DEPTH;
        do {
            memset(pcs, 0xff, sizeof pcs);
            struct sg_stack stack = walk(pcs, depth);
            if (depth == DEPTH) {
                memcpy(whole, pcs, sizeof whole);
                n_whole = depth = stack.count;
                ck_assert_uint_gt(n_whole, 3);
                ck_assert_uint_eq(stack.flags, 0);
            } else {
                ck_assert_uint_eq(stack.count, depth);
                ck_assert_uint_eq(stack.flags, depth == n_whole ? 0 : SG_PLACE_CUT);
                ck_assert(memcmp(pcs, whole, depth * sizeof pcs[0]) == 0);
                ck_assert_uint_eq(pcs[depth], UINTPTR_MAX);
                depth--;
            }
        } while (depth > 0);
        break;
    }
}
END_TEST

/* ---- through libc ---- */

static int compare_numbers(const void *left, const void *right)
{
    compare();
    return (*(const int *)left > *(const int *)right) - (*(const int *)left < *(const int *)right);
}

static int count_object(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)info;
    (void)size;
    ++*(unsigned *)context;
    compare();
    return 0;
}

static void visit(const void *node, VISIT which, int depth)
{
    (void)node;
    (void)which;
    (void)depth;
    compare();
}

static void once(void)
{
    compare();
    COME_BACK();
}

START_TEST(callbacks_of_libc_are_walked_through)
{
    static int few[40], many[600];
    int key = 7;
    unsigned n_objects = 0;
    pthread_once_t is_done = PTHREAD_ONCE_INIT;
    void *tree = NULL;
    for (int i = 0; i < 600; i++)
        many[i] = few[i % 40] = (i * 7919) % 601;
    qsort(few, SG_COUNT(few), sizeof few[0], compare_numbers);
    qsort(many, SG_COUNT(many), sizeof many[0], compare_numbers);
    int *found = bsearch(&key, many, SG_COUNT(many), sizeof many[0], compare_numbers);
    ck_assert(found && *found == key);
    dl_iterate_phdr(count_object, &n_objects);
    pthread_once(&is_done, once);
    for (int i = 0; i < 20; i++)
        tsearch(&few[i], &tree, compare_numbers);
    twalk(tree, visit);
    for (int i = 0; i < 20; i++)
        tdelete(&few[i], &tree, compare_numbers);
    ck_right_and_complete(1000);
    ck_ends_at_start();
}
END_TEST

/* ---- frames of every form ---- */

static SG_NOINLINE TESTING_NOIPA void with_alloca(unsigned size)
{
    volatile char *memory = alloca(size);
    memory[0] = 1;
    compare();
    memory[size - 1] = 2;
}

static SG_NOINLINE TESTING_NOIPA int with_array(unsigned size)
{
    volatile int array[size];
    array[size - 1] = 3;
    for (unsigned i = 0; i < 2; i++) {
        volatile char inner[size * (i + 1)];
        inner[0] = 1;
        compare();
        array[0] = inner[0];
    }
    return array[size - 1];
}

static SG_NOINLINE TESTING_NOIPA TESTING_OPTIMIZE("omit-frame-pointer") int without_frame_pointer(int a,
                                                                                                  int b)
{
    volatile int kept[9] = {a, b};
    compare();
    return kept[0] + kept[1];
}

static SG_NOINLINE TESTING_NOIPA TESTING_OPTIMIZE("no-omit-frame-pointer") int with_frame_pointer(int a,
                                                                                                  int b)
{
    volatile int kept[9] = {a, b};
    int sum = without_frame_pointer(b, a);
    compare();
    return kept[0] + kept[1] + sum;
}

static SG_NOINLINE TESTING_NOIPA int with_many_arguments(int a, int b, int c, int d, int e, int f, int g,
                                                         int h, int i)
{
    int sum = with_frame_pointer(a + b, c + d);
    compare();
    return sum + e + f + g + h + i;
}

#if defined(__x86_64__)
#define REALIGN __attribute__((force_align_arg_pointer))
#else
#define REALIGN
#endif

static SG_NOINLINE TESTING_NOIPA REALIGN int realigned(int a)
{
    volatile int kept = a;
    int sum = with_frame_pointer(a, a);
    compare();
    return kept + sum;
}

static SG_NOINLINE TESTING_NOIPA int with_aligned_local(int a)
{
    _Alignas(64) volatile char local[128];
    local[a] = 1;
    compare();
    ck_assert_uint_eq((uintptr_t)local % 64, 0);
    return realigned(local[a]);
}

/* A dynamic argument pointer: realigned, of varying size, with arguments on
 * the stack. */
static SG_NOINLINE TESTING_NOIPA int with_all_of_it(int a, int b, int c, int d, int e, int f, int g, int h)
{
    _Alignas(64) volatile char local[64];
    volatile char array[a * 16 + 1];
    local[b & 63] = 1;
    array[a] = 1;
    compare();
    return with_aligned_local(c & 63) + local[b & 63] + array[a] + d + e + f + g + h;
}

START_TEST(frames_of_every_form_are_walked_through)
{
    for (unsigned i = 1; i < 30; i++) {
        with_alloca(i * 37);
        with_array(i * 3);
        with_many_arguments((int)i, 2, 3, 4, 5, 6, 7, 8, 9);
        realigned((int)i);
        with_aligned_local((int)i);
        with_all_of_it((int)i, 2, 3, 4, 5, 6, 7, (int)i);
    }
    ck_right_and_complete(29 * 12);
    ck_ends_at_start();
}
END_TEST

/* ---- signals ---- */

static void on_signal(int number)
{
    int saved = errno;
    (void)number;
    compare();
    recurse(3);
    errno = saved;
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

static char *other_stack(size_t size)
{
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

enum { STACK_SIZE = 256 * 1024 };

static void use_signal_stack(char *memory)
{
    stack_t stack = {.ss_sp = memory, .ss_size = STACK_SIZE};
    ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
}

static SG_NOINLINE TESTING_NOIPA int raise_inside(int depth)
{
    int result = depth > 0 ? raise_inside(depth - 1) : raise(SIGUSR1);
    COME_BACK();
    return result;
}

START_TEST(a_signal_handler_is_walked_through)
{
    handle(SIGUSR1, on_signal, 0);
    for (int depth = 0; depth < 20; depth++)
        raise_inside(depth);
    ck_right_and_complete(40);
    ck_ends_at_start();
}
END_TEST

START_TEST(a_signal_on_its_own_stack_is_walked_through)
{
    char *memory = other_stack(STACK_SIZE);
    use_signal_stack(memory);
    handle(SIGUSR1, on_signal, SA_ONSTACK);
    for (int depth = 0; depth < 20; depth++)
        raise_inside(depth);
    ck_right_and_complete(40);
    ck_ends_at_start();
}
END_TEST

/* A signal's stack may also lie above the frames that it interrupts. */
static SG_NOINLINE TESTING_NOIPA void with_signal_stack_in_frame(void)
{
    static const stack_t none = {.ss_flags = SS_DISABLE};
    char memory[STACK_SIZE];
    memory[0] = 0;
    use_signal_stack(memory);
    handle(SIGUSR1, on_signal, SA_ONSTACK);
    for (int depth = 0; depth < 20; depth++)
        raise_inside(depth);
    sigaltstack(&none, NULL);
}

START_TEST(a_signal_stack_above_the_interrupted_frames_is_walked_through)
{
    with_signal_stack_in_frame();
    ck_right_and_complete(40);
    ck_ends_at_start();
}
END_TEST

static void on_first_signal(int number)
{
    on_signal(number);
    raise(SIGUSR2);
}

START_TEST(a_signal_in_a_signal_is_walked_through)
{
    char *memory = other_stack(STACK_SIZE);
    use_signal_stack(memory);
    handle(SIGUSR1, on_first_signal, SA_ONSTACK);
    handle(SIGUSR2, on_signal, 0);
    raise_inside(2);
    handle(SIGUSR1, on_first_signal, 0);
    handle(SIGUSR2, on_signal, SA_ONSTACK);
    raise_inside(2);
    ck_right_and_complete(8);
    ck_ends_at_start();
}
END_TEST

static volatile sig_atomic_t n_ticks;

static void on_tick(int number)
{
    int saved = errno;
    (void)number;
    compare();
    n_ticks++;
    errno = saved;
}

static int compare_quietly(const void *left, const void *right)
{
    return (*(const int *)left > *(const int *)right) - (*(const int *)left < *(const int *)right);
}

START_TEST(a_signal_at_any_time_is_walked_through)
{
    static int many[500];
    struct itimerval often = {{0, 1000}, {0, 1000}};
    static const struct itimerval never;
    handle(SIGALRM, on_tick, SA_RESTART);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (n_ticks < 200) {
        char text[64];
        for (int i = 0; i < 500; i++)
            many[i] = (i * 7919) % 601;
        qsort(many, SG_COUNT(many), sizeof many[0], compare_quietly);
        snprintf(text, sizeof text, "%d %f %s", many[0], (double)n_ticks, "text");
        free(calloc(1, (size_t)many[7] + 1));
    }
    setitimer(ITIMER_REAL, &never, NULL);
    /* An interrupted instruction may lie where libc has no unwind table. */
    ck_right(200);
    ck_assert_uint_lt(verdict.n_incomplete, 20);
}
END_TEST

#if defined(__x86_64__)

/* Frames whose base is each of the registers that calls preserve, as hand-
 * written code has them: the walk needs that register's value as it is now. */
#define BASED_ON(reg)                                                                                        \
    __asm__(".text\n.type based_on_" #reg ", @function\nbased_on_" #reg ":\n"                                \
            "    .cfi_startproc\n"                                                                           \
            "    pushq %" #reg "\n    .cfi_adjust_cfa_offset 8\n    .cfi_rel_offset " #reg ", 0\n"           \
            "    movq %rsp, %" #reg "\n    .cfi_def_cfa_register " #reg "\n"                                 \
            "    subq $128, %rsp\n"                                                                          \
            "    call *%rdi\n"                                                                               \
            "    movq %" #reg ", %rsp\n    .cfi_def_cfa_register rsp\n"                                      \
            "    popq %" #reg "\n    .cfi_adjust_cfa_offset -8\n"                                            \
            "    ret\n    .cfi_endproc\n");                                                                  \
    extern void based_on_##reg(void (*callback)(void))
BASED_ON(rbx);
BASED_ON(rbp);
BASED_ON(r12);
BASED_ON(r13);
BASED_ON(r14);
BASED_ON(r15);

START_TEST(frames_based_on_any_register_are_walked_through)
{
    based_on_rbx(compare);
    based_on_rbp(compare);
    based_on_r12(compare);
    based_on_r13(compare);
    based_on_r14(compare);
    based_on_r15(compare);
    ck_right_and_complete(6);
    ck_ends_at_start();
}
END_TEST

/* A function whose first instruction faults: its address is the function's
 * own, and not one after a call. What lies before has other rules. */
__asm__(".text\n"
        ".type before_fault, @function\n"
        "before_fault:\n"
        "    .cfi_startproc\n"
        "    .cfi_def_cfa_offset 4096\n"
        "    call before_fault\n"
        "    .cfi_endproc\n"
        ".type fault_at_once, @function\n"
        "fault_at_once:\n"
        "    .cfi_startproc\n"
        "    ud2\n"
        "    ret\n"
        "    .cfi_endproc\n");
extern void fault_at_once(void);

static void on_fault(int number, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;
    (void)number;
    (void)info;
    compare();
    interrupted->uc_mcontext.gregs[REG_RIP] += 2;
}

START_TEST(a_fault_in_a_first_instruction_is_walked_through)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    ck_assert_int_eq(sigaction(SIGILL, &action, NULL), 0);
    fault_at_once();
    ck_right_and_complete(1);
    ck_ends_at_start();
}
END_TEST

/* Every instruction of a call is stepped through, by the processor's trap
 * flag, and the stack compared at each. The first call of a function goes
 * through the linkage table and the loader. */
static void on_step(int number)
{
    int saved = errno;
    (void)number;
    compare();
    errno = saved;
}

__asm__(".text\n"
        ".type step_begin, @function\n"
        "step_begin:\n"
        "    .cfi_startproc\n"
        "    pushfq\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    orq $0x100, (%rsp)\n"
        "    popfq\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".type step_end, @function\n"
        "step_end:\n"
        "    .cfi_startproc\n"
        "    pushfq\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    andq $~0x100, (%rsp)\n"
        "    popfq\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    ret\n"
        "    .cfi_endproc\n");
extern void step_begin(void);
extern void step_end(void);

/* A sanitizer's own run-time is no subject here, and would be entered again
 * from the handler while it is in the middle of something. */
#define PLAINLY TESTING_NOIPA __attribute__((no_sanitize("address", "undefined", "thread"), noinline))

static PLAINLY int stepped_leaf(int a) { return a * 3 + 1; }

static PLAINLY int stepped_frames(int a, int b, int c, int d, int e, int f, int g, int h)
{
    volatile int kept[40];
    kept[a & 7] = b;
    for (int i = 0; i < 3; i++)
        kept[i] = stepped_leaf(i + c) + stepped_leaf(d);
    return kept[0] + kept[1] + e + f + g + h;
}

static PLAINLY int stepped_array(int a)
{
    volatile char array[a * 16 + 1];
    array[a] = (char)a;
    return array[a] + stepped_leaf(a);
}

static PLAINLY int stepped_aligned(int a)
{
    _Alignas(64) volatile char local[64];
    local[a] = (char)a;
    return local[a] + stepped_leaf(a);
}

static PLAINLY int step_through_own(void)
{
    step_begin();
    int sum = stepped_frames(1, 2, 3, 4, 5, 6, 7, 8);
    sum += stepped_array(5);
    sum += stepped_aligned(6);
    step_end();
    return sum;
}

static PLAINLY long step_through_libc(void)
{
    step_begin();
    long sum = labs(-5);
    sum += getppid();
    sum += a64l("abc");
    sum += ffsll(64);
    step_end();
    return sum;
}

START_TEST(every_instruction_of_our_own_frames_is_walked_through)
{
    handle(SIGTRAP, on_step, 0);
    ck_assert_int_gt(step_through_own(), 0);
#ifdef __clang__
    ck_right_and_complete(50); /* its code for our own frames is some 70 instructions */
#else
    ck_right_and_complete(100);
#endif
    ck_ends_at_start();
}
END_TEST

START_TEST(every_instruction_of_a_first_call_into_libc_is_walked_through)
{
    handle(SIGTRAP, on_step, 0);
    ck_assert_int_gt(step_through_libc(), 0);
    ck_right_and_complete(300);
    ck_ends_at_start();
}
END_TEST

/* ---- code without unwind information ---- */

START_TEST(a_stack_through_unknown_code_is_incomplete_and_never_wrong)
{
    /* sub $8, %rsp; call *%rdi; add $8, %rsp; ret */
    static const uint8_t plain[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd7, 0x48, 0x83, 0xc4, 0x08, 0xc3};
    /* push %rbp; mov %rsp, %rbp; call *%rdi; pop %rbp; ret */
    static const uint8_t framed[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
    /* push %rbp; xor %ebp, %ebp; call *%rdi; pop %rbp; ret: a misleading chain */
    static const uint8_t misleading[] = {0x55, 0x31, 0xed, 0xff, 0xd7, 0x5d, 0xc3};
    static const struct {
        const uint8_t *code;
        size_t size, after_call;
    } cases[] = {{plain, sizeof plain, 6}, {framed, sizeof framed, 6}, {misleading, sizeof misleading, 5}};
    for (size_t i = 0; i < SG_COUNT(cases); i++) {
        uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(page, MAP_FAILED);
        memcpy(page, cases[i].code, cases[i].size);
        ck_assert_int_eq(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
        void (*call)(void (*)(void)) = NULL;
        memcpy(&call, &page, sizeof call);
        call(once);
        ck_assert_uint_eq(verdict.n_incomplete, i + 1);
        ck_assert_uint_eq(verdict.n_frames, 2);
        ck_assert_uint_eq(verdict.last, (uintptr_t)page + cases[i].after_call - 1);
    }
}
END_TEST

#endif

/* ---- threads and coroutines ---- */

static void compare_in_thread(unsigned number)
{
    static int few[20];
    int mine[20];
    memcpy(mine, few, sizeof mine);
    char *memory = other_stack(STACK_SIZE);
    use_signal_stack(memory);
    for (unsigned i = 0; i < 20; i++) {
        mine[i] = (int)((i * 7 + number) % 20);
        recurse(i);
        with_alloca(100 + i);
        with_aligned_local((int)i);
        raise(SIGUSR1);
        raise(SIGUSR2);
    }
    qsort(mine, SG_COUNT(mine), sizeof mine[0], compare_numbers);
    static const stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(memory, STACK_SIZE);
}

START_TEST(threads_are_walked_to_their_start)
{
    handle(SIGUSR1, on_signal, 0);
    handle(SIGUSR2, on_signal, SA_ONSTACK);
    compare(); /* the judge's own first call must not be made by several threads */
    testing_threads(8, compare_in_thread);
    ck_right_and_complete(8 * 20 * 8);
    ck_assert_uint_eq(verdict.n_cut, 0);
}
END_TEST

static void *compare_on_own_stack(void *context)
{
    (void)context;
    recurse(2);
    return NULL;
}

START_TEST(a_thread_on_memory_of_the_program_is_walked_to_its_start)
{
    static _Alignas(4096) char memory[16 * STACK_SIZE]; /* thread-local data of a sanitizer is large */
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    ck_assert_int_eq(pthread_attr_setstack(&attributes, memory, sizeof memory), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, compare_on_own_stack, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    ck_right_and_complete(1);
}
END_TEST

static ucontext_t caller, coroutine;

static void compare_in_coroutine(void)
{
    for (unsigned i = 0; i < 5; i++) {
        compare();
        recurse(i);
        with_aligned_local(3);
        raise(SIGUSR1);
        swapcontext(&coroutine, &caller);
    }
}

static void run_coroutine(char *memory)
{
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = memory;
    coroutine.uc_stack.ss_size = STACK_SIZE;
    coroutine.uc_link = &caller;
    makecontext(&coroutine, compare_in_coroutine, 0);
    for (unsigned i = 0; i < 6; i++)
        swapcontext(&caller, &coroutine);
}

START_TEST(a_coroutine_is_walked_to_its_start)
{
    static _Alignas(64) char low[STACK_SIZE];
    handle(SIGUSR1, on_signal, 0);
    run_coroutine(low);
    run_coroutine(other_stack(STACK_SIZE));
    /* The return address below the coroutine's first function was put there by
     * makecontext(), not by a call. */
    ck_right(2 * 5 * 5);
    ck_assert_uint_eq(verdict.n_incomplete, 0);
    ck_assert_uint_eq(verdict.n_shorter, 0);
}
END_TEST

/* ---- places ---- */

static SG_NOINLINE TESTING_NOIPA uint32_t place_here(unsigned kind, unsigned depth)
{
    struct sg_site site = SG_SITE();
    return sg_stack_place(kind, &site, depth);
}

START_TEST(a_stack_becomes_a_place)
{
    uint32_t numbers[3];
    ck_assert(sg_arena_enter());
    for (volatile unsigned i = 0; i < 3; i++) /* volatile, so that it stays one call */
        numbers[i] = place_here(1, 32);
    uint32_t other = place_here(1, 32);
    ck_assert_uint_ne(numbers[0], 0);
    ck_assert_uint_eq(numbers[1], numbers[0]);
    ck_assert_uint_eq(numbers[2], numbers[0]);
    ck_assert_uint_ne(other, numbers[0]);
    ck_assert_uint_eq(sg_places_get(other)->flags, 0);
    ck_assert_uint_eq(sg_places_get(place_here(1, 2))->frames, 2);
    ck_assert_uint_eq(sg_places_get(place_here(1, 2))->flags, SG_PLACE_CUT);
}
END_TEST

START_TEST(a_site_that_is_not_on_the_stack_is_one_frame)
{
    uintptr_t pcs[DEPTH];
    struct sg_site site = {.caller = 0x1001, .cfa = (uintptr_t)__builtin_dwarf_cfa() + 8};
    struct sg_stack stack = sg_stack_walk(&site, pcs, DEPTH);
    ck_assert_uint_eq(stack.count, 1);
    ck_assert_uint_eq(stack.flags, SG_PLACE_INCOMPLETE);
    ck_assert_uint_eq(pcs[0], 0x1000);
    ck_assert_uint_eq(sg_stack_walk(&site, pcs, 1).count, 1);
}
END_TEST

#if defined(__x86_64__)
#define ONLY_X86                                                                                             \
    frames_based_on_any_register_are_walked_through, a_fault_in_a_first_instruction_is_walked_through,       \
        every_instruction_of_our_own_frames_is_walked_through,                                               \
        every_instruction_of_a_first_call_into_libc_is_walked_through,                                       \
        a_stack_through_unknown_code_is_incomplete_and_never_wrong,
#else
#define ONLY_X86
#endif

TESTING_MAIN("stack", a_plain_stack_ends_at_the_start, a_deep_stack_is_cut, the_depth_is_a_bound,
             callbacks_of_libc_are_walked_through, frames_of_every_form_are_walked_through,
             a_signal_handler_is_walked_through, a_signal_on_its_own_stack_is_walked_through,
             a_signal_stack_above_the_interrupted_frames_is_walked_through,
             a_signal_in_a_signal_is_walked_through, a_signal_at_any_time_is_walked_through,
             ONLY_X86 threads_are_walked_to_their_start,
             a_thread_on_memory_of_the_program_is_walked_to_its_start, a_coroutine_is_walked_to_its_start,
             a_stack_becomes_a_place, a_site_that_is_not_on_the_stack_is_one_frame)
