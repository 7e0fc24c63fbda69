// Proves that a vforked child is told from its parent where both have the number 1, each in a name space of its own.
// EXPECT: ^==1==WARNING
// CFLAGS: -rdynamic
// EXPECT: in of_parent
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 1
#include "guests.h"

int __vfork(void);

__attribute__((noinline)) int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static void new_name_space(void)
{
    /* Only the administrator may; of a name space of one's own everybody is. */
    if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
        perror("unshare");
        exit(1);
    }
}
static int closes(void *fd)
{
    close(*(int *)fd);
    _exit(getpid() != 1);
}
int main(void)
{
    new_name_space();
    int child = fork();
    if (child == 0) {
        int fd = of_parent();
        int bad = guest_run(closes, &fd, CLONE_VFORK | CLONE_NEWPID) != 0;
        new_name_space();
        int grandchild = __vfork();
        if (grandchild == 0)
            closes(&fd);
        bad += guest_status(grandchild) != 0;
        exit(bad || getpid() != 1);
    }
    printf("%d\n", guest_status(child));
    return 0;
}
