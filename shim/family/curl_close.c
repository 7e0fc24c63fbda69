/* The type checks of the header are macros with the functions' names. */
#define CURL_DISABLE_TYPECHECK
#include "curl_close.h"
#include "hook.h"

#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_multi_setopt

/* The function of the library that made the handle. */
#define FROM(provider, function) ((__typeof__(&(function)))sg_hook_from(sg_hook_listed(#function), provider))

/* What a program has given libcurl to take memory from may be gone, with all
 * that was taken. */
static bool has_own_memory[SG_PROVIDERS]; /* atomic */

SG_FUNCTION(curl_global_init_mem);
SG_EXPORT CURLcode curl_global_init_mem(long flags, curl_malloc_callback take, curl_free_callback give,
                                        curl_realloc_callback retake, curl_strdup_callback copy,
                                        curl_calloc_callback take_zeroed)
{
    struct sg_site site = SG_SITE();
    struct sg_call call = sg_hook_route(&real_curl_global_init_mem, site.caller);
    __typeof__(&curl_global_init_mem) real = call.real;
    if (!real)
        return CURLE_FAILED_INIT;
    CURLcode result = real(flags, take, give, retake, copy, take_zeroed);
    if (result == CURLE_OK)
        __atomic_store_n(&has_own_memory[call.provider], true, __ATOMIC_RELAXED);
    return result;
}

/* An event loop's callbacks would be told of what is detached. */
SG_FUNCTION(curl_multi_setopt);
static void silence(CURLM *m, uint8_t provider)
{
    __typeof__(&curl_multi_setopt) set = FROM(provider, curl_multi_setopt);
    if (!set)
        return;
    set(m, CURLMOPT_SOCKETFUNCTION, NULL);
    set(m, CURLMOPT_TIMERFUNCTION, NULL);
    set(m, CURLMOPT_PUSHFUNCTION, NULL);
}

/* In place of the program's own: what comes is dropped, and nothing goes out. */
static size_t drop(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static size_t send_nothing(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)size;
    (void)count;
    (void)context;
    return CURL_READFUNC_ABORT;
}

static void forget_callbacks(CURL *h, __typeof__(&curl_easy_setopt) set)
{
    set(h, CURLOPT_VERBOSE, 0L);
    set(h, CURLOPT_DEBUGFUNCTION, NULL);
    set(h, CURLOPT_NOPROGRESS, 1L);
    set(h, CURLOPT_WRITEFUNCTION, drop);
    set(h, CURLOPT_HEADERFUNCTION, drop);
    set(h, CURLOPT_READFUNCTION, send_nothing);
}

/* The program never asked for these at its end, when it has forgotten the handle.
 * Without a name libcurl writes the alternatives to the file that they were read
 * from, unless that is only read; and what is shared to the name that it keeps. */
static void forget_files(CURL *h, __typeof__(&curl_easy_setopt) set)
{
    set(h, CURLOPT_SHARE, NULL);
    set(h, CURLOPT_COOKIEJAR, NULL);
    set(h, CURLOPT_ALTSVC_CTRL, (long)CURLALTSVC_READONLYFILE);
    set(h, CURLOPT_ALTSVC, NULL);
    set(h, CURLOPT_HSTS, NULL);
    set(h, CURLOPT_HSTSWRITEFUNCTION, NULL);
}

static void forget_waiting(CURL *h, __typeof__(&curl_easy_setopt) set)
{
#if LIBCURL_VERSION_NUM >= 0x075700
    set(h, CURLOPT_QUICK_EXIT, 1L); /* the thread that asks for an address is left alone, not waited for */
#else
    (void)h;
    (void)set;
#endif
}

enum sg_reason sg_curl_close_easy(const struct sg_closing *closing)
{
    CURL *h = (CURL *)closing->handle;      /* NOLINT(performance-no-int-to-ptr) */
    CURLM *m = (CURLM *)closing->member_of; /* NOLINT(performance-no-int-to-ptr) */
    __typeof__(&curl_easy_setopt) set = FROM(closing->provider, curl_easy_setopt);
    __typeof__(&curl_easy_cleanup) cleanup = FROM(closing->provider, curl_easy_cleanup);
    __typeof__(&curl_multi_remove_handle) detach = FROM(closing->provider, curl_multi_remove_handle);
    if (!set || !cleanup || !detach)
        return SG_REASON_UNLOADED;
    if (__atomic_load_n(&has_own_memory[closing->provider], __ATOMIC_RELAXED))
        return SG_REASON_CALLBACK;
    forget_callbacks(h, set);
    forget_waiting(h, set);
    if (m)
        silence(m, closing->provider);
    if (m && detach(m, h) != CURLM_OK)
        return SG_REASON_REFUSED;
    forget_files(h, set); /* only now it can leave its share */
    cleanup(h);
    return SG_REASON_NONE;
}

enum sg_reason sg_curl_close_multi(const struct sg_closing *closing)
{
    __typeof__(&curl_multi_cleanup) cleanup = FROM(closing->provider, curl_multi_cleanup);
    if (!cleanup)
        return SG_REASON_UNLOADED;
    if (__atomic_load_n(&has_own_memory[closing->provider], __ATOMIC_RELAXED))
        return SG_REASON_CALLBACK;
    silence((CURLM *)closing->handle, closing->provider); /* NOLINT(performance-no-int-to-ptr) */
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    return cleanup((CURLM *)closing->handle) == CURLM_OK ? SG_REASON_NONE : SG_REASON_REFUSED;
}

enum sg_reason sg_curl_close_share(const struct sg_closing *closing)
{
    __typeof__(&curl_share_cleanup) cleanup = FROM(closing->provider, curl_share_cleanup);
    if (!cleanup)
        return SG_REASON_UNLOADED;
    if (__atomic_load_n(&has_own_memory[closing->provider], __ATOMIC_RELAXED))
        return SG_REASON_CALLBACK;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    return cleanup((CURLSH *)closing->handle) == CURLSHE_OK ? SG_REASON_NONE : SG_REASON_REFUSED;
}
