/* The ways for a process to end which leave time for a report. When it does,
 * a socket is open, stdout holds half a line, and one line of stdin is read. */
#ifndef CASE_ENDS_H
#define CASE_ENDS_H

#undef NDEBUG
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *end_way;
static int end_status;

static int ends_by(const char *way) { return strcmp(end_way, way) == 0; }
static void end_atexit(void) { exit(end_status); }
static void end_signal(int number) { exit(end_status + 0 * number); }
static int end_compare(const void *a, const void *b) { exit(end_status + 0 * (a == b)); }
static void *end_thread(void *unused)
{
    exit(end_status);
    return unused;
}

static int end_begin(int count, char **words)
{
    char line[16] = "";
    end_way = words[count - 2];
    end_status = atoi(words[count - 1]);
    printf("read %.3s, not flushed", fgets(line, sizeof line, stdin));
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int end_now(void)
{
    pthread_t thread;
    int two[2] = {1, 2};
    if (ends_by("exit"))
        exit(end_status);
    if (ends_by("_exit"))
        _exit(end_status);
    if (ends_by("_Exit"))
        _Exit(end_status);
    if (ends_by("quick_exit"))
        quick_exit(end_status);
    if (ends_by("abort"))
        abort();
    assert(!ends_by("assert"));
    if (ends_by("pthread_exit"))
        pthread_exit(NULL);
    if (ends_by("callback"))
        qsort(two, 2, sizeof two[0], end_compare);
    if (ends_by("thread") && pthread_create(&thread, NULL, end_thread, NULL) == 0)
        pthread_join(thread, NULL);
    if (ends_by("atexit") || ends_by("twice"))
        atexit(end_atexit);
    if (ends_by("twice"))
        exit(end_status + 1);
    if (ends_by("handler") && signal(SIGUSR1, end_signal) == SIG_DFL)
        raise(SIGUSR1);
    return end_status;
}

#endif
