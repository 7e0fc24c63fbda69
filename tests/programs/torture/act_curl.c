/* Sessions of the real libcurl. */
#include "seat.h"

#include <curl/curl.h>
#include <stdlib.h>

/* One function a site, called from one place only: one stack. */
#define OPENS(name, type, call)                                                                              \
    __attribute__((noinline)) static type name(void)                                                         \
    {                                                                                                        \
        type handle = call;                                                                                  \
        if (!handle)                                                                                         \
            fail(#name);                                                                                     \
        ledger_opened(AT_##name, 1);                                                                         \
        return handle;                                                                                       \
    }
OPENS(easy_here, CURL *, curl_easy_init())
OPENS(easy_for_multi, CURL *, curl_easy_init())
OPENS(easy_for_share, CURL *, curl_easy_init())
OPENS(easy_to_pass, CURL *, curl_easy_init())
OPENS(multi_here, CURLM *, curl_multi_init())
OPENS(share_here, CURLSH *, curl_share_init())

__attribute__((noinline)) static CURL *easy_copied(CURL *from)
{
    CURL *copy = curl_easy_duphandle(from);
    if (!copy)
        fail("easy_copied");
    ledger_opened(AT_easy_copied, 1);
    return copy;
}

void act_easy(struct seat *seat)
{
    struct thing thing = {.site = AT_easy_here, .handle = easy_here()};
    if (!wants_leak(seat, thing.site) && !stash_put(&seat->easies, thing))
        close_thing(thing);
}

void act_copy(struct seat *seat)
{
    if (seat->easies.count == 0)
        return;
    struct thing from = seat->easies.things[pick(seat, seat->easies.count)];
    struct thing thing = {.site = AT_easy_copied, .handle = easy_copied(from.handle)};
    if (!wants_leak(seat, thing.site) && !stash_put(&seat->easies, thing))
        close_thing(thing);
}

void act_close_easy(struct seat *seat)
{
    if (seat->easies.count > 0)
        close_thing(stash_take(seat, &seat->easies));
}

void act_pass(struct seat *seat)
{
    struct thing thing = {.site = AT_easy_to_pass, .handle = easy_to_pass()};
    if (!wants_leak(seat, thing.site) && !mail_send(thing))
        close_thing(thing);
}

void act_receive(struct seat *seat)
{
    struct thing thing;
    (void)seat;
    if (mail_receive(&thing))
        close_thing(thing);
}

static void close_multi(CURLM *multi)
{
    ledger_closed(AT_multi_here, 1);
    if (curl_multi_cleanup(multi) != CURLM_OK)
        fail("curl_multi_cleanup");
}

/* Members are closed before and after their group, and while they are in it.
 * They have no URL, so that a transfer fails at once. */
void act_multi(struct seat *seat)
{
    struct thing members[3];
    unsigned count = pick(seat, 4);
    int running = 0;
    CURLM *multi = multi_here();
    for (unsigned i = 0; i < count; i++) {
        members[i] = (struct thing){.site = AT_easy_for_multi, .handle = easy_for_multi()};
        if (curl_multi_add_handle(multi, members[i].handle) != CURLM_OK)
            fail("curl_multi_add_handle");
    }
    if (pick(seat, 2))
        curl_multi_perform(multi, &running);
    if (wants_leak(seat, AT_multi_here)) {
        for (unsigned i = 0; i < count; i++)
            if (!ledger_leak(AT_easy_for_multi, LEAKS))
                close_thing(members[i]);
        return;
    }
    if (count > 0 && pick(seat, 4) == 0)
        close_thing(members[--count]);
    for (unsigned i = 0; i < count; i++)
        if (curl_multi_remove_handle(multi, members[i].handle) != CURLM_OK)
            fail("curl_multi_remove_handle");
    close_multi(multi);
    for (unsigned i = 0; i < count; i++)
        if (!wants_leak(seat, AT_easy_for_multi))
            close_thing(members[i]);
}

/* A share handle refuses to be closed while it has users. */
void act_share(struct seat *seat)
{
    struct thing users[2];
    unsigned count = pick(seat, 3);
    CURLSH *share = share_here();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    for (unsigned i = 0; i < count; i++) {
        users[i] = (struct thing){.site = AT_easy_for_share, .handle = easy_for_share()};
        curl_easy_setopt(users[i].handle, CURLOPT_SHARE, share);
    }
    if (wants_leak(seat, AT_share_here)) {
        for (unsigned i = 0; i < count; i++)
            if (!ledger_leak(AT_easy_for_share, LEAKS))
                close_thing(users[i]);
        return;
    }
    if (count > 0 && curl_share_cleanup(share) != CURLSHE_IN_USE)
        fail("a share handle with users was closed");
    for (unsigned i = 0; i < count; i++)
        close_thing(users[i]);
    ledger_closed(AT_share_here, 1);
    if (curl_share_cleanup(share) != CURLSHE_OK)
        fail("curl_share_cleanup");
}
