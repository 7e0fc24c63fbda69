/* libcurl: https://curl.se/libcurl/c/
 *
 * Layer:   14
 */
#include "handles.h"
#include "hook.h"
#include "strings.h"

/* The type checks of the header are macros with the functions' names. */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_share_setopt
#undef curl_multi_setopt
#undef curl_easy_getinfo

#include "curl_close.h"
#include "curl_locks.h"

#include <stdarg.h>
#include <string.h>

SG_KIND(easy, .name = "curl.easy", .title = "libcurl easy handle", .close_with = "curl_easy_cleanup",
        .rank = SG_RANK_MEMBER, .close = sg_curl_close_easy);
SG_KIND(multi, .name = "curl.multi", .title = "libcurl multi handle", .close_with = "curl_multi_cleanup",
        .rank = SG_RANK_GROUP, .close = sg_curl_close_multi);
SG_KIND(share, .name = "curl.share", .title = "libcurl share handle", .close_with = "curl_share_cleanup",
        .rank = SG_RANK_SHARED, .close = sg_curl_close_share);
SG_FAMILY(curl, &easy, &multi, &share);

SG_OPENS(easy, CURL *, curl_easy_init, (void), (), NULL)
SG_OPENS(multi, CURLM *, curl_multi_init, (void), (), NULL)
SG_OPENS(share, CURLSH *, curl_share_init, (void), (), NULL)

SG_CLOSES(easy, curl_easy_cleanup, CURL *)
SG_CLOSES_IF(multi, curl_multi_cleanup, CURLM *, CURLMcode, CURLM_OK, CURLM_BAD_HANDLE)
SG_CLOSES_IF(share, curl_share_cleanup, CURLSH *, CURLSHcode, CURLSHE_OK, CURLSHE_INVALID)

SG_USES(easy, CURLcode, curl_easy_perform, (CURL * h), (h), h, CURLE_FAILED_INIT)
SG_USES(easy, CURLcode, curl_easy_upkeep, (CURL * h), (h), h, CURLE_FAILED_INIT)
SG_USES(easy, CURLcode, curl_easy_pause, (CURL * h, int mask), (h, mask), h, CURLE_FAILED_INIT)
SG_USES(easy, CURLcode, curl_easy_send, (CURL * h, const void *data, size_t size, size_t *sent),
        (h, data, size, sent), h, CURLE_FAILED_INIT)
SG_USES(easy, CURLcode, curl_easy_recv, (CURL * h, void *data, size_t size, size_t *got),
        (h, data, size, got), h, CURLE_FAILED_INIT)
SG_USES(easy, CURLcode, curl_ws_send,
        (CURL * h, const void *data, size_t size, size_t *sent, curl_off_t frame, unsigned flags),
        (h, data, size, sent, frame, flags), h, CURLE_FAILED_INIT)
#if LIBCURL_VERSION_NUM >= 0x080000
typedef const struct curl_ws_frame ws_frame;
#else
typedef struct curl_ws_frame ws_frame;
#endif
SG_USES(easy, CURLcode, curl_ws_recv, (CURL * h, void *data, size_t size, size_t *got, ws_frame **frame),
        (h, data, size, got, frame), h, CURLE_FAILED_INIT)

SG_USES(multi, CURLMcode, curl_multi_perform, (CURLM * m, int *running), (m, running), m, CURLM_BAD_HANDLE)
SG_USES(multi, CURLMcode, curl_multi_wait,
        (CURLM * m, struct curl_waitfd *more, unsigned n, int ms, int *ready), (m, more, n, ms, ready), m,
        CURLM_BAD_HANDLE)
SG_USES(multi, CURLMcode, curl_multi_poll,
        (CURLM * m, struct curl_waitfd *more, unsigned n, int ms, int *ready), (m, more, n, ms, ready), m,
        CURLM_BAD_HANDLE)
SG_USES(multi, CURLMcode, curl_multi_socket_action, (CURLM * m, curl_socket_t s, int events, int *running),
        (m, s, events, running), m, CURLM_BAD_HANDLE)
#undef curl_multi_socket
SG_USES(multi, CURLMcode, curl_multi_socket, (CURLM * m, curl_socket_t s, int *running), (m, s, running), m,
        CURLM_BAD_HANDLE)
SG_USES(multi, CURLMcode, curl_multi_socket_all, (CURLM * m, int *running), (m, running), m, CURLM_BAD_HANDLE)

/* ---- relations ---- */

/* libcurl keeps the callback with the connection, where it cannot be taken
 * back: closing such a handle at the end would run the program's code. */
