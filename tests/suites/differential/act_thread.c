/* Operations of output, time, locks and threads. */
#include "actor.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- output ---- */

void print(const long *args) { printf("%ld\n", args[0]); }
void flush(const long *args)
{
    (void)args;
    fflush(stdout);
}

void write_out(const long *args)
{
    char text[NAME];
    int length = 0;
    for (long rest = args[0]; length == 0 || rest; rest /= 10) /* a handler of signals may not print */
        text[length++] = (char)('0' + rest % 10);
    text[length++] = '\n';
    (void)!write(STDOUT_FILENO, text, (size_t)length);
}

void write_err(const long *args) { fprintf(stderr, "error %ld\n", args[0]); }

/* A file by its number, which says how often this was done. */
void append(const long *args)
{
    char name[NAME];
    snprintf(name, sizeof name, "file%ld", args[0]);
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "line\n", 5) != 5)
        failed("append");
    close(fd);
}

/* What is buffered comes with the end, if that is one that flushes. */
void append_buffered(const long *args)
{
    char name[NAME];
    snprintf(name, sizeof name, "file%ld", args[0]);
    FILE *file = fopen(name, "ae");
    if (file)
        fputs("buffered\n", file);
}

void read_line(const long *args)
{
    char line[NAME];
    (void)args;
    if (fgets(line, sizeof line, stdin))
        printf("read %s", line);
}

void close_stderr(const long *args)
{
    (void)args;
    if (fclose(stderr) != 0)
        _exit(95);
}

void close_stdout(const long *args)
{
    (void)args;
    if (fclose(stdout) != 0)
        _exit(94);
}

/* ---- time, locks, threads ---- */

void sleep_op(const long *args) { sleep_us(args[0]); }

void spin(const long *args)
{
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += args[0] * 1000;
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec);
}

void post(const long *args) { gates[args[0]]++; }

/* gate, how many */
void await(const long *args)
{
    while (gates[args[0]] < args[1])
        sleep_us(100);
}

void lock(const long *args) { pthread_mutex_lock(&locks[args[0]]); }
void unlock(const long *args) { pthread_mutex_unlock(&locks[args[0]]); }

void forever(const long *args)
{
    (void)args;
    for (;;)
        pause();
}

void forever_spinning(const long *args)
{
    (void)args;
    for (volatile unsigned long n = 0;; n = n + 1)
        ;
}

void forever_reading(const long *args)
{
    int ends[2];
    char data;
    (void)args;
    if (pipe2(ends, O_CLOEXEC) == 0)
        (void)!read(ends[0], &data, 1);
    forever(args);
}

void forever_allocating(const long *args)
{
    for (unsigned n = 1;; n++) {
        void *volatile kept[16];
        for (size_t i = 0; i < COUNT(kept); i++)
            kept[i] = malloc(n * 37 % 2000 + i);
        for (size_t i = 0; i < COUNT(kept); i++)
            free(kept[i]);
        if (args[0])
            sleep_us(args[0]);
    }
}

/* Holds a stream's lock, with something in its buffer. */
void forever_in_stdio(const long *args)
{
    static FILE *file;
    file = fopen("held", "we");
    fputs("held\n", file);
    flockfile(file);
    post(args);
    forever(args);
}

/* gate, time: opens, writes and closes data files, whose numbers may have been a connection's;
 * in the file stands "data" and nothing else. */
void write_files(const long *args)
{
    for (bool is_first = true;; is_first = false) {
        int fd = open("data", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        (void)!write(fd, "data\n", 5);
        if (is_first)
            post(args);
        sleep_us(args[1]);
        close(fd);
    }
}

void forever_waiting(const long *args)
{
    static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    (void)args;
    pthread_mutex_lock(&own);
    for (;;)
        pthread_cond_wait(&never, &own);
}

void block_signals(const long *args)
{
    sigset_t all;
    (void)args;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/* object, time */
void poll_object(const long *args)
{
    for (volatile long sum = 0;; sum = sum + *objects[args[0]])
        sleep_us(args[1]);
}

void destroy(const long *args)
{
    free(objects[args[0]]);
    objects[args[0]] = (int *)8;
}

/* list, time: what a thread would do if it went on so long after the end */
void late(const long *args)
{
    while (!row->is_over)
        sleep_us(1000);
    sleep_us(args[1]);
    run_list(args[0]);
}

static void *thread_main(void *number)
{
    run_list((long)(intptr_t)number);
    return NULL;
}

/* list, whether it is detached */
void thread(const long *args)
{
    struct list *list = &lists[args[0]];
    if (pthread_create(&list->thread, NULL, thread_main, (void *)(intptr_t)args[0]) != 0)
        failed("pthread_create");
    else if (args[1])
        pthread_detach(list->thread);
}

void join(const long *args) { pthread_join(lists[args[0]].thread, NULL); }

void cancel(const long *args)
{
    pthread_cancel(lists[args[0]].thread);
    pthread_join(lists[args[0]].thread, NULL);
}

static void key_destructor(void *number) { run_list((long)(intptr_t)number - 1); }

void key(const long *args)
{
    struct list *list = &lists[args[0]];
    pthread_key_create(&list->key, key_destructor);
    pthread_setspecific(list->key, (void *)(intptr_t)(args[0] + 1));
}
