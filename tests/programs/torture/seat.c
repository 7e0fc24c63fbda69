#include "seat.h"

#include <curl/curl.h>
#include <stdio.h>
#include <unistd.h>

unsigned pick(struct seat *seat, unsigned end)
{
    seat->random ^= seat->random << 13;
    seat->random ^= seat->random >> 7;
    seat->random ^= seat->random << 17;
    return (unsigned)((seat->random >> 32) % end);
}

bool wants_leak(struct seat *seat, enum site site)
{
    return pick(seat, 16) == 0 && ledger_leak(site, 1 + LEAKS * torture.progress / PROGRESS);
}

struct thing stash_take(struct seat *seat, struct stash *stash)
{
    unsigned at = pick(seat, stash->count);
    struct thing thing = stash->things[at];
    stash->things[at] = stash->things[--stash->count];
    return thing;
}

bool stash_put(struct stash *stash, struct thing thing)
{
    if (stash->count == sizeof stash->things / sizeof stash->things[0])
        return false;
    stash->things[stash->count++] = thing;
    return true;
}

static pthread_mutex_t mail_lock = PTHREAD_MUTEX_INITIALIZER;
static struct thing mail[64];
static unsigned mails;

bool mail_send(struct thing thing)
{
    pthread_mutex_lock(&mail_lock);
    bool has_room = mails < sizeof mail / sizeof mail[0];
    if (has_room)
        mail[mails++] = thing;
    pthread_mutex_unlock(&mail_lock);
    return has_room;
}

bool mail_receive(struct thing *thing)
{
    pthread_mutex_lock(&mail_lock);
    bool is_there = mails > 0;
    if (is_there)
        *thing = mail[--mails];
    pthread_mutex_unlock(&mail_lock);
    return is_there;
}

void close_thing(struct thing thing)
{
    ledger_closed(thing.site, 1);
    if (ledger_is_socket(thing.site)) {
        if (close(thing.fd) != 0)
            fail("close");
        return;
    }
    curl_easy_cleanup(thing.handle);
}

void fail(const char *why)
{
    fprintf(stderr, "torture: %s: %m\n", why);
    _exit(3);
}
