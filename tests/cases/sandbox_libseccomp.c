// Proves that a sandbox made by libseccomp, for all threads at once, is seen too.
// LIBS: -lseccomp
// ENV: SESSGUARD_OPTIONS=verbosity=1
// CLEAN
#include "filter.h"
#include <pthread.h>
#include <seccomp.h>

static int go[2];
static void *in_thread(void *unused)
{
    char byte = 0;
    (void)!write(go[0], &byte, 1);  /* from here on the thread makes no calls but its own */
    if (read(go[0], &byte, 1) == 1) /* the sandbox holds here as well */
        socket(AF_INET, SOCK_STREAM, 0);
    syscall(SYS_exit_group, 0);
    return unused;
}

int main(void)
{
    pthread_t thread;
    char byte = 0;
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    socketpair(AF_UNIX, SOCK_STREAM, 0, go);
    pthread_create(&thread, NULL, in_thread, NULL);
    (void)!read(go[1], &byte, 1);
    for (unsigned i = 0; i < sizeof filter_sockets_only / sizeof filter_sockets_only[0]; i++)
        seccomp_rule_add(context, SCMP_ACT_ALLOW, filter_sockets_only[i], 0);
    seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1);
    if (seccomp_load(context) != 0)
        return 1;
    filter_say("loaded\n");
    if (write(go[1], &byte, 1) != 1)
        return 2;
    for (;;)
        (void)!read(go[1], &byte, 1);
}
