/* The ways for a process to end, with a live TLS connection that leaked; and
 * who may have closed one by then. */
#include "situations.h"

#undef NDEBUG
#include <assert.h>
#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int by_return(void)
{
    live();
    return STATUS;
}

static int by_exit(void)
{
    live();
    exit(STATUS);
}

static void *open_and_exit(void *unused)
{
    live();
    exit(STATUS);
    return unused;
}

/* The handle of main()'s thread, which still runs, is left alone. */
static int by_exit_in_thread(void)
{
    live();
    return pthread_join(in_thread(open_and_exit, NULL), NULL);
}

/* As main()'s thread has ended, its handle is nobody's. */
static void *exit_after_main(void *thread)
{
    must(pthread_join(*(pthread_t *)thread, NULL) == 0, "pthread_join");
    return open_and_exit(NULL);
}

static int by_exit_after_main(void)
{
    static pthread_t self;
    self = pthread_self();
    live();
    in_thread(exit_after_main, &self);
    pthread_exit(NULL);
}

static int by_main_thread_exit(void)
{
    live();
    pthread_exit(NULL);
}

static void *open_after_main(void *thread)
{
    must(pthread_join(*(pthread_t *)thread, NULL) == 0, "pthread_join");
    live();
    return NULL;
}

static int by_last_thread_exit(void)
{
    static pthread_t self;
    self = pthread_self();
    live();
    in_thread(open_after_main, &self);
    pthread_exit(NULL);
}

/* The parent ends inside daemon(), unseen; its handle is handed down to the child, which leaves it alone. Who
 * started it waits for the end of its stdout. */
static int by_daemon(void)
{
    int parent = getpid();
    live();
    must(daemon(1, 1) == 0, "daemon");
    while (getppid() == parent) /* which reports while it is there */
        sched_yield();
    alarm(600); /* lest it outlive a test that failed */
    live();
    return STATUS;
}

/* The child leaves its parent's connection alone: no new one is needed. */
static int by_forked_child(void)
{
    int status = 0;
    long connects = -1;
    CURL *easy = live();
    pid_t child = fork();
    if (child == 0) {
        live();
        exit(STATUS);
    }
    must(waitpid(child, &status, 0) == child && WIFEXITED(status), "waitpid");
    must(curl_easy_perform(easy) == CURLE_OK, "the second transfer");
    must(!curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects) && connects == 0,
         "the parent's connection");
    return WEXITSTATUS(status);
}

static int by_vforked_child(void)
{
    int status = 0;
    live();
    pid_t child = vfork();
    if (child == 0)
        _exit(STATUS);
    must(waitpid(child, &status, 0) == child && WIFEXITED(status), "waitpid");
    return WEXITSTATUS(status);
}

static int by_underscore(void)
{
    live();
    _exit(STATUS);
}

static int by_underscore_c99(void)
{
    live();
    _Exit(STATUS);
}

static void underscore(void) { _exit(STATUS); }
static int by_underscore_at_exit(void)
{
    must(atexit(underscore) == 0, "atexit");
    live();
    return STATUS + 1;
}

static int by_quick_exit(void)
{
    live();
    quick_exit(STATUS);
}

static int by_abort(void)
{
    live();
    abort();
}

static int by_assert(void)
{
    assert(live() == NULL);
    return STATUS;
}

static int by_exec(void)
{
    live();
    execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
    return STATUS + 1;
}

static int by_return_after_exec(void)
{
    live();
    must(execl("/none", "none", (char *)NULL) == -1, "execl");
    return STATUS;
}

static int by_signal(int number)
{
    live();
    must(raise(number) == 0, "raise");
    return STATUS;
}

static int by_term(void) { return by_signal(SIGTERM); }
static int by_kill(void) { return by_signal(SIGKILL); }
static int by_fault(void) { return by_signal(SIGSEGV); }

static void exit_in_handler(int number) { exit(number == SIGTERM ? STATUS : 1); }
static int by_exit_in_handler(void)
{
    must(signal(SIGTERM, exit_in_handler) == SIG_DFL, "signal");
    return by_term();
}

