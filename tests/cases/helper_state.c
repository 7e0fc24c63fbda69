// Proves that the helper starts with every signal blocked and at its default action, with limits that let it
// work, an environment that execve() takes, a umask of its own, and no descriptor of ours; a relative path of it
// starts from where the program was started.
// SETUP: gcc -w -static -DOUT='"@DIR@"' -o helper @SRC@/lib/other_helper.c
// ENV: SESSGUARD_OPTIONS=exitcode=23:helper=./helper
// CLEAN
// CHECK: test "$(cat ran)" = 'sessguard finish, umask 77, PATH 1'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void on_signal(int number) { (void)number; }
static void lower(int resource, rlim_t value)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) == 0 && limit.rlim_max > value)
        limit.rlim_cur = value;
    printf("%d\n", setrlimit((__rlimit_resource_t)resource, &limit));
}
int main(void)
{
    static char state[200000];
    memset(state, 'a', sizeof state - 1);
    setenv("STATE", state, 1);
    setenv("LD_LIBRARY_PATH", "/none", 1);
    for (int i = 1; i < 32; i++)
        signal(i, i % 2 ? SIG_IGN : on_signal);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    lower(RLIMIT_NOFILE, 0);
    lower(RLIMIT_FSIZE, 0);
    lower(RLIMIT_STACK, 64 << 10);
    lower(RLIMIT_DATA, 1 << 20);
    lower(RLIMIT_AS, 1 << 20);
    umask(0777);
    return chdir("/") || fd < 0;
}
