#include "detector.h"
#include "descriptors.h"
#include "handles.h"
#include "heritage.h"
#include "modules.h"
#include "python.h"
#include "python_stack.h"
#include "severed.h"
#include "shutdown.h"
#include "strings.h"
#include "sys.h"

#include <string.h>

#define KINDS_MAX 255U
#define YOUNG 4U /* descriptors of a thread that are too new to be worth a system call */

/* What a thread remembers; void after a fork, which the epoch tells. */
struct thread {
    uint32_t epoch;
    uint32_t number;
    uint32_t n_young;
    int young[YOUNG];
    /* The descriptor that was opened last for a session of a script's, to tell the session
     * whom it talks to. */
    int session_fd;
    struct sg_handle *session;
};

const struct sg_options *sg_detector_options;
SG_THREAD_LOCAL uint32_t sg_thread_disabled;
SG_THREAD_LOCAL bool sg_thread_is_deaf;
SG_THREAD_LOCAL bool sg_thread_vforked;
static SG_THREAD_LOCAL struct thread thread;
bool sg_detector_is_started;
static const struct sg_kind *kinds[KINDS_MAX];
static unsigned n_kinds;
static uint32_t last_serial; /* atomic */

static void copy_name(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);
    memcpy(to, from, length < size ? length : size - 1);
}

/* A fresh arena gets the kinds, which its readers need. */
static void fill_kinds(void)
{
    sg_modules_forked();
    sg_heritage_begin();
    struct sg_kind_entry *entries = sg_arena_at(SG_SECTION_KINDS, 0);
    if (!sg_arena_grow(SG_SECTION_KINDS, n_kinds * sizeof entries[0]))
        return;
    for (unsigned i = 0; i < n_kinds; i++) {
        copy_name(entries[i].name, sizeof entries[i].name, kinds[i]->name);
        copy_name(entries[i].title, sizeof entries[i].title, kinds[i]->title);
        copy_name(entries[i].close_with, sizeof entries[i].close_with, kinds[i]->close_with);
        entries[i].rank = kinds[i]->rank;
        entries[i].flags = kinds[i]->flags;
    }
}

void sg_detector_start(const struct sg_family *const *families, const struct sg_options *options)
{
    sg_detector_options = options;
    sg_stack_start(options->check_stacks != 0);
    for (n_kinds = 0; *families; families++) {
        for (struct sg_kind *const *kind = (*families)->kinds; *kind && n_kinds < KINDS_MAX; kind++) {
            (*kind)->number = (uint8_t)n_kinds;
            (*kind)->is_ignored = !sg_options_want_kind(options, (*kind)->name);
            kinds[n_kinds++] = *kind;
        }
    }
    sg_arena_prepared = fill_kinds;
    sg_arena_claim();
    __atomic_store_n(&sg_detector_is_started, options->mode != SG_MODE_OFF, __ATOMIC_RELEASE);
}

const struct sg_kind *sg_detector_kind(unsigned number) { return number < n_kinds ? kinds[number] : NULL; }

/* The parent runs again once the child has exec'ed. But a signal may arrive just
 * before the child is made: its handler is no sign that the parent runs again. */
bool sg_detector_ask_whether_vforked(void)
{
    struct sg_site site = SG_SITE();
    if (!sg_sys_is_barred() && !sg_arena_is_ours())
        return true;
    if (!sg_stack_is_in_signal(&site))
        sg_thread_vforked = false;
    return false;
}

/* True when there are records that may be looked at and changed. */
static inline bool is_in_use(void)
{
    return sg_arena_has_records() && sg_sys_has_thread() && !sg_thread_is_deaf && !sg_detector_is_vforked();
}

/* The child must not take the memory for its own. */
void sg_vfork_begins(void)
{
    if (!sg_detector_is_started)
        return;
    sg_arena_claim();
    sg_thread_vforked = true;
}

void sg_guest_comes(void)
{
    if (sg_detector_is_started)
        sg_arena_guest_comes();
}

void sg_guest_goes(void)
{
    if (sg_detector_is_started)
        sg_arena_guest_goes();
}