static void bar_closing(struct sg_handle *slot)
{
    __atomic_store_n(&slot->record.reason, SG_REASON_CALLBACK, __ATOMIC_RELAXED);
}

/* What an easy handle in a multi handle opens, the multi handle keeps; it is
 * opened in the multi handle's own calls, so only the relation is noted. */
SG_FUNCTION(curl_multi_add_handle);
SG_EXPORT CURLMcode curl_multi_add_handle(CURLM *m, CURL *h)
{
    struct sg_site site = SG_SITE();
    struct sg_handle *group = sg_known(&multi, (uintptr_t)m);
    __typeof__(&curl_multi_add_handle) inside = sg_hook_inside(&real_curl_multi_add_handle, group, &site);
    if (inside)
        return inside(m, h);
    __typeof__(&curl_multi_add_handle) real = sg_hook_for(&real_curl_multi_add_handle, group, &site);
    struct sg_scope outer = sg_scope_now;
    if (!real)
        return CURLM_BAD_HANDLE;
    if (group)
        outer = sg_hook_use_begins(group, &site);
    CURLMcode result = real(m, h);
    if (!group)
        return result;
    sg_hook_use_ends(group, outer);
    struct sg_handle *member = sg_known(&easy, (uintptr_t)h);
    sg_use(member);
    if (result == CURLM_OK && member) {
        __atomic_store_n(&member->record.used, sg_arena_tick() + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&member->member_of, group->record.serial, __ATOMIC_RELAXED);
        if (__atomic_load_n(&member->record.reason, __ATOMIC_RELAXED) == SG_REASON_CALLBACK)
            bar_closing(group);
    }
    return result;
}

SG_FUNCTION(curl_multi_remove_handle);
SG_EXPORT CURLMcode curl_multi_remove_handle(CURLM *m, CURL *h)
{
    struct sg_site site = SG_SITE();
    struct sg_handle *group = sg_known(&multi, (uintptr_t)m);
    __typeof__(&curl_multi_remove_handle) inside =
        sg_hook_inside(&real_curl_multi_remove_handle, group, &site);
    if (inside)
        return inside(m, h);
    __typeof__(&curl_multi_remove_handle) real = sg_hook_for(&real_curl_multi_remove_handle, group, &site);
    struct sg_scope outer = sg_scope_now;
    if (!real)
        return CURLM_BAD_HANDLE;
    if (group)
        outer = sg_hook_use_begins(group, &site);
    CURLMcode result = real(m, h);
    if (!group)
        return result;
    sg_hook_use_ends(group, outer);
    struct sg_handle *member = sg_known(&easy, (uintptr_t)h);
    sg_use(member);
    if (result == CURLM_OK && member)
        __atomic_store_n(&member->member_of, 0, __ATOMIC_RELAXED);
    return result;
}

/* The port that a scheme stands for, with its colon; "" if it is not known. */
static const char *port_of(const char *scheme, size_t length)
{
    static const struct {
        const char *scheme, *port;
    } ports[] = {{"http", ":80"},  {"https", ":443"}, {"ftp", ":21"},  {"ftps", ":990"}, {"ws", ":80"},
                 {"wss", ":443"},  {"imap", ":143"},  {"smtp", ":25"}, {"pop3", ":110"}, {"sftp", ":22"},
                 {"ldap", ":389"}, {"mqtt", ":1883"}, {"scp", ":22"}};
    for (size_t i = 0; i < SG_COUNT(ports); i++)
        if (strlen(ports[i].scheme) == length && strncasecmp(scheme, ports[i].scheme, length) == 0)
            return ports[i].port;
    return "";
}

