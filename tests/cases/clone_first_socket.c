// Proves that children which share memory do not take it for theirs where they open the first socket, in a process
// and in a forked child of it; what the parent leaks is reported, what they leak is nobody's.
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 2 sessions leaked at 2 places' "$REPORT")" = 2
// EXPECT: in first .*clone_first_socket\.c
// EXPECT: in second .*clone_first_socket\.c
// REJECT: in of_child
#include "guests.h"

__attribute__((noinline)) static int of_child(void *unused)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)unused;
    return fd < 0;
}
static int and_ends(void *unused) { _exit(of_child(unused)); }
__attribute__((noinline)) static int first(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
__attribute__((noinline)) static int second(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static int all(void)
{
    static const int flags[] = {CLONE_VFORK | CLONE_SETTLS, CLONE_SETTLS, CLONE_VFORK, 0};
    int bad = 0;
    for (unsigned i = 0; i < 4; i++)
        bad += guest_run(and_ends, NULL, flags[i]) != 0;
    bad += first() < 0;
    for (unsigned i = 0; i < 4; i++)
        bad += guest_run(of_child, NULL, flags[i]) != 0;
    return bad + (second() < 0);
}
int main(void)
{
    int child = fork();
    if (child == 0)
        _exit(all());
    printf("%d\n", guest_status(child));
    printf("%d\n", all());
    return 0;
}
