/* The process ends while threads are at work, at whatever point they are. What
 * is closed and what is skipped differs from run to run; nothing else may. */
#include "situations.h"

#include <unistd.h>

#define THREADS 4

/* Starts the threads and ends the process as soon as each has done something. */
static int end_amid(void *(*run)(void *), void *context)
{
    live();
    for (int i = 0; i < THREADS; i++)
        in_thread(run, context);
    await(THREADS);
    return STATUS;
}

static size_t tell_once(char *data, size_t size, size_t count, void *is_told)
{
    (void)data;
    if (!*(bool *)is_told)
        tell();
    *(bool *)is_told = true;
    return size * count;
}

static void *perform_again(void *unused)
{
    bool is_told = false;
    (void)unused;
    CURL *kept = prepared(curl_easy_init());
    curl_easy_setopt(kept, CURLOPT_WRITEFUNCTION, tell_once);
    curl_easy_setopt(kept, CURLOPT_WRITEDATA, &is_told);
    for (;;) {
        CURL *copy = curl_easy_duphandle(kept);
        curl_easy_perform(kept);
        curl_easy_cleanup(copy);
    }
    return NULL;
}
static int performing(void) { return end_amid(perform_again, NULL); }

/* Without exit handlers, OpenSSL's among them, which leave the threads at work. */
static int performing_exit(void) { _exit(performing()); }

static void *poll_again(void *unused)
{
    bool is_told = false;
    int running = 0;
    (void)unused;
    CURLM *multi = curl_multi_init();
    CURL *easy = prepared(curl_easy_init());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, tell_once);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &is_told);
    for (;;) {
        curl_multi_add_handle(multi, easy);
        do {
            curl_multi_perform(multi, &running);
            curl_multi_poll(multi, NULL, 0, 1, NULL);
        } while (running);
        curl_multi_remove_handle(multi, easy);
    }
    return NULL;
}
static int polling(void) { return end_amid(poll_again, NULL); }
static int polling_exit(void) { _exit(polling()); }

/* The handles are main()'s; each thread works on one, call after call. */
static void *perform_mains(void *easies)
{
    static int n_taken; /* atomic */
    bool is_told = false;
    CURL *easy = ((CURL **)easies)[__atomic_fetch_add(&n_taken, 1, __ATOMIC_RELAXED)];
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, tell_once);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &is_told);
    for (;;)
        curl_easy_perform(easy);
    return NULL;
}
static int performing_mains(void)
{
    static CURL *easies[THREADS];
    for (int i = 0; i < THREADS; i++)
        easies[i] = prepared(curl_easy_init());
    return end_amid(perform_mains, easies);
}

/* A thread opens, tells, and is gone at about the time when the process ends:
 * without exit handlers, as a thread that ends after OpenSSL's has run can crash in
 * OpenSSL, with or without us. */
static void *open_and_end(void *unused)
{
    must(pthread_detach(pthread_self()) == 0, "pthread_detach");
    live();
    tell();
    return unused;
}
static int ending(void) { _exit(end_amid(open_and_end, NULL)); }

/* Sixteen threads with as many handles each; half of them has ended. */
static void *open_many(void *has_to_stay)
{
    for (int i = 0; i < 16; i++)
        prepared(curl_easy_init());
    live();
    tell();
    if (has_to_stay)
        hang();
    return NULL;
}
static int leaking(void)
{
    static bool yes;
    pthread_t threads[16];
    for (int i = 0; i < 16; i++)
        threads[i] = in_thread(open_many, i % 2 ? &yes : NULL);
    for (int i = 0; i < 16; i += 2)
        must(pthread_join(threads[i], NULL) == 0, "pthread_join");
    await(16);
    return STATUS;
}

/* One thread ends the process while another one does. */
static void *leave(void *unused)
{
    live();
    tell();
    _exit(STATUS);
    return unused;
}
static int ending_twice(void)
{
    live();
    in_thread(leave, NULL);
    await(1);
    return STATUS;
}

const struct situation races[] = {
    {"performing", performing},
    {"performing_exit", performing_exit},
    {"performing_mains", performing_mains},
    {"polling", polling},
    {"polling_exit", polling_exit},
    {"ending", ending},
    {"ending_twice", ending_twice},
    {"leaking", leaking},
    {0},
};
