/* What hangs together at the end, and what is in use then. */
#include "situations.h"

#include <poll.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A share handle for what sessions can share, connections among them. */
static CURLSH *new_share(void)
{
    CURLSH *share = curl_share_init();
    must(share && !curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) &&
             !curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) &&
             !curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE),
         "curl_share_setopt");
    return share;
}

static CURL *new_user(CURLSH *share)
{
    CURL *easy = prepared(curl_easy_init());
    must(curl_easy_setopt(easy, CURLOPT_SHARE, share) == CURLE_OK, "CURLOPT_SHARE");
    return easy;
}

static CURL *new_member(CURLM *multi)
{
    CURL *easy = prepared(curl_easy_init());
    must(curl_multi_add_handle(multi, easy) == CURLM_OK, "curl_multi_add_handle");
    return easy;
}

static CURL *performed(CURL *easy)
{
    must(curl_easy_perform(easy) == CURLE_OK, "curl_easy_perform");
    return easy;
}

/* Drives the transfers until all are done, or one has set what it stops at. */
static void drive(CURLM *multi, const bool *is_stopped)
{
    int running = 1;
    while (running && !(is_stopped && *is_stopped)) {
        must(curl_multi_perform(multi, &running) == CURLM_OK, "curl_multi_perform");
        if (running && !(is_stopped && *is_stopped))
            must(curl_multi_poll(multi, NULL, 0, 1000, NULL) == CURLM_OK, "curl_multi_poll");
    }
}

/* ---- write callbacks ---- */

static size_t stop(char *data, size_t size, size_t count, void *is_stopped)
{
    (void)data, (void)size, (void)count;
    *(bool *)is_stopped = true;
    return CURL_WRITEFUNC_PAUSE;
}

static size_t stay(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    tell();
    hang();
}

static size_t leave(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    exit(STATUS);
}

static jmp_buf outside;
static size_t jump(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    longjmp(outside, 1);
}

static CURL *with(CURL *easy, curl_write_callback callback, void *context)
{
    must(!curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback) &&
             !curl_easy_setopt(easy, CURLOPT_WRITEDATA, context),
         "CURLOPT_WRITEFUNCTION");
    return easy;
}

/* ---- groups, nothing of which is in use ---- */

static int multi_idle(void)
{
    new_member(curl_multi_init());
    return STATUS;
}

static int multi_done(void)
{
    CURLM *multi = curl_multi_init();
    new_member(multi);
    drive(multi, NULL);
    return STATUS;
}

static int multi_active(void)
{
    bool is_stopped = false;
    CURLM *multi = curl_multi_init();
    with(new_member(multi), stop, &is_stopped);
    drive(multi, &is_stopped);
    return is_stopped ? STATUS : 1;
}

/* Its multi handle is gone, and the easy handle must not be taken out of it. */
static int multi_closed_before(void)
{
    CURLM *multi = curl_multi_init();
    new_member(multi);
    drive(multi, NULL);
    must(curl_multi_cleanup(multi) == CURLM_OK, "curl_multi_cleanup");
    return STATUS;
}

/* The new one may be where the old one was. */
static int multi_closed_and_new(void)
{
    int status = multi_closed_before();
    new_member(curl_multi_init());
    return status;
}

static int multi_left(void)
{
    CURLM *multi = curl_multi_init();
    CURL *easy = new_member(multi);
    drive(multi, NULL);
    must(curl_multi_remove_handle(multi, easy) == CURLM_OK, "curl_multi_remove_handle");
    must(curl_multi_cleanup(multi) == CURLM_OK, "curl_multi_cleanup");
    return STATUS;
}

static int share_with_users(void)
{
    CURLSH *share = new_share();
    performed(new_user(share));
    performed(new_user(share));
    return STATUS;
}