/* What a URL's scheme is made of: RFC 3986, 3.1. */
static bool is_of_scheme(char c)
{
    char letter = (char)(c | 0x20); /* a small one */
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/* Where the host of a URL begins; the scheme before it has `length`, which is 0
 * where there is none. */
static const char *host_of(const char *url, size_t *length)
{
    size_t scheme = 0;
    while (is_of_scheme(url[scheme]))
        scheme++;
    bool is_there = url[scheme] == ':' && url[scheme + 1] == '/' && url[scheme + 2] == '/';
    *length = is_there ? scheme : 0;
    return is_there ? url + scheme + 3 : url;
}

/* "host:port" of a URL, without user, password, path and query. Programs give a
 * URL for each transfer, so every character is looked at once. */
static uint32_t peer_of(const char *url)
{
    char peer[256];
    const size_t room = sizeof peer - sizeof ":1883";
    size_t scheme;
    size_t length = 0;
    bool has_port = false;
    bool is_port = true;
    for (const char *at = host_of(url, &scheme); *at && *at != '/' && *at != '?' && *at != '#'; at++) {
        if (*at == '@' || *at == ']') { /* what looked like a port was not */
            has_port = false;
            is_port = true;
        } else if (has_port) {
            is_port &= *at >= '0' && *at <= '9';
        } else {
            has_port = *at == ':';
        }
        if (*at == '@') {
            length = 0;
            continue;
        }
        if (length < room)
            peer[length] = *at;
        length++;
    }
    /* What is no port may be half of a password with a slash in it. */
    if (length == 0 || length > room || !is_port)
        return 0;
    if (!has_port)
        for (const char *at = port_of(url, scheme); *at; at++)
            peer[length++] = *at;
    return sg_strings_peer(SG_STRING_TEXT, peer, length);
}

/* The connections of an easy handle belong to its share handle, if that one
 * shares connections. */
static void use_share(struct sg_handle *slot, const void *value)
{
    struct sg_handle *shared = sg_known(&share, (uintptr_t)value);
    uint32_t serial = shared ? shared->record.serial : 0;
    if (shared && __atomic_load_n(&slot->record.reason, __ATOMIC_RELAXED) == SG_REASON_CALLBACK)
        bar_closing(shared);
    bool is_heir = shared && __atomic_load_n(&shared->heir, __ATOMIC_RELAXED) == serial;
    __atomic_store_n(&slot->uses, serial, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->heir, is_heir ? serial : 0, __ATOMIC_RELAXED);
}

/* Its connections may be kept by a multi or a share handle already. */
static void bar_keepers(const struct sg_handle *slot)
{
    uint32_t group = __atomic_load_n(&slot->member_of, __ATOMIC_RELAXED);
    uint32_t shared = __atomic_load_n(&slot->uses, __ATOMIC_RELAXED);
    struct sg_handle *keeper;
    for (uint64_t i = 0; (group || shared) && (keeper = sg_handles_slot(i)); i++)
        if (sg_life_is_open(__atomic_load_n(&keeper->record.life, __ATOMIC_ACQUIRE)) &&
            ((keeper->record.kind == multi.number && keeper->record.serial == group) ||
             (keeper->record.kind == share.number && keeper->record.serial == shared)))
            bar_closing(keeper);
}

static void note_option(struct sg_handle *slot, CURLoption option, const void *value)
{
    /* What is set for a TLS session in the latter may be called when that one ends. */
    if ((option == CURLOPT_CLOSESOCKETFUNCTION || option == CURLOPT_SSL_CTX_FUNCTION) && value) {
        bar_closing(slot);
        bar_keepers(slot);
    }
    if (option == CURLOPT_URL)
        sg_handle_peer(slot, value ? peer_of(value) : 0);
    else if (option == CURLOPT_SHARE)
        use_share(slot, value);
}

/* Every option takes one argument that fits a register, be it a long, a
 * pointer or a curl_off_t: libcurl's own bindings forward it in this way. */
SG_FUNCTION(curl_easy_setopt);
SG_EXPORT CURLcode curl_easy_setopt(CURL *h, CURLoption option, ...)
{
    struct sg_site site = SG_SITE();
    struct sg_handle *slot = sg_known(&easy, (uintptr_t)h);
    __typeof__(&curl_easy_setopt) real = sg_hook_for(&real_curl_easy_setopt, slot, &site);
    va_list arguments;
    va_start(arguments, option);
    void *value = va_arg(arguments, void *);
    va_end(arguments);
    if (!real)
        return CURLE_FAILED_INIT;
    sg_use(slot);
    CURLcode result = real(h, option, value);
    if (slot && result == CURLE_OK)
        note_option(slot, option, value);
    return result;
}

/* What is asked for goes to where one pointer says: curl_easy_getinfo(3). */
SG_FUNCTION(curl_easy_getinfo);
SG_EXPORT CURLcode curl_easy_getinfo(CURL *h, CURLINFO info, ...)
{
    struct sg_site site = SG_SITE();
    struct sg_handle *slot = sg_known(&easy, (uintptr_t)h);
    __typeof__(&curl_easy_getinfo) real = sg_hook_for(&real_curl_easy_getinfo, slot, &site);
    va_list arguments;
    va_start(arguments, info);
    void *result = va_arg(arguments, void *);
    va_end(arguments);
    if (!real)
        return CURLE_FAILED_INIT;
    sg_use(slot);
    return real(h, info, result);
}

/* The handle stays in its multi handle, and keeps its share handle. */
SG_FUNCTION(curl_easy_reset);
SG_EXPORT void curl_easy_reset(CURL *h)
{
    struct sg_site site = SG_SITE();
    struct sg_handle *slot = sg_known(&easy, (uintptr_t)h);
    __typeof__(&curl_easy_reset) real = sg_hook_for(&real_curl_easy_reset, slot, &site);
    if (!real)
        return;
    sg_use(slot);
    real(h);
}

/* A share handle that shares connections is its own heir: see use_share(). */
SG_FUNCTION(curl_share_setopt);
SG_EXPORT CURLSHcode curl_share_setopt(CURLSH *s, CURLSHoption option, ...)
{
    struct sg_site site = SG_SITE();
    struct sg_handle *slot = sg_known(&share, (uintptr_t)s);
    __typeof__(&curl_share_setopt) real = sg_hook_for(&real_curl_share_setopt, slot, &site);
    va_list arguments;
    va_start(arguments, option);
    void *value = va_arg(arguments, void *);
    va_end(arguments);
    if (!real)
        return CURLSHE_INVALID;
    const void *own = value;
    sg_use(slot);
    if (slot && option == CURLSHOPT_LOCKFUNC)
        value = (void *)sg_curl_lock((curl_lock_function)value);
    else if (slot && option == CURLSHOPT_UNLOCKFUNC)
        value = (void *)sg_curl_unlock((curl_unlock_function)value);
    bool is_locking = option == CURLSHOPT_LOCKFUNC || option == CURLSHOPT_UNLOCKFUNC;
    if (slot && is_locking && value && value == own) /* no room for one more */
        bar_closing(slot);
    CURLSHcode result = real(s, option, value);
    if (!slot || result != CURLSHE_OK || (int)(intptr_t)value != CURL_LOCK_DATA_CONNECT)
        return result;
    if (option == CURLSHOPT_SHARE)
        __atomic_store_n(&slot->heir, slot->record.serial, __ATOMIC_RELAXED);
    else if (option == CURLSHOPT_UNSHARE)
        __atomic_store_n(&slot->heir, 0, __ATOMIC_RELAXED);
    return result;
}

/* A function of the program's that ends with a part of a form: a copy of a handle
 * owns a copy of its form, and calls it when it is closed. */
static bool has_parts; /* atomic */

SG_FUNCTION(curl_mime_data_cb);
SG_EXPORT CURLcode curl_mime_data_cb(curl_mimepart *part, curl_off_t size, curl_read_callback read,
                                     curl_seek_callback seek, curl_free_callback give, void *context)
{
    struct sg_site site = SG_SITE();
    __typeof__(&curl_mime_data_cb) real = sg_hook_route(&real_curl_mime_data_cb, site.caller).real;
    if (!real)
        return CURLE_FAILED_INIT;
    if (give)
        __atomic_store_n(&has_parts, true, __ATOMIC_RELAXED);
    return real(part, size, read, seek, give, context);
}

/* The copy has the same URL and callbacks, but is in no multi handle and uses
 * no share. */
SG_FUNCTION(curl_easy_duphandle);
SG_EXPORT CURL *curl_easy_duphandle(CURL *from)
{
    struct sg_site site = SG_SITE();
    struct sg_call call = sg_hook_route(&real_curl_easy_duphandle, site.caller);
    struct sg_handle *original = sg_known(&easy, (uintptr_t)from);
    void *own = original ? sg_hook_from(&real_curl_easy_duphandle, original->record.provider) : NULL;
    if (own) { /* of two libcurls, the one that made the original */
        call.provider = original->record.provider;
        call.real = own;
    }
    __typeof__(&curl_easy_duphandle) real = call.real;
    if (!real || call.is_internal)
        return real ? real(from) : NULL;
    sg_use(original);
    uint32_t serial = sg_serial_next();
    struct sg_scope outer = sg_scope_begin(serial, call.provider, &site);
    CURL *copy = real(from);
    sg_scope_end(outer);
    if (copy) {
        sg_opened(&easy, (uintptr_t)copy, &site, serial, call.provider);
        struct sg_handle *slot = sg_known(&easy, (uintptr_t)copy);
        if (original && slot) {
            sg_handle_peer(slot, original->record.peer);
            if (__atomic_load_n(&original->record.reason, __ATOMIC_RELAXED) == SG_REASON_CALLBACK)
                bar_closing(slot);
            else if (__atomic_load_n(&has_parts, __ATOMIC_RELAXED))
                __atomic_store_n(&slot->record.reason, SG_REASON_FORM, __ATOMIC_RELAXED);
        }
    }
    return copy;
}