void sg_thread_leaves_table(void)
{
    if (sg_detector_is_started && !sg_detector_is_vfork_child())
        sg_tables_left();
}

static inline struct thread *this_thread(void)
{
    if (SG_UNLIKELY(thread.epoch != sg_arena_epoch)) {
        thread.number = (uint32_t)sg_sys_thread();
        thread.n_young = 0;
        thread.session = NULL;
        for (unsigned i = 0; i < YOUNG; i++)
            thread.young[i] = -1;
        thread.epoch = sg_arena_epoch;
    }
    return &thread;
}

uint32_t sg_serial_next(void)
{
    uint32_t serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
    return serial ? serial : __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
}

/* Ticks start at 1, so a life is never one of the marks 0 and 1. */
static uint64_t life_of(uint32_t number) { return (uint64_t)sg_arena_tick() << 32 | number; }

uint64_t sg_detector_opened(void) { return sg_places_opened_in_all() + sg_arena->untracked; }

void sg_untracked(void)
{
    if (!sg_detector_is_on())
        return;
    __atomic_add_fetch(&sg_arena->untracked, 1, __ATOMIC_RELAXED);
    __atomic_fetch_or(&sg_arena->flags, SG_FLAG_TRUNCATED, __ATOMIC_RELAXED);
}

static inline bool want(const struct sg_kind *kind)
{
    return !kind->is_ignored && !sg_thread_disabled && sg_detector_is_on();
}

static inline uint32_t place_of(const struct sg_kind *kind, const struct sg_site *site,
                                struct sg_handle **owner)
{
    unsigned depth = (unsigned)sg_detector_options->frames;
    uint32_t place = sg_stack_place(kind->number, site, depth);
    if (SG_UNLIKELY(sg_python_is_there))
        place = sg_python_place(place, kind->number, site, depth, owner);
    return place;
}

#define TRIES 8U

/* There is no place; or it was used again before anything was counted there. */
static SG_NOINLINE uint32_t open_again(uint32_t place, const struct sg_kind *kind, const struct sg_site *site,
                                       struct sg_handle **owner)
{
    for (unsigned i = 0; i < TRIES && place; i++) {
        place = place_of(kind, site, owner);
        if (sg_places_opened(place))
            return place;
    }
    place = place ? sg_places_unknown(kind->number) : 0;
    return sg_places_opened(place) ? place : 0;
}

/* Something is open at its place from here on, so that this stays what it is. */
static inline struct sg_record fresh_record(const struct sg_kind *kind, const struct sg_site *site,
                                            struct sg_handle **owner)
{
    uint32_t place = place_of(kind, site, owner);
    if (SG_UNLIKELY(!sg_places_opened(place)))
        place = open_again(place, kind, site, owner);
    return (struct sg_record){.life = life_of(place), .thread = this_thread()->number, .kind = kind->number};
}

/* Counts out the record that the new one found in its place. */
static inline void settle(uint64_t stale)
{
    if (SG_UNLIKELY(stale))
        sg_places_closed(sg_life_place(stale));
}

/* A close failed whose place was used again meanwhile: where its handle was opened is not
 * known any more. Nothing was opened, so that counter stays as it is. */
static SG_NOINLINE uint64_t life_elsewhere(uint64_t life, unsigned kind)
{
    uint32_t place = sg_places_unknown(kind);
    if (!sg_places_opened(place))
        return 0;
    __atomic_sub_fetch(&sg_arena->places.recycled, 1, __ATOMIC_RELAXED);
    return (uint64_t)sg_life_tick(life) << 32 | place;
}

/* The life under which a record whose close failed goes on, 0 none. */
static uint64_t life_again(uint64_t life, unsigned kind)
{
    return SG_LIKELY(sg_places_reopened(sg_life_number(life))) ? life : life_elsewhere(life, kind);
}

