// Proves that children which share memory, and have thread-local storage of their own, all zero or hardly any, end
// as without us where something is always said of the end: they have nothing to say, their parent has.
// ENV: SESSGUARD_OPTIONS=verbosity=1:report_clean=1:output=@DIR@/all.txt
// CHECK: test "$(grep -c 'no leaks' "$REPORT")" = 1
// CHECK: test "$(grep -c 'no leaks' all.txt)" = 1
#include "guests.h"

int __clone(int (*)(void *), void *, int, void *, ...);

static int by_underscore(void *unused)
{
    (void)unused;
    _exit(chdir("/") != 0);
}
static int by_return(void *unused)
{
    (void)unused;
    return 2;
}
static int by_exec(void *unused)
{
    (void)unused;
    execle("/bin/true", "true", (char *)NULL, (char *[]){NULL});
    _exit(127);
}
int main(void)
{
    static const int flags[] = {CLONE_VFORK | CLONE_SETTLS, CLONE_SETTLS, CLONE_VFORK, 0};
    static int (*const ways[])(void *) = {by_underscore, by_return, by_exec};
    for (unsigned way = 0; way < 3; way++)
        for (unsigned i = 0; i < 4; i++)
            printf("%d\n", guest_run(ways[way], NULL, flags[i]));
    int all = CLONE_VM | CLONE_VFORK | CLONE_SETTLS | SIGCHLD;
    printf("%d\n", guest_status(__clone(by_underscore, guest_stack(), all, NULL, NULL, guest_tls(0), NULL)));
    return 0;
}
