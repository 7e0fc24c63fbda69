/* The detector: told what was opened, used and closed, it knows what leaked.
 * It has never heard of any library. This header is the only road to it.
 *
 * Every function may be called from any hook: none takes a lock, allocates,
 * touches errno or makes a system call (but where it says so). All of them do
 * nothing when the mode is off or the arena could not be had.
 *
 * Layer:   9
 * Threads: any, also signal handlers.
 * Memory:  the arena.
 * Fails:   what cannot be recorded is counted as untracked.
 */
#ifndef SG_DETECTOR_H
#define SG_DETECTOR_H

#include "arena.h"
#include "descriptors.h"
#include "kind.h"
#include "options.h"
#include "stack.h"
#include "sys.h"
#include "tables.h"

/* Called once, in the constructor: sets the kinds' numbers and keeps the
 * options, which must stay where they are. */
void sg_detector_start(const struct sg_family *const *families, const struct sg_options *options);
extern const struct sg_options *sg_detector_options;
const struct sg_kind *sg_detector_kind(unsigned number); /* NULL if there is none */

/* Per-thread nesting of __sessguard_disable(). */
extern SG_THREAD_LOCAL uint32_t sg_thread_disabled;

/* Set on a thread whose own calls are not the program's: the closing thread.
 * The records stay as they were, for the report. */
extern SG_THREAD_LOCAL bool sg_thread_is_deaf;

/* Called by the vfork hook: until the child has exec'ed it runs in our memory,
 * as this thread, and nothing that it does may reach the records. */
void sg_vfork_begins(void);
extern SG_THREAD_LOCAL bool sg_thread_vforked;

/* True in the child of a vfork, where the arena can be used. Costs a system call, and a
 * look at the stack, only the first time after the thread has called vfork. */
bool sg_detector_ask_whether_vforked(void);
static inline bool sg_detector_is_vforked(void)
{
    return SG_UNLIKELY(sg_thread_vforked) && sg_detector_ask_whether_vforked();
}

/* True in a process that runs in another one's memory: the child of a vfork, or of a clone
 * that shares memory but not descriptors. Only the latter may not read what is a thread's own. */
static inline bool sg_detector_is_vfork_child(void)
{
    return sg_arena_is_foreign() || sg_detector_is_vforked();
}

/* Another process is about to run in our memory, which has no thread-local storage of ours;
 * and is gone. */
void sg_guest_comes(void);
void sg_guest_goes(void);

/* This thread has taken a table of descriptors of its own (unshare(2) with CLONE_FILES). What
 * threads open and close whose table is not that of the first thread is not the program's. */
void sg_thread_leaves_table(void);

/* True when calls are to be recorded now. */
extern bool sg_detector_is_started; /* atomic */
static inline bool sg_detector_is_on(void)
{
    return SG_LIKELY(__atomic_load_n(&sg_detector_is_started, __ATOMIC_ACQUIRE)) && sg_arena_enter() &&
           sg_sys_has_thread() && !sg_thread_is_deaf && !sg_detector_is_vforked();
}

/* How many were opened so far. */
uint64_t sg_detector_opened(void);

/* ---- handles that are pointers ---- */

/* A number for a handle that is about to be opened, so that what is opened
 * meanwhile can already be said to belong to it. */
uint32_t sg_serial_next(void);

void sg_opened(struct sg_kind *kind, uintptr_t handle, const struct sg_site *site, uint32_t serial,
               uint8_t provider);

/* The slot of an open handle, NULL if it is not known. */
struct sg_handle *sg_known(const struct sg_kind *kind, uintptr_t handle);

/* Of SG_KIND_SCRIPT: only the garbage collector closes this handle. It has leaked, and
 * its record stays for the report; the handle is known no longer. */
void sg_collected(struct sg_handle *slot);

/* Takes a handle out of the records, if it is known. Call before the real
 * close, as the value may be used again right after it. Returns its life, 0
 * if there was none. */
uint64_t sg_closing(struct sg_handle *slot);

/* The same where the real close may fail; when it did, sg_close_failed() makes
 * the record as it was. */
struct sg_taken {
    uint64_t life;
    struct sg_handle handle; /* a copy */
};
struct sg_taken sg_trying_to_close(struct sg_handle *slot);
void sg_close_failed(const struct sg_taken *taken);

/* Counts what was opened and could not be recorded. */
void sg_untracked(void);

/* A thread goes into, and comes out of, a call that works on this handle.
 * Both may be called with NULL. */
void sg_use_begins(struct sg_handle *slot);
void sg_use_ends(struct sg_handle *slot);

/* The same for a call that opens nothing and is over at once: only who made it
 * is noted. */
void sg_use(struct sg_handle *slot);

/* Remembers whom a handle talks to: a reference from strings.h. */
void sg_handle_peer(struct sg_handle *slot, uint32_t peer);

/* ---- descriptors ---- */

struct sg_socket {
    uint32_t owner; /* serial of the session that it belongs to, 0 none */
    uint8_t domain; /* AF_*, 0 unknown */
    uint8_t type;   /* SOCK_*, 0 unknown */
};

void sg_opened_descriptor(struct sg_kind *kind, int fd, const struct sg_site *site, struct sg_socket socket);
uint64_t sg_taking_descriptor(int fd);
static inline uint64_t sg_closing_descriptor(int fd)
{
    if (!sg_arena_is_used() && !sg_arena_is_inherited())
        return 0; /* most descriptors are no sockets: that is seen here */
    const struct sg_record *record = sg_descriptors_at(fd);
    bool is_known = record && __atomic_load_n(&record->life, __ATOMIC_RELAXED) != 0;
    return SG_UNLIKELY(is_known) ? sg_taking_descriptor(fd) : 0;
}
void sg_close_descriptor_failed(int fd, uint64_t life);

/* A descriptor that was opened before its session was known belongs to it. */
bool sg_give_descriptor(int fd, struct sg_handle *session);

/* What belongs to one session belongs to another. False if there was nothing. */
bool sg_pass_descriptors(const struct sg_handle *from, struct sg_handle *to);

/* True if a descriptor that is open belongs to the session. */
bool sg_has_descriptors(const struct sg_handle *slot);

/* The record of an open descriptor, NULL if it is not known. */
struct sg_record *sg_known_descriptor(int fd);

/* Remembers the peer of a connected socket, and makes one system call to
 * know the socket again at the end. */
void sg_connected(int fd, const void *address, size_t length);

/* Forgets a handle for good: the program asked not to hear of it. */
void sg_forget(uintptr_t handle);

#endif