/* The program has tried, and the library has refused. */
static int share_refused(void)
{
    CURLSH *share = new_share();
    performed(new_user(share));
    must(curl_share_cleanup(share) == CURLSHE_IN_USE, "curl_share_cleanup");
    return STATUS;
}

static int share_left(void)
{
    CURLSH *share = new_share();
    curl_easy_cleanup(performed(new_user(share)));
    must(share != NULL, "curl_share_init");
    return STATUS;
}

/* A copy uses the same share only when it is told to. */
static int copies(void)
{
    CURL *easy = live();
    performed(curl_easy_duphandle(easy));
    performed(curl_easy_duphandle(easy));
    return STATUS;
}

static int copies_of_closed(void)
{
    CURL *easy = live();
    performed(curl_easy_duphandle(easy));
    curl_easy_cleanup(easy);
    return STATUS;
}

/* ---- what the program never asked for at its end ---- */

static bool is_over;
static void say(const char *what)
{
    if (is_over)
        (void)!write(1, what, strlen(what));
}

static void lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *context)
{
    (void)easy, (void)data, (void)access, (void)context;
    say("lock\n");
}

static void unlock(CURL *easy, curl_lock_data data, void *context)
{
    (void)easy, (void)data, (void)context;
    say("unlock\n");
}

/* A share handle's locks are functions of the program's. */
static int own_locks(void)
{
    CURLSH *share = new_share();
    must(!curl_share_setopt(share, CURLSHOPT_LOCKFUNC, lock) &&
             !curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, unlock),
         "CURLSHOPT_LOCKFUNC");
    performed(new_user(share));
    is_over = true;
    return STATUS;
}

static CURLSTScode save(CURL *easy, struct curl_hstsentry *entry, struct curl_index *index, void *context)
{
    (void)easy, (void)entry, (void)index, (void)context;
    say("save\n");
    return CURLSTS_OK;
}

/* Closing is when libcurl writes these. auto_close.sh looks for them. */
static int own_files(void)
{
    CURL *easy = prepared(curl_easy_init());
    must(!curl_easy_setopt(easy, CURLOPT_COOKIEJAR, "written.cookies") &&
             !curl_easy_setopt(easy, CURLOPT_HSTS_CTRL, CURLHSTS_ENABLE) &&
             !curl_easy_setopt(easy, CURLOPT_HSTS, "written.hsts") &&
             !curl_easy_setopt(easy, CURLOPT_HSTSWRITEFUNCTION, save) &&
             !curl_easy_setopt(easy, CURLOPT_ALTSVC_CTRL, CURLALTSVC_H1) &&
             !curl_easy_setopt(easy, CURLOPT_ALTSVC, "written.altsvc"),
         "curl_easy_setopt");
    performed(easy);
    is_over = true;
    return STATUS;
}

struct all {
    CURLSH *share;
    CURLM *multi;
    CURL *easy[6];
};

/* Handles in every relation: done, active and idle ones in a multi handle, one
 * beside it, all with one share handle, and copies of one that are on their own. */
static struct all open_all(void)
{
    static bool is_stopped;
    struct all all = {.share = new_share(), .multi = curl_multi_init()};
    all.easy[0] = performed(new_user(all.share));
    for (int i = 1; i < 4; i++)
        all.easy[i] = new_user(all.share);
    all.easy[4] = performed(curl_easy_duphandle(all.easy[0]));
    all.easy[5] = curl_easy_duphandle(all.easy[4]);
    must(curl_multi_add_handle(all.multi, all.easy[1]) == CURLM_OK, "curl_multi_add_handle");
    drive(all.multi, NULL);
    must(curl_multi_add_handle(all.multi, with(all.easy[2], stop, &is_stopped)) == CURLM_OK,
         "curl_multi_add_handle");
    drive(all.multi, &is_stopped);
    must(curl_multi_add_handle(all.multi, all.easy[3]) == CURLM_OK && is_stopped, "curl_multi_add_handle");
    return all;
}