void sg_opened(struct sg_kind *kind, uintptr_t handle, const struct sg_site *site, uint32_t serial,
               uint8_t provider)
{
    if (!want(kind))
        return;
    uint64_t stale = 0;
    struct sg_handle *owner = NULL;
    struct sg_record record = fresh_record(kind, site, &owner);
    record.serial = serial;
    if (SG_UNLIKELY(owner != NULL) && (kind->flags & SG_KIND_OWNED))
        record.owner = owner->record.serial;
    record.provider = provider;
    bool has_place = sg_life_place(record.life) != 0;
    if (!has_place || !sg_handles_put(handle, &record, &stale)) {
        if (has_place)
            sg_places_release(sg_life_number(record.life));
        sg_untracked();
    }
    settle(stale);
}

struct sg_handle *sg_known(const struct sg_kind *kind, uintptr_t handle)
{
    return is_in_use() ? sg_handles_find(kind->number, handle) : NULL;
}

/* All but the life, which other threads look at when they seek a free slot. */
static struct sg_handle copy_of(const struct sg_handle *slot)
{
    const size_t skip = offsetof(struct sg_handle, record) + offsetof(struct sg_record, owner);
    struct sg_handle copy = {.key = slot->key};
    memcpy((char *)&copy + skip, (const char *)slot + skip, sizeof copy - skip);
    return copy;
}

uint64_t sg_closing(struct sg_handle *slot)
{
    if (!slot || (SG_UNLIKELY(sg_python_is_ending) && sg_shutdown_keeps_handle(slot)))
        return 0;
    uint32_t serial = slot->record.serial; /* another handle may have the slot at once */
    uint64_t life = sg_handles_take(slot);
    if (!life)
        return 0;
    sg_places_closed(sg_life_place(life));
    sg_heritage_closed(life, serial);
    sg_severed_forget(serial);
    return life;
}

/* What a session has is closed soon after it, so it is counted now, and is reported with
 * the session even if it stays. */
static void note_sockets(struct sg_handle *slot)
{
    int end = sg_descriptors_end();
    slot->owned = 0;
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        if (record->owner != slot->record.serial || !sg_life_is_open(record->life) ||
            sg_descriptors_is_final(record))
            continue;
        slot->owned++;
        if (!slot->record.peer)
            slot->record.peer = __atomic_load_n(&record->peer, __ATOMIC_RELAXED);
        (void)sg_closing_descriptor(fd);
    }
}

void sg_collected(struct sg_handle *slot)
{
    if (!slot)
        return;
    uint64_t life = __atomic_load_n(&slot->record.life, __ATOMIC_RELAXED);
    /* What is a session's goes with it. */
    if (slot->record.owner) {
        (void)sg_closing(slot);
        return;
    }
    note_sockets(slot);
    if (sg_places_collected(sg_life_place(life), sg_life_tick(life)) > SG_COLLECTED_KEPT) {
        (void)sg_handles_take(slot);
        return;
    }
    slot->record.outcome = SG_OUTCOME_COLLECTED;
    sg_handles_keep(slot);
}

struct sg_taken sg_trying_to_close(struct sg_handle *slot)
{
    struct sg_taken taken = {0};
    if (slot) {
        taken.handle = copy_of(slot);
        taken.life = sg_closing(slot);
    }
    return taken;
}

void sg_close_failed(const struct sg_taken *taken)
{
    uint64_t life = taken->life ? life_again(taken->life, taken->handle.record.kind) : 0;
    if (life && !sg_handles_return(&taken->handle, life))
        sg_places_closed(sg_life_place(life));
}

/* Another thread than the last one calls. Both may go on with the handle. */
static SG_NOINLINE void note_before(struct sg_handle *slot, uint32_t number)
{
    uint32_t first = 0;
    uint32_t second = 0;
    if (__atomic_compare_exchange_n(&slot->before[0], &first, number, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED) ||
        first == number ||
        __atomic_compare_exchange_n(&slot->before[1], &second, number, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED) ||
        second == number)
        return;
    __atomic_store_n(&slot->before[1], SG_USE_MORE, __ATOMIC_RELAXED);
}

