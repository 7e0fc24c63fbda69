// Proves that a program which itself unwinds with libunwind, libgcc and backtrace() gets the frames, the
// descriptor numbers and the bytes that it gets without us.
// CFLAGS: -O0
// LIBS: -lunwind
// EXPECT: in leak_here .*links_libunwind\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <execinfo.h>
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unwind.h>

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *depth)
{
    (void)context;
    ++*(int *)depth;
    return _URC_NO_REASON;
}
static int leak_here(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int deep(int left)
{
    void *frames[64];
    char name[64] = "";
    unw_context_t context;
    unw_cursor_t cursor;
    unw_word_t offset;
    int depth = 0;
    if (left)
        return deep(left - 1);
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    unw_step(&cursor);
    unw_get_proc_name(&cursor, name, sizeof name, &offset);
    _Unwind_Backtrace(step, &depth);
    printf("%d %d %d %s\n", unw_backtrace(frames, 64), backtrace(frames, 64), depth, name);
    return dup(0);
}
int main(void)
{
    printf("%d\n", deep(10));
    printf("%d\n", leak_here());
    printf("%d\n", deep(10));
    return 0;
}
