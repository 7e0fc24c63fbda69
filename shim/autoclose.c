#include "autoclose.h"
#include "bars.h"
#include "descriptors.h"
#include "detector.h"
#include "hook.h"
#include "shutdown.h"
#include "sort.h"
#include "strings.h"
#include "sys.h"
#include "threads.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* The order of closing is that of these numbers: rank, then newest first,
 * then where the record is. */
#define KEY_DESCRIPTOR (UINT64_C(1) << 26)
#define KEY_INDEX (KEY_DESCRIPTOR - 1)

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/* What the closing thread is asked for, and has done. */
enum step { MADE, TRY, TRYING, TRIED, CLOSE, CLOSED };

struct work {
    const struct sg_leaks *leaks;
    uint64_t *keys;  /* what to close, in order */
    uint64_t *where; /* of sg_open_handles */
    size_t n_keys;
    struct sg_open_handles all;
    bool has_others;   /* threads of the program that were stopped, or run on */
    uint32_t step;     /* atomic, and a futex: enum step */
    uint32_t thread;   /* of the closing thread, 0 none; atomic, and a futex */
    bool is_abandoned; /* atomic: its time is over */
};

/* Static: a closing thread that was given up still looks at it. */
static struct work work_now;

/* Of glibc since 2.33. */
extern __typeof__(mallinfo2) mallinfo2 __attribute__((weak));

/* 32 bits of age: a handle's serial, a descriptor's opening tick. */
static uint64_t key_of(const struct sg_record *record, uint64_t age, uint64_t index)
{
    uint64_t rank = sg_detector_kind(record->kind)->rank;
    return rank << 59 | (UINT32_MAX - age) << 27 | index;
}

static void list_handles(struct work *work)
{
    size_t room = work->leaks->n_handles + SG_HANDLES_SLACK;
    struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++) {
        if (!sg_life_is_open(slot->record.life) || work->n_keys == room || work->all.count == room)
            continue;
        /* libcurl looks for a member of a multi handle among all, from the oldest on. */
        uint32_t age = slot->member_of ? UINT32_MAX - slot->record.serial : slot->record.serial;
        if (!sg_shutdown_settled(&slot->record))
            work->keys[work->n_keys++] = key_of(&slot->record, age, i);
        /* An object of a script's bars nothing, and nothing bars it: it is not closed here. */
        if (!(sg_detector_kind(slot->record.kind)->flags & SG_KIND_SCRIPT))
            work->where[work->all.count++] = (uint64_t)slot->record.serial << 32 | i;
    }
}

static void list_descriptors(struct work *work, size_t room)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end && work->n_keys < room; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        if (!sg_life_is_open(record->life) || sg_shutdown_settled(record) ||
            sg_leaks_is_owned(work->leaks, record) || !sg_state_counts(record->socket.state))
            continue;
        work->keys[work->n_keys++] =
            key_of(record, sg_life_tick(record->life), KEY_DESCRIPTOR | (unsigned)fd);
    }
}

static enum sg_reason close_one(struct work *work, const struct sg_record *record, struct sg_closing *closing,
                                const struct sg_handle *slot)
{
    const struct sg_kind *kind = sg_detector_kind(record->kind);
    closing->provider = record->provider;
    /* What a language's runtime closes had its turn before, if there was no other thread. */
    if (!kind->close)
        return kind->flags & SG_KIND_SCRIPT && work->has_others ? SG_REASON_THREADS : SG_REASON_NO_CLOSE;
    if (!sg_provider_is_loaded(record->provider))
        return SG_REASON_UNLOADED;
    enum sg_reason reason = sg_bars_reason(&work->all, record, slot);
    if (reason != SG_REASON_NONE)
        return reason;
    const struct sg_handle *group = slot ? sg_open_handle(&work->all, slot->member_of) : NULL;
    closing->member_of = group ? group->key : 0;
    return kind->close(closing);
}