void sg_use_begins(struct sg_handle *slot)
{
    if (!slot)
        return;
    uint32_t self = this_thread()->number;
    uint32_t old = __atomic_load_n(&slot->use, __ATOMIC_RELAXED);
    uint32_t calls;
    do {
        calls = sg_use_calls(old);
    } while (!__atomic_compare_exchange_n(&slot->use, &old, sg_use_of(self, calls + (calls < SG_USE_CALLS)),
                                          true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    if (SG_UNLIKELY(sg_use_thread(old) != self && sg_use_thread(old) != 0))
        note_before(slot, sg_use_thread(old));
    __atomic_store_n(&slot->record.used, sg_arena_tick() + 1, __ATOMIC_RELAXED);
}

void sg_use(struct sg_handle *slot)
{
    if (!slot)
        return;
    uint32_t self = this_thread()->number;
    uint32_t old = __atomic_load_n(&slot->use, __ATOMIC_RELAXED);
    while (sg_use_thread(old) != self &&
           !__atomic_compare_exchange_n(&slot->use, &old, sg_use_of(self, sg_use_calls(old)), true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    if (SG_UNLIKELY(sg_use_thread(old) != self && sg_use_thread(old) != 0))
        note_before(slot, sg_use_thread(old));
}

void sg_use_ends(struct sg_handle *slot)
{
    /* A child that was forked inside the call has other records: this may be one of
     * its own by now, on which no call began. */
    uint32_t calls = slot ? sg_use_calls(__atomic_load_n(&slot->use, __ATOMIC_RELAXED)) : 0;
    if (calls > 0 && calls < SG_USE_CALLS)
        __atomic_sub_fetch(&slot->use, 1, __ATOMIC_RELAXED);
}

void sg_handle_peer(struct sg_handle *slot, uint32_t peer)
{
    if (slot)
        __atomic_store_n(&slot->record.peer, peer, __ATOMIC_RELAXED);
}

struct sg_record *sg_known_descriptor(int fd)
{
    if (!is_in_use() || sg_tables_is_apart())
        return NULL;
    struct sg_record *record = sg_descriptors_at(fd);
    return record && sg_life_is_open(__atomic_load_n(&record->life, __ATOMIC_ACQUIRE)) &&
                   !sg_descriptors_is_final(record)
               ? record
               : NULL;
}

/* Takes the identity of a socket, by which it is known again at the end. One
 * that a session owns is closed by its library, which we see. */
static void identify(int fd)
{
    struct sg_identity identity;
    struct sg_record *record = sg_known_descriptor(fd);
    if (record && !record->owner && __atomic_load_n(&record->used, __ATOMIC_RELAXED) == 0 &&
        sg_sys_identity(fd, &identity) == 0)
        __atomic_store_n(&record->used, (uint32_t)identity.inode, __ATOMIC_RELAXED);
}

/* The same for one that this thread opened some time ago. Another thread may
 * close it at this very moment and get the number for a socket of its own,
 * which must not be given the identity of the old one. */
static void identify_late(int fd, uint32_t opener)
{
    struct sg_identity identity;
    uint32_t inode = 0;
    struct sg_record *record = sg_known_descriptor(fd);
    if (!record || __atomic_load_n(&record->thread, __ATOMIC_RELAXED) != opener ||
        sg_sys_identity(fd, &identity) != 0 ||
        !__atomic_compare_exchange_n(&record->used, &inode, (uint32_t)identity.inode, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return;
    inode = (uint32_t)identity.inode;
    if (__atomic_load_n(&record->thread, __ATOMIC_RELAXED) != opener)
        __atomic_compare_exchange_n(&record->used, &inode, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* A descriptor that is closed soon is not worth a system call; one that has
 * outlived the next few is. */
static void grow_older(int fd)
{
    struct thread *self = this_thread();
    int *oldest = &self->young[self->n_young++ % YOUNG];
    if (*oldest >= 0 && *oldest != fd)
        identify_late(*oldest, self->number);
    *oldest = fd;
}

static uint8_t marks_of(const struct sg_handle *session)
{
    const struct sg_kind *kind = kinds[session->record.kind];
    return (uint8_t)(SG_SOCKET_OF_SCRIPT | (kind->flags & SG_KIND_LATE ? SG_SOCKET_LATE : 0));
}

void sg_opened_descriptor(struct sg_kind *kind, int fd, const struct sg_site *site, struct sg_socket socket)
{
    if (fd < 0 || !want(kind) || sg_tables_is_apart())
        return;
    if (!sg_descriptors_reserve(fd)) {
        sg_untracked();
        return;
    }
    /* The process ends; or its interpreter, and the program that it is in goes on. */
    const struct sg_record *there = sg_descriptors_at(fd);
    if (sg_descriptors_is_final(there) &&
        (there->outcome != SG_OUTCOME_SHUTDOWN || sg_python_is_finalizing()))
        return;
    struct sg_handle *owner = NULL;
    struct sg_record record = fresh_record(kind, site, &owner);
    record.owner = socket.owner;
    if (SG_UNLIKELY(owner != NULL) && !socket.owner) {
        record.owner = owner->record.serial;
        record.socket.marks = marks_of(owner);
        this_thread()->session = owner;
        this_thread()->session_fd = fd;
    }
    record.socket.domain = socket.domain;
    record.socket.type = socket.type;
    if (!sg_life_place(record.life)) {
        (void)sg_closing_descriptor(fd);
        sg_untracked();
        return;
    }
    settle(sg_descriptors_put(fd, &record));
    if (!record.owner)
        grow_older(fd);
}

uint64_t sg_taking_descriptor(int fd)
{
    if (!is_in_use() || sg_tables_is_apart() ||
        (SG_UNLIKELY(sg_python_is_ending) && sg_shutdown_keeps_descriptor(fd)))
        return 0;
    uint64_t life = sg_descriptors_take(fd);
    if (life) {
        sg_places_closed(sg_life_place(life));
        sg_heritage_closed(life, (uint32_t)fd);
    }
    return life;
}

void sg_close_descriptor_failed(int fd, uint64_t life)
{
    life = life ? life_again(life, sg_descriptors_at(fd)->kind) : 0;
    if (life && !sg_descriptors_return(fd, life))
        sg_places_closed(sg_life_place(life));
}

void sg_connected(int fd, const void *address, size_t length)
{
    struct sg_record *record = sg_known_descriptor(fd);
    if (!record || length > 128)
        return;
    uint32_t peer = sg_strings_peer(SG_STRING_SOCKADDR, address, length);
    __atomic_store_n(&record->peer, peer, __ATOMIC_RELAXED);
    identify(fd);
    struct sg_handle *session = this_thread()->session;
    if (SG_UNLIKELY(session != NULL) && thread.session_fd == fd && session->record.serial == record->owner &&
        !session->record.peer)
        sg_handle_peer(session, peer);
}

bool sg_give_descriptor(int fd, struct sg_handle *session)
{
    struct sg_record *record = sg_known_descriptor(fd);
    if (!record || !session || record->owner)
        return false;
    __atomic_fetch_or(&record->socket.marks, marks_of(session), __ATOMIC_RELAXED);
    __atomic_store_n(&record->owner, session->record.serial, __ATOMIC_RELEASE);
    if (!session->record.peer)
        sg_handle_peer(session, __atomic_load_n(&record->peer, __ATOMIC_RELAXED));
    return true;
}

bool sg_pass_descriptors(const struct sg_handle *from, struct sg_handle *to)
{
    bool is_any = false;
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end && from; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        if (record->owner != from->record.serial || !sg_life_is_open(record->life) ||
            sg_descriptors_is_final(record))
            continue;
        record->owner = 0;
        is_any |= sg_give_descriptor(fd, to);
    }
    return is_any;
}

bool sg_has_descriptors(const struct sg_handle *slot)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        if (record->owner == slot->record.serial && sg_life_is_open(record->life) &&
            !sg_descriptors_is_final(record))
            return true;
    }
    return false;
}

void sg_forget(uintptr_t handle)
{
    for (unsigned i = 0; i < n_kinds; i++)
        if (!(kinds[i]->flags & SG_KIND_DESCRIPTOR))
            (void)sg_closing(sg_known(kinds[i], handle));
    if (handle <= INT32_MAX)
        (void)sg_closing_descriptor((int)handle);
}
