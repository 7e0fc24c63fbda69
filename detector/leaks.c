#include "leaks.h"
#include "arena.h"
#include "descriptors.h"
#include "handles.h"
#include "places.h"
#include "shutdown.h"
#include "socket_facts.h"
#include "sort.h"
#include "strings.h"
#include "sys.h"
#include "tables.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* A connected IPv6 socket may become one of IPv4: ipv6(7), IPV6_ADDRFORM. */
static bool is_domain(int fd, int domain)
{
    int now = sg_socket_option(fd, SOL_SOCKET, SO_DOMAIN, domain);
    return now == domain || (domain == AF_INET6 && now == AF_INET);
}

/* The socket's identity was taken once, perhaps late; where it was not, at least its sort
 * is known. Both are compared, as numbers are used again. */
bool sg_leaks_is_same(int fd, const struct sg_record *record)
{
    struct sg_identity identity;
    bool is_apart = sg_tables_is_apart();
    int result = is_apart ? sg_tables_identity(fd, &identity) : sg_sys_identity(fd, &identity);
    if (result < 0 || !S_ISSOCK(identity.mode))
        return false;
    uint32_t inode = __atomic_load_n(&record->used, __ATOMIC_RELAXED);
    if (inode && inode != (uint32_t)identity.inode)
        return false;
    if (is_apart) /* its options cannot be asked for */
        return true;
    int domain = record->socket.domain;
    int type = record->socket.type;
    return (!domain || is_domain(fd, domain)) &&
           (!type || sg_socket_option(fd, SOL_SOCKET, SO_TYPE, type) == type);
}

static void check_descriptors(void)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        uint64_t life = __atomic_load_n(&record->life, __ATOMIC_ACQUIRE);
        if (!sg_life_is_open(life) || sg_shutdown_settled(record))
            continue;
        if (!sg_leaks_is_same(fd, record)) {
            /* A thread that still runs may have closed it meanwhile, and opened another. */
            if (__atomic_compare_exchange_n(&record->life, &life, 0, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED))
                sg_places_closed(sg_life_place(life));
            continue;
        }
        if (!sg_tables_is_apart())
            sg_socket_facts_note(fd, record);
    }
}

static size_t count_handles(void)
{
    size_t count = 0;
    struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        count += sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE));
    return count;
}

bool sg_leaks_exist(void)
{
    const struct sg_handle *slot;
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        if (sg_life_is_open(__atomic_load_n(&record->life, __ATOMIC_ACQUIRE)) &&
            sg_outcome_is_ours(record->outcome))
            return true;
    }
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        if (sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)) &&
            sg_outcome_is_ours(slot->record.outcome))
            return true;
    return false;
}

/* What a session that was closed in good order closes later, as an idle connection of its
 * pool, is no leak. */
static void forget_late(const struct sg_leaks *leaks)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        uint64_t life = __atomic_load_n(&record->life, __ATOMIC_ACQUIRE);
        if (sg_life_is_open(life) && (record->socket.marks & SG_SOCKET_LATE) &&
            !sg_leaks_is_owned(leaks, record) &&
            __atomic_compare_exchange_n(&record->life, &life, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            sg_places_closed(sg_life_place(life));
    }
}

/* What only holds others, and was never used, cannot always be asked whether it holds any:
 * libraries make one for all that has none of its own. */
static void set_unused_aside(void)
{
    const struct sg_kind_entry *kinds = sg_arena_at(SG_SECTION_KINDS, 0);
    struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        if (sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)) &&
            (kinds[slot->record.kind].flags & SG_KIND_HOLDER) && !slot->record.used &&
            slot->record.outcome == SG_OUTCOME_OPEN)
            slot->record.outcome = SG_OUTCOME_ELSEWHERE;
}

/* Without memory they count, but nobody knows what is theirs. What is another process's to
 * report owns nothing here. */