static int everything(void)
{
    open_all();
    return STATUS;
}

static int everything_closed(void)
{
    struct all all = open_all();
    for (int i = 0; i < 6; i++) {
        if (i >= 1 && i <= 3)
            must(curl_multi_remove_handle(all.multi, all.easy[i]) == CURLM_OK, "curl_multi_remove_handle");
        curl_easy_cleanup(all.easy[i]);
    }
    must(curl_multi_cleanup(all.multi) == CURLM_OK, "curl_multi_cleanup");
    must(curl_share_cleanup(all.share) == CURLSHE_OK, "curl_share_cleanup");
    return STATUS;
}

static int everything_after_cleanup(void)
{
    must(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK, "curl_global_init");
    open_all();
    curl_global_cleanup();
    return STATUS;
}

/* ---- another thread is inside a call, beside a handle that is nobody's ---- */

static void *perform(void *easy)
{
    curl_easy_perform(easy ? easy : with(prepared(curl_easy_init()), stay, NULL));
    return NULL;
}

static void *perform_multi(void *multi)
{
    int running = 0;
    curl_multi_perform(multi, &running);
    drive(multi, NULL);
    return NULL;
}

/* Until a thread waits in the kernel's poll, which is what curl_multi_poll()
 * ends in; the thread calls nothing else that does. */
static int polling_thread;
static void await_poll(void)
{
    char path[64];
    long call = -1;
    await(1);
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", polling_thread);
    while (call != SYS_ppoll
#ifdef SYS_poll
           && call != SYS_poll
#endif
    ) {
        FILE *file = fopen(path, "r");
        must(file != NULL, path);
        if (fscanf(file, "%ld", &call) != 1)
            call = -1; /* "running" */
        fclose(file);
    }
}

static void *poll_multi(void *multi)
{
    polling_thread = gettid();
    tell();
    for (;;)
        curl_multi_poll(multi, NULL, 0, 1000000, NULL);
    return NULL;
}

static int thread_performs(void)
{
    live();
    in_thread(perform, NULL);
    await(1);
    return STATUS;
}

static int thread_performs_mains(void)
{
    live();
    in_thread(perform, with(prepared(curl_easy_init()), stay, NULL));
    await(1);
    return STATUS;
}

static int thread_performs_shared(void)
{
    live();
    in_thread(perform, with(new_user(new_share()), stay, NULL));
    await(1);
    return STATUS;
}

/* An idle handle has its connections, and its locks, in the share handle that
 * the other one is working with. */
static int thread_performs_beside_user(void)
{
    live();
    CURLSH *share = new_share();
    performed(new_user(share));
    in_thread(perform, with(new_user(share), stay, NULL));
    await(1);
    return STATUS;
}

/* A multi handle with an idle and a waiting easy handle, and their share. */
static CURLM *new_group(curl_write_callback callback)
{
    CURLSH *share = new_share();
    CURLM *multi = curl_multi_init();
    CURL *idle = new_user(share);
    CURL *other = new_user(share);
    must(curl_multi_add_handle(multi, idle) == CURLM_OK, "curl_multi_add_handle");
    drive(multi, NULL);
    if (callback)
        must(curl_multi_add_handle(multi, with(other, callback, NULL)) == CURLM_OK, "curl_multi_add_handle");
    return multi;
}

static int thread_performs_multi(void)
{
    live();
    in_thread(perform_multi, new_group(stay));
    await(1);
    return STATUS;
}

static int thread_polls(void)
{
    live();
    in_thread(poll_multi, new_group(NULL));
    await_poll();
    return STATUS;
}

/* It sees when somebody shuts its connection down. */
static void *open_and_stay(void *unused)
{
    curl_socket_t connection = CURL_SOCKET_BAD;
    must(curl_easy_getinfo(live(), CURLINFO_ACTIVESOCKET, &connection) == CURLE_OK, "CURLINFO_ACTIVESOCKET");
    struct pollfd event = {.fd = connection, .events = POLLRDHUP};
    tell();
    if (poll(&event, 1, -1) == 1)
        (void)!write(1, "shut down\n", 10);
    hang();
    return unused;
}