/* As servers end: the handler only notes it. */
static volatile sig_atomic_t is_told;
static void note(int number) { is_told = number; }
static int by_return_after_handler(void)
{
    must(signal(SIGTERM, note) == SIG_DFL, "signal");
    int status = by_term();
    return is_told == SIGTERM ? status : STATUS + 1;
}

static int by_system_call(void)
{
    live();
    return (int)syscall(SYS_exit_group, STATUS);
}

/* ---- who else closes ---- */

static CURL *ours;
static void close_ours(void)
{
    if (!ours)
        return;
    curl_easy_cleanup(ours);
    (void)!write(1, "closed by its owner\n", 20);
}

static __attribute__((destructor)) void at_destruction(void) { close_ours(); }

static void close_at_exit(void)
{
    close_ours();
    ours = NULL;
}

/* Each leaks a handle beside the one that is closed. */
static int owned_by_program(void)
{
    own_by_program(live());
    return by_return();
}

static int owned_by_library(void)
{
    own_by_library(live());
    return by_return();
}

static int owned_by_plugin(void)
{
    void *plugin = dlopen(getenv("PLUGIN"), RTLD_NOW | RTLD_LOCAL);
    void *own = plugin ? dlsym(plugin, "own_by_plugin") : NULL;
    must(own != NULL, "dlopen");
    ((void (*)(CURL *))own)(live());
    return by_return();
}

static int owned_by_destructor(void)
{
    ours = live();
    return by_return();
}

static int owned_by_early_handler(void)
{
    must(atexit(close_at_exit) == 0, "atexit");
    ours = live(); /* its library's handlers are registered meanwhile */
    return by_return();
}

static int owned_by_late_handler(void)
{
    ours = live();
    must(atexit(close_at_exit) == 0, "atexit");
    return by_return();
}

/* ---- libraries that were cleaned up before ---- */

static int after_global_cleanup(void)
{
    must(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK, "curl_global_init");
    live();
    curl_global_cleanup();
    return STATUS;
}

/* What the TLS library has for the purpose. */
static void clean_tls(void)
{
    const char *const names[] = {"OPENSSL_cleanup", "gnutls_global_deinit"};
    bool is_found = false;
    for (size_t i = 0; i < 2; i++) {
        void *cleanup = dlsym(RTLD_DEFAULT, names[i]);
        if (cleanup)
            ((void (*)(void))cleanup)();
        is_found |= cleanup != NULL;
    }
    must(is_found, "dlsym");
}

static int after_tls_cleanup(void)
{
    live();
    clean_tls();
    return STATUS;
}

static int after_late_tls_cleanup(void)
{
    must(atexit(clean_tls) == 0, "atexit");
    return by_return();
}

const struct situation ends[] = {
    {"return", by_return},
    {"exit", by_exit},
    {"exit_in_thread", by_exit_in_thread},
    {"exit_after_main", by_exit_after_main},
    {"main_thread_exit", by_main_thread_exit},
    {"last_thread_exit", by_last_thread_exit},
    {"daemon", by_daemon},
    {"forked_child", by_forked_child},
    {"vforked_child", by_vforked_child},
    {"_exit", by_underscore},
    {"_Exit", by_underscore_c99},
    {"_exit_at_exit", by_underscore_at_exit},
    {"quick_exit", by_quick_exit},
    {"abort", by_abort},
    {"assert", by_assert},
    {"exec", by_exec},
    {"exec_fails", by_return_after_exec},
    {"signal_term", by_term},
    {"signal_kill", by_kill},
    {"signal_segv", by_fault},
    {"exit_in_handler", by_exit_in_handler},
    {"return_after_handler", by_return_after_handler},
    {"system_call", by_system_call},
    {"owned_by_program", owned_by_program},
    {"owned_by_library", owned_by_library},
    {"owned_by_plugin", owned_by_plugin},
    {"owned_by_destructor", owned_by_destructor},
    {"owned_by_early_handler", owned_by_early_handler},
    {"owned_by_late_handler", owned_by_late_handler},
    {"after_global_cleanup", after_global_cleanup},
    {"after_tls_cleanup", after_tls_cleanup},
    {"after_late_tls_cleanup", after_late_tls_cleanup},
    {0},
};