static void finish_one(struct sg_record *record, enum sg_reason reason)
{
    bool is_failed = reason == SG_REASON_REFUSED;
    record->reason = (uint8_t)reason;
    record->outcome = reason == SG_REASON_NONE ? SG_OUTCOME_CLOSED
                      : is_failed              ? SG_OUTCOME_FAILED
                                               : SG_OUTCOME_SKIPPED;
}

/* The identity of a session's socket is not taken, so whom it talks to must tell
 * that the number is not another's by now. */
static bool is_as_connected(int fd, const struct sg_record *record)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    return record->peer && sg_sys3(SYS_getpeername, fd, &address, &length) >= 0 && length <= sizeof address &&
           sg_strings_intern(SG_STRING_SOCKADDR, &address, length) == record->peer;
}

/* What has come and was not read, such as the tickets of TLS 1.3, OpenSSL could
 * not make sense of any more: at the end it has cleaned up after itself. It would
 * take that for an error of the connection, and then says no goodbye. */
static void forget_unread(int fd)
{
    char unread[4096];
    const int enough = 256; /* a peer may send for ever */
    for (int i = 0; i < enough; i++)
        if (sg_sys(SYS_recvfrom, fd, (long)unread, sizeof unread, MSG_DONTWAIT, 0, 0) <= 0)
            break;
}

/* A TCP socket whose receiving half is shut down goes on taking what comes (Linux,
 * unlike what shutdown(2) says). A filter lets nothing through but the header, so that
 * the peer's acknowledgements arrive and what else it says does not: it is told so by a
 * reset once the socket is closed. The kernel runs a TCP socket's filter on a segment
 * from its header on, and cuts it to as many bytes as the filter returns. */
static void let_nothing_in(int fd)
{
    struct sock_filter header_alone[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12), /* the data offset, in the upper half (RFC 9293) */
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
        BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    struct sock_fprog program = {SG_COUNT(header_alone), header_alone};
    int protocol = 0;
    socklen_t length = sizeof protocol;
    if (sg_sys5(SYS_getsockopt, fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) >= 0 &&
        protocol == IPPROTO_TCP)
        sg_sys5(SYS_setsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* A library that says goodbye may wait for the answer, some for minutes. A
 * socket whose receiving half is shut down answers at once. */
static void hush(struct work *work)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        const struct sg_handle *owner = NULL;
        if (sg_life_is_open(record->life) && !sg_shutdown_has(record) &&
            sg_state_counts(record->socket.state))
            owner = sg_open_handle(&work->all, record->owner);
        /* What is not to be closed is left as it is. */
        if (owner && sg_bars_reason(&work->all, &owner->record, owner) == SG_REASON_NONE &&
            is_as_connected(fd, record)) {
            sg_sys2(SYS_shutdown, fd, SHUT_RD);
            let_nothing_in(fd);
            forget_unread(fd);
        }
    }
}

/* Until it is closed a record says what happens if time runs out. */
static void close_key(struct work *work, uint64_t key)
{
    uint64_t index = key & KEY_INDEX;
    struct sg_closing closing = {.handle = index};
    struct sg_handle *slot = key & KEY_DESCRIPTOR ? NULL : sg_handles_slot(index);
    struct sg_record *record = slot ? &slot->record : sg_descriptors_at((int)index);
    if (slot)
        closing.handle = slot->key;
    if (!sg_life_is_open(record->life) || sg_reason_is_early(record->reason))
        return;
    /* Another thread may be given the same address or number as soon as it
     * is free; its record must not be taken for this one, nor replace it. */
    if (slot)
        __atomic_store_n(&slot->key, 0, __ATOMIC_RELAXED);
    else
        __atomic_fetch_or(&record->socket.marks, SG_SOCKET_IS_FINAL, __ATOMIC_RELAXED);
    enum sg_reason reason = close_one(work, record, &closing, slot);
    if (slot && reason != SG_REASON_NONE)
        __atomic_store_n(&slot->key, closing.handle, __ATOMIC_RELAXED);
    else if (!slot && reason != SG_REASON_NONE)
        __atomic_fetch_and(&record->socket.marks, (uint8_t)~SG_SOCKET_IS_FINAL, __ATOMIC_RELAXED);
    finish_one(record, reason);
}