static int thread_keeps(void)
{
    live();
    in_thread(open_and_stay, NULL);
    await(1);
    return STATUS;
}

/* It may be about to use its handle, which is in a group of main()'s. */
static void *add_and_stay(void *group)
{
    CURL *easy = new_user(*(CURLSH **)group);
    must(curl_multi_add_handle(((CURLM **)group)[1], easy) == CURLM_OK, "curl_multi_add_handle");
    tell();
    hang();
}

static int thread_keeps_member(void)
{
    void *group[] = {new_share(), curl_multi_init()};
    live();
    in_thread(add_and_stay, group);
    await(1);
    return STATUS;
}

static void *open_and_end(void *unused)
{
    live();
    return unused;
}

static int thread_ended(void)
{
    must(pthread_join(in_thread(open_and_end, NULL), NULL) == 0, "pthread_join");
    return STATUS;
}

/* ---- the end comes out of a call, or a call never came to its end ---- */

static int exit_in_callback(void)
{
    live();
    curl_easy_perform(with(prepared(curl_easy_init()), leave, NULL));
    return 1;
}

static int exit_in_shared_callback(void)
{
    live();
    curl_easy_perform(with(new_user(new_share()), leave, NULL));
    return 1;
}

static int exit_in_multi_callback(void)
{
    live();
    perform_multi(new_group(leave));
    return 1;
}

static void *perform_and_leave(void *unused)
{
    live();
    curl_easy_perform(with(prepared(curl_easy_init()), leave, NULL));
    return unused;
}

/* main()'s handle is left alone too, as its thread still runs. */
static int exit_in_threads_callback(void)
{
    live();
    return pthread_join(in_thread(perform_and_leave, NULL), NULL);
}

static int left_by_jump(void)
{
    live();
    CURL *easy = with(prepared(curl_easy_init()), jump, NULL);
    if (!setjmp(outside))
        curl_easy_perform(easy);
    return STATUS;
}

static int left_by_cancelling(void)
{
    void *result = NULL;
    live();
    pthread_t thread = in_thread(perform, NULL);
    await(1);
    must(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0, "pthread_cancel");
    return result == PTHREAD_CANCELED ? STATUS : 1;
}

const struct situation uses[] = {
    {"multi_idle", multi_idle},
    {"multi_done", multi_done},
    {"multi_active", multi_active},
    {"multi_closed_before", multi_closed_before},
    {"multi_closed_and_new", multi_closed_and_new},
    {"multi_left", multi_left},
    {"share_with_users", share_with_users},
    {"share_refused", share_refused},
    {"share_left", share_left},
    {"copies", copies},
    {"copies_of_closed", copies_of_closed},
    {"own_locks", own_locks},
    {"own_files", own_files},
    {"everything", everything},
    {"everything_closed", everything_closed},
    {"everything_after_cleanup", everything_after_cleanup},
    {"thread_performs", thread_performs},
    {"thread_performs_mains", thread_performs_mains},
    {"thread_performs_shared", thread_performs_shared},
    {"thread_performs_beside_user", thread_performs_beside_user},
    {"thread_performs_multi", thread_performs_multi},
    {"thread_polls", thread_polls},
    {"thread_keeps", thread_keeps},
    {"thread_keeps_member", thread_keeps_member},
    {"thread_ended", thread_ended},
    {"exit_in_callback", exit_in_callback},
    {"exit_in_shared_callback", exit_in_shared_callback},
    {"exit_in_multi_callback", exit_in_multi_callback},
    {"exit_in_threads_callback", exit_in_threads_callback},
    {"left_by_jump", left_by_jump},
    {"left_by_cancelling", left_by_cancelling},
    {0},
};