static void list_handles(struct sg_leaks *leaks)
{
    const struct sg_handle *slot;
    leaks->n_handles = leaks->n_aside = leaks->n_serials = 0;
    for (uint64_t i = 0; leaks->n_handles < leaks->room && (slot = sg_handles_slot(i)); i++) {
        if (!sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)))
            continue;
        leaks->n_handles++;
        leaks->n_aside += !sg_outcome_is_ours(slot->record.outcome);
        if (leaks->serials && slot->record.outcome != SG_OUTCOME_ELSEWHERE)
            leaks->serials[leaks->n_serials++] = slot->record.serial;
    }
    sg_sort(leaks->serials, leaks->n_serials);
}

static void count_descriptors(struct sg_leaks *leaks)
{
    int end = sg_descriptors_end();
    leaks->n_descriptors = 0;
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        leaks->n_descriptors += sg_life_is_open(__atomic_load_n(&record->life, __ATOMIC_ACQUIRE)) &&
                                sg_state_counts(record->socket.state) &&
                                sg_outcome_is_ours(record->outcome) && !sg_leaks_is_owned(leaks, record);
    }
}

struct sg_leaks sg_leaks_collect(void)
{
    struct sg_leaks leaks = {0};
    sg_shutdown_settle();
    check_descriptors();
    leaks.room = count_handles() + SG_HANDLES_SLACK;
    if (sg_arena->sections[SG_SECTION_HANDLES].size)
        leaks.serials = sg_sys_map(leaks.room * sizeof(uint64_t));
    set_unused_aside();
    list_handles(&leaks);
    if (leaks.serials)
        forget_late(&leaks);
    count_descriptors(&leaks);
    return leaks;
}

void sg_leaks_recount(struct sg_leaks *leaks)
{
    list_handles(leaks);
    count_descriptors(leaks);
}

void sg_leaks_pass_on(struct sg_leaks *leaks)
{
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        struct sg_record *record = sg_descriptors_at(fd);
        if (!sg_life_is_open(__atomic_load_n(&record->life, __ATOMIC_ACQUIRE)) ||
            sg_shutdown_settled(record) || sg_leaks_is_owned(leaks, record))
            continue;
        long flags = sg_sys2(SYS_fcntl, fd, F_GETFD);
        if (flags < 0 || (flags & FD_CLOEXEC))
            continue;
        leaks->n_descriptors -= sg_state_counts(record->socket.state);
        record->socket.state = SG_STATE_PASSED_ON;
    }
}

bool sg_leaks_is_owned(const struct sg_leaks *leaks, const struct sg_record *record)
{
    return leaks->serials && record->owner &&
           sg_sort_find(leaks->serials, leaks->n_serials, record->owner, NULL);
}

void sg_leaks_each(const struct sg_leaks *leaks, void (*each)(void *context, const struct sg_record *record),
                   void *context)
{
    struct sg_handle *slot;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        if (sg_life_is_open(__atomic_load_n(&slot->record.life, __ATOMIC_ACQUIRE)))
            each(context, &slot->record);
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        if (sg_life_is_open(__atomic_load_n(&record->life, __ATOMIC_ACQUIRE)) &&
            !sg_leaks_is_owned(leaks, record))
            each(context, record);
    }
}

bool sg_leaks_count(const struct sg_leaks *leaks, bool closed_counts)
{
    struct sg_handle *slot;
    if (closed_counts)
        return leaks->n_handles - leaks->n_aside + leaks->n_descriptors > 0;
    for (uint64_t i = 0; (slot = sg_handles_slot(i)); i++)
        if (sg_life_is_open(slot->record.life) && slot->record.outcome != SG_OUTCOME_CLOSED &&
            sg_outcome_is_ours(slot->record.outcome))
            return true;
    int end = sg_descriptors_end();
    for (int fd = 0; fd < end; fd++) {
        const struct sg_record *record = sg_descriptors_at(fd);
        if (sg_life_is_open(record->life) && record->outcome != SG_OUTCOME_CLOSED &&
            sg_outcome_is_ours(record->outcome) && sg_state_counts(record->socket.state) &&
            !sg_leaks_is_owned(leaks, record))
            return true;
    }
    return false;
}
