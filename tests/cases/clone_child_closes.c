// Proves that what a child closes which shares memory, but not descriptors, stays its parent's; what one closes that
// shares both is closed; and that afterwards the parent's own closes count.
// CFLAGS: -O0
// EXPECT: ^2 sockets?( \([a-z ]+\))? never closed
// EXPECT: in of_parent .*clone_child_closes\.c
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 2 sessions leaked at 1 place' "$REPORT")" = 1
#include "guests.h"

static int kept[2];
__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static int closes(void *unused)
{
    (void)unused;
    close(kept[0]);
    close_range((unsigned)kept[1], (unsigned)kept[1], 0);
    syscall(SYS_close, kept[1]);
    dup2(2, kept[0]);
    close(2);
    _exit(0);
}
static int closes_shared(void *fd) { return close(*(int *)fd); }
int main(void)
{
    static const int flags[] = {CLONE_VFORK | CLONE_SETTLS, CLONE_VFORK, CLONE_SETTLS, 0};
    int gone = of_parent(), shared = of_parent();
    for (unsigned i = 0; i < 2; i++)
        kept[i] = of_parent();
    for (unsigned i = 0; i < 4; i++)
        printf("%d\n", guest_run(closes, NULL, flags[i]));
    printf("%d\n", guest_run(closes_shared, &shared, CLONE_FILES));
    return close(gone);
}
