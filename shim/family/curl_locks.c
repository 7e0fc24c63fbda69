#include "curl_locks.h"
#include "detector.h"

#define RELAYS 16

static curl_lock_function locks[RELAYS];     /* atomic */
static curl_unlock_function unlocks[RELAYS]; /* atomic */

#define RELAY(number)                                                                                        \
    static void lock_##number(CURL *handle, curl_lock_data data, curl_lock_access access, void *context)     \
    {                                                                                                        \
        if (!sg_thread_is_deaf)                                                                              \
            __atomic_load_n(&locks[number], __ATOMIC_ACQUIRE)(handle, data, access, context);                \
    }                                                                                                        \
    static void unlock_##number(CURL *handle, curl_lock_data data, void *context)                            \
    {                                                                                                        \
        if (!sg_thread_is_deaf)                                                                              \
            __atomic_load_n(&unlocks[number], __ATOMIC_ACQUIRE)(handle, data, context);                      \
    }
#define EACH(of)                                                                                             \
    of(0) of(1) of(2) of(3) of(4) of(5) of(6) of(7) of(8) of(9) of(10) of(11) of(12) of(13) of(14) of(15)
EACH(RELAY)

#define LOCK(number) lock_##number,
#define UNLOCK(number) unlock_##number,
static const curl_lock_function lock_relays[RELAYS] = {EACH(LOCK)};
static const curl_unlock_function unlock_relays[RELAYS] = {EACH(UNLOCK)};

curl_lock_function sg_curl_lock(curl_lock_function own)
{
    for (unsigned i = 0; own && i < RELAYS; i++) {
        curl_lock_function there = NULL;
        if (__atomic_compare_exchange_n(&locks[i], &there, own, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
            there == own)
            return lock_relays[i];
    }
    return own;
}

curl_unlock_function sg_curl_unlock(curl_unlock_function own)
{
    for (unsigned i = 0; own && i < RELAYS; i++) {
        curl_unlock_function there = NULL;
        if (__atomic_compare_exchange_n(&unlocks[i], &there, own, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE) ||
            there == own)
            return unlock_relays[i];
    }
    return own;
}
