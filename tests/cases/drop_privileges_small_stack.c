// Proves that a thread with the smallest stack, and a child on 8 KB, give up their privileges unharmed, with a report
// in a file; and that no file is made for a process by its number, in a folder that the user cannot reach, or
// through a link of another user's into a folder of root's.
// SETUP: chmod 755 .; mkdir -m 700 kept; mkdir bob etc; ln -s "$PWD/etc" bob/link; ln -s etc own; chown -h 65534 bob bob/link
// RUN: for output in out %p.report kept/out bob/link/out own/out; do WATCH SESSGUARD_OPTIONS=output=$output @PROG@ || exit; done
// CHECK: test -e out.65534; test -e etc/out.65534; test "$(ls | tr '\n' ' ')" = 'bob etc kept out.65534 own '; test "$(ls kept etc)" = "$(printf 'etc:\nout.65534\n\nkept:')"
// CHECK: test ! -s ../stderr
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK 8192
#define GUARD 65536

static int drop(void *unused)
{
    (void)unused;
    if (setuid(65534))
        return 9;
    execl("/bin/true", "true", (char *)NULL);
    return 8;
}
static void *drop_all(void *unused)
{
    (void)unused;
    printf("%d\n", setresuid(65534, 65534, 65534));
    return NULL;
}
int main(void)
{
    int status = -1;
    pthread_t thread;
    pthread_attr_t small;
    setvbuf(stdout, NULL, _IONBF, 0);
    char *stack = mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mprotect(stack + GUARD, STACK, PROT_READ | PROT_WRITE))
        return 1;
    pid_t child = clone(drop, stack + GUARD + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
    if (waitpid(child, &status, 0) != child)
        return 2;
    printf("%x\n", (unsigned)status);
    if (pthread_attr_init(&small) || pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN) ||
        pthread_create(&thread, &small, drop_all, NULL))
        return 3;
    return pthread_join(thread, NULL);
}