static bool is_refused(uint64_t key)
{
    const struct sg_handle *slot = key & KEY_DESCRIPTOR ? NULL : sg_handles_slot(key & KEY_INDEX);
    return slot && slot->record.outcome == SG_OUTCOME_FAILED && slot->record.reason == SG_REASON_REFUSED;
}

static bool is_abandoned(const struct work *work)
{
    return __atomic_load_n(&work->is_abandoned, __ATOMIC_ACQUIRE);
}

/* What refuses, as a share handle does that is used, may agree once all others
 * are closed. */
static void close_all(struct work *work)
{
    for (size_t i = 0; i < work->n_keys && !is_abandoned(work); i++)
        close_key(work, work->keys[i]);
    for (size_t i = 0; i < work->n_keys && !is_abandoned(work); i++)
        if (is_refused(work->keys[i]))
            close_key(work, work->keys[i]);
}

static void run(struct work *work)
{
    sg_bars_set(&work->all);
    hush(work);
    close_all(work);
}

/* ---- the closing thread ---- */

static void go_to(struct work *work, enum step step)
{
    __atomic_store_n(&work->step, (uint32_t)step, __ATOMIC_RELEASE);
    (void)sg_sys3(SYS_futex, &work->step, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

/* Waits, `ms` milliseconds at most, without pthread functions, which are places to be
 * cancelled. */
static bool wait_for(struct work *work, enum step wanted, uint64_t ms)
{
    uint64_t end = sg_sys_coarse_ns() + ms * NS_PER_MS;
    for (;;) {
        uint32_t step = __atomic_load_n(&work->step, __ATOMIC_ACQUIRE);
        uint64_t now = sg_sys_coarse_ns();
        if (step >= (uint32_t)wanted || now >= end)
            return step >= (uint32_t)wanted;
        struct timespec rest = {.tv_sec = (time_t)((end - now) / NS_PER_S),
                                .tv_nsec = (long)((end - now) % NS_PER_S)};
        if (sg_sys4(SYS_futex, &work->step, FUTEX_WAIT_PRIVATE, step, &rest) == -ETIMEDOUT)
            return __atomic_load_n(&work->step, __ATOMIC_ACQUIRE) >= (uint32_t)wanted;
    }
}

/* Goes through every lock that glibc's allocator has, by a function that takes them one
 * after the other; and asks the allocator that the program really uses. */
static void try_allocator(void)
{
    const size_t small = 40;
    const size_t large = 20000;
    if (mallinfo2)
        (void)mallinfo2();
    void *volatile memory = malloc(small); /* volatile: the compiler knows that it is not used */
    free(memory);
    memory = malloc(large);
    free(memory);
}

/* Stays until the process is gone. Where all threads of the program have ended
 * by pthread_exit() this is the last one, and libc would end the process with
 * status 0 when it returns, in the middle of the report. */
static void *serve(void *context)
{
    struct work *work = context;
    sg_thread_is_deaf = true; /* what the libraries do to say goodbye is not the program's doing */
    __atomic_store_n(&work->thread, (uint32_t)sg_sys_thread(), __ATOMIC_RELEASE);
    (void)sg_sys3(SYS_futex, &work->thread, FUTEX_WAKE_PRIVATE, 1);
    for (;;) {
        uint32_t step = __atomic_load_n(&work->step, __ATOMIC_ACQUIRE);
        if (step == TRY) {
            go_to(work, TRYING);
            try_allocator();
            go_to(work, TRIED);
        } else if (step == CLOSE) {
            run(work);
            go_to(work, CLOSED);
        } else {
            (void)sg_sys4(SYS_futex, &work->step, FUTEX_WAIT_PRIVATE, step, 0);
        }
    }
    return NULL;
}

/* The kernel's number of a thread that may not have begun to run, 0 if it is not known: it
 * stands in the number of the thread's clock (CPUCLOCK_PID() of the kernel). To wait for the
 * thread could take long on a busy machine, and others run on meanwhile. */
extern __typeof__(pthread_getcpuclockid) pthread_getcpuclockid __attribute__((weak));
static uint32_t number_of(pthread_t thread)
{
    clockid_t clock = 0;
    bool is_known = pthread_getcpuclockid && pthread_getcpuclockid(thread, &clock) == 0;
    return is_known ? (uint32_t) ~(clock >> 3) : 0;
}

/* The caller has blocked signals, and so the thread takes none: a SIGPIPE from saying goodbye
 * to a peer that is gone would end the process, and handlers are the program's. */
uint32_t sg_autoclose_prepare(void)
{
    struct work *work = &work_now;
    pthread_t thread;
    *work = (struct work){0};
    if (pthread_create(&thread, NULL, serve, work) == 0) {
        uint32_t number = number_of(thread);
        if (number)
            __atomic_store_n(&work->thread, number, __ATOMIC_RELEASE);
        while (__atomic_load_n(&work->thread, __ATOMIC_ACQUIRE) == 0)
            (void)sg_sys4(SYS_futex, &work->thread, FUTEX_WAIT_PRIVATE, 0, 0);
    }
    return work->thread;
}

#define SLICE_MS 1U
#define PATIENCE_MS 2000U /* for a machine that has no time for the thread */

/* A thread that waits in the kernel waits for a lock. */
static bool is_stuck(const struct work *work)
{
    return sg_threads_is_waiting(work->thread) &&
           __atomic_load_n(&work->step, __ATOMIC_ACQUIRE) == (uint32_t)TRYING;
}

bool sg_autoclose_can_begin(void)
{
    struct work *work = &work_now;
    /* The thread may still be at the try before. */
    if (work->step != TRYING)
        go_to(work, TRY);
    unsigned n_stuck = 0;
    for (unsigned ms = 0; ms < PATIENCE_MS && n_stuck < 3; ms += SLICE_MS) {
        if (wait_for(work, TRIED, SLICE_MS))
            return true;
        n_stuck = is_stuck(work) ? n_stuck + 1 : 0;
    }
    return false;
}

static void expect_timeout(const struct work *work)
{
    for (size_t i = 0; i < work->n_keys; i++) {
        uint64_t index = work->keys[i] & KEY_INDEX;
        struct sg_record *record =
            work->keys[i] & KEY_DESCRIPTOR ? sg_descriptors_at((int)index) : &sg_handles_slot(index)->record;
        bool is_barred = sg_reason_is_early(record->reason);
        record->outcome = is_barred ? SG_OUTCOME_SKIPPED : SG_OUTCOME_FAILED;
        if (!is_barred)
            record->reason = SG_REASON_TIMEOUT;
    }
}

void sg_autoclose(const struct sg_leaks *leaks, bool has_running)
{
    struct work *work = &work_now;
    size_t room_handles = leaks->n_handles + SG_HANDLES_SLACK;
    size_t room = room_handles + leaks->n_descriptors;
    work->leaks = leaks;
    work->all.ending = (uint32_t)sg_sys_thread();
    work->all.has_running = has_running;
    work->has_others = has_running || sg_threads_each_stopped(NULL, NULL) > 0;
    work->keys = sg_sys_map((room + 1) * sizeof(uint64_t));
    work->where = sg_sys_map(room_handles * sizeof(uint64_t));
    if (!work->keys || !work->where)
        return;
    list_handles(work);
    list_descriptors(work, room);
    sg_sort(work->keys, work->n_keys);
    sg_sort(work->where, work->all.count);
    work->all.where = work->where;
    expect_timeout(work);
    if (work->thread) {
        go_to(work, CLOSE);
        (void)wait_for(work, CLOSED, (uint64_t)sg_detector_options->close_timeout_ms);
        __atomic_store_n(&work->is_abandoned, true, __ATOMIC_RELEASE);
        return;
    }
    /* No thread to be had: closing here is better than not at all. */
    sg_thread_is_deaf = true;
    run(work);
    sg_thread_is_deaf = false;
}
