/* Children: forked ones, which have a ledger of their own, and programs. */
#include "seat.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 600 /* seconds; a child that takes longer hangs */

extern char **environ;
static char *unwatched[] = {NULL};

static void wait_for(pid_t child, const char *what)
{
    int status;
    while (waitpid(child, &status, 0) != child)
        if (errno != EINTR)
            fail("waitpid");
    if (status != 0) {
        fprintf(stderr, "torture: %s %d ended with status %#x\n", what, child, (unsigned)status);
        _exit(4);
    }
}

/* In a child that hangs: shows where, and ends it. */
static void on_timer(int number)
{
    char pid[16];
    (void)number;
    snprintf(pid, sizeof pid, "%d", getpid());
    char *words[] = {"gdb", "-p", pid, "-batch", "-ex", "thread apply all backtrace", NULL};
    pid_t gdb;
    int status;
    if (posix_spawnp(&gdb, "gdb", NULL, NULL, words, unwatched) == 0)
        waitpid(gdb, &status, 0);
    _exit(7);
}

/* Not alarm(), whose signal is one that the parent uses. */
static void start_timer(void)
{
    const struct itimerspec patience = {.it_value.tv_sec = PATIENCE};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    struct sigaction action = {.sa_handler = on_timer};
    timer_t timer;
    signal(SIGALRM, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    sigaction(SIGUSR2, &action, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &patience, NULL) != 0)
        _exit(5);
}

__attribute__((noinline)) static void *child_share(void)
{
    ledger_opened(AT_child_share, 1);
    return curl_share_init();
}

__attribute__((noinline)) static int child_socket(void)
{
    ledger_opened(AT_child_socket, 1);
    return socket(AF_INET, SOCK_STREAM, 0);
}

__attribute__((noinline)) static void child_pair(int fds[2])
{
    ledger_opened(AT_child_pair, 2);
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) != 0)
        _exit(5);
}

static void close_all(struct stash *stash)
{
    for (unsigned i = 0; i < stash->count; i++)
        close_thing(stash->things[i]);
}

/* Closes what it inherited, opens some, leaks some of that. */
static void child(struct seat *seat, const struct child_plugin *fresh)
{
    start_timer();
    if (pick(seat, 2)) {
        close_all(&seat->easies);
        close_all(&seat->sockets);
    }
    ledger_reset();
    unsigned leaks = pick(seat, 3);
    for (unsigned i = pick(seat, 5); i > 0; i--) {
        int fds[2];
        void *easy = fresh->open_one();
        ledger_opened(AT_child_easy, 1);
        void *share = child_share();
        struct thing other = {.site = AT_child_socket, .fd = child_socket()};
        child_pair(fds);
        if (!easy || !share || other.fd < 0)
            _exit(5);
        ledger_closed(AT_child_pair, 2);
        close(fds[0]);
        close(fds[1]);
        if (i <= leaks)
            continue;
        ledger_closed(AT_child_easy, 1);
        fresh->close_one(easy);
        close_thing(other);
        ledger_closed(AT_child_share, 1);
        if (curl_share_cleanup(share) != CURLSHE_OK)
            _exit(5);
    }
    ledger_write(torture.ledger);
}

/* Both ways to end. What the child opens a session with was just loaded, so that
 * nobody has called it before. It is linked with the fake library: the real
 * curl_easy_init() spins on a lock that fork() does not know of, so a child of
 * a plain program hangs there. exit() needs the gate: see gate_fork(). */
void act_fork(struct seat *seat)
{
    if (torture.is_forkless)
        return;
    bool is_exit = pick(seat, 2);
    bool has_gate = is_exit || torture.is_gated;
    struct child_plugin fresh = child_plugin_load(seat);
    if (has_gate)
        gate_fork();
    pid_t pid = fork();
    if (pid == 0) {
        child(seat, &fresh);
        if (is_exit)
            exit(0);
        _exit(0);
    }
    if (has_gate)
        gate_leave();
    if (pid < 0)
        fail("fork");
    wait_for(pid, is_exit ? "a child by exit" : "a child by _exit");
    child_plugin_unload(&fresh);
}

/* The child of a vfork closes what its parent goes on to use. It must not
 * count, nor open: it is this very thread, in this memory. */
void act_vfork(struct seat *seat)
{
    char *words[] = {"true", NULL};
    int volatile fd = seat->sockets.count ? seat->sockets.things[0].fd : -1;
    bool volatile is_exec = pick(seat, 2);
    char **volatile environment = pick(seat, 8) ? unwatched : environ;
    if (is_exec && environment == environ)
        ledger_started_program();
    pid_t pid = vfork();
    if (pid == 0) {
        close(fd);
        close_range(3000, ~0U, 0);
        if (is_exec)
            execve("/bin/true", words, environment);
        _exit(is_exec ? 9 : 0);
    }
    if (pid < 0)
        fail("vfork");
    wait_for(pid, "a child of vfork");
}

void act_spawn(struct seat *seat)
{
    char *words[] = {"true", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    char **environment = pick(seat, 8) ? unwatched : environ;
    if (environment == environ)
        ledger_started_program();
    posix_spawn_file_actions_init(&actions);
    if (seat->sockets.count > 0)
        posix_spawn_file_actions_addclose(&actions, seat->sockets.things[0].fd);
    if (posix_spawn(&pid, "/bin/true", &actions, NULL, words, environment) != 0)
        fail("posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    wait_for(pid, "a spawned program");
}
