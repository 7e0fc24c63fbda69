/* Plays a little program that generate.py has made: lists of operations, of which one
 * is main, and the others threads, handlers, children and what an exec becomes.
 *
 *   actor SCRIPT LIST LEDGER PORT
 *
 * In the ledger, a file that all its processes share, it keeps what is open, so that the
 * judge knows what a report has to say. Each operation that opens has a site of its own, a
 * function that stands in the stack. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef ACTOR_HAS_CURL
#include <curl/curl.h>
#endif

#define NOINLINE __attribute__((noinline))
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    LISTS = 64,
    OPS = 64,
    ARGS = 4,
    SLOTS = 512,
    GATES = 64,
    SITES = 96,
    OBJECTS = 8,
    QUEUES = 4,
    LOCKS = 8
};
enum { CHILDREN = 32, BUFFER = 4096, MICROSECONDS = 1000000, NAME = 64 };

/* ---- the ledger: judge.py reads it ---- */

enum { ROWS = 64 };

struct range {
    _Atomic int least, most;
};

struct row {
    _Atomic int pid, parent, how, is_over, is_waited_for, is_daemon, unused[2];
    struct range open[SITES];
    struct range inherited[SITES]; /* and still open */
    int had[SITES];                /* inherited, at its start */
};

struct ledger {
    _Atomic int rows, unused[7];
    struct row row[ROWS];
};

/* How a process ended; 0 stands for a signal or a last thread. */
enum how { HOW_NONE, HOW_EXIT, HOW_UNDERSCORE, HOW_QUICK, HOW_ABORT, HOW_EXEC, HOW_KILLED };

static struct ledger *ledger;
static struct row *row;
static _Thread_local bool is_ender; /* this thread ends the process: what it does is in order */

/* ---- what a program has ---- */

struct op {
    void (*run)(const long *args);
    long args[ARGS];
};

struct list {
    struct op ops[OPS];
    int count;
    pthread_t thread;
    pthread_key_t key;
};

enum type { NOTHING, DESCRIPTOR, STREAM, EASY, MULTI, SHARE };

struct slot {
    enum type type;
    int fd, site;
    void *handle;
    struct row *row; /* of the process that opened it */
};

struct queue {
    pthread_mutex_t lock;
    int slots[SLOTS], first, end;
};

static char **arguments;
static struct list lists[LISTS];
static struct slot slots[SLOTS];
static _Atomic int gates[GATES];
static struct queue queues[QUEUES];
static pthread_mutex_t locks[LOCKS];
static int *volatile objects[OBJECTS]; /* a destroyed one is a bad address */
static pid_t children[CHILDREN];
static int children_count;
static int static_list = -1, port, jitter;
static volatile int handler_lists[NSIG];
static sigjmp_buf back;
static bool returns;
static int return_status;

static void run_list(long number);

/* Sleeps its whole time, whatever signals come. */
static void sleep_us(long us)
{
    struct timespec rest = {us / MICROSECONDS, us % MICROSECONDS * 1000};
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        ;
}

/* Some runs are slower at random places. */
static void be_late(void)
{
    static _Thread_local unsigned state;
    if (!jitter)
        return;
    if (!state)
        state = (unsigned)(getpid() ^ (int)(intptr_t)&state ^ (int)clock());
    if (rand_r(&state) % 4 == 0)
        sleep_us(rand_r(&state) % jitter);
}

/* ---- the ledger is kept ---- */

static void begin_row(void)
{
    int number = ledger->rows++;
    struct row *parent = row;
    if (number >= ROWS)
        abort();
    row = &ledger->row[number];
    row->pid = getpid();
    row->parent = getppid();
    for (int i = 0; parent && i < SITES; i++) {
        row->inherited[i].least = parent->open[i].least + parent->inherited[i].least;
        row->inherited[i].most = parent->open[i].most + parent->inherited[i].most;
        row->had[i] = row->inherited[i].most;
    }
}

/* From here on other threads may be stopped at any time. */
static void ending(enum how how)
{
    int none = HOW_NONE;
    if (atomic_compare_exchange_strong(&row->how, &none, how))
        is_ender = true;
    if (how != HOW_EXIT)
        row->is_over = 1;
}

static bool is_uncertain(void) { return row->how != HOW_NONE && !is_ender; }

static void will_open(int site) { row->open[site].most++; }
static void has_opened(int site)
{
    if (!is_uncertain())
        row->open[site].least++;
}

static struct range *range_of(const struct slot *slot)
{
    return slot->row == row ? &row->open[slot->site] : &row->inherited[slot->site];
}

static void will_close(const struct slot *slot)
{
    if (slot->type != NOTHING)
        range_of(slot)->least--;
}

static void has_closed(struct slot *slot)
{
    if (slot->type != NOTHING && !is_uncertain())
        range_of(slot)->most--;
    slot->type = NOTHING;
}

static void failed(const char *what)
{
    char text[NAME];
    int length = snprintf(text, sizeof text, "%s fails: %d\n", what, errno);
    (void)!write(STDOUT_FILENO, text, (size_t)length);
}

/* ---- opening: args are site, slot and more ---- */

static void set(long site, long slot, enum type type, int fd, void *handle)
{
    slots[slot] = (struct slot){type, fd, (int)site, handle, row};
    has_opened((int)site);
}

static void open_descriptor(long site, long slot, int fd, const char *what)
{
    if (fd < 0) {
        row->open[site].most--;
        failed(what);
        return;
    }
    set(site, slot, DESCRIPTOR, fd, NULL);
}

static int cloexec(long flag) { return flag ? SOCK_CLOEXEC : 0; }

static void open_tcp(const long *args)
{
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], socket(AF_INET, SOCK_STREAM | cloexec(args[2]), 0), "socket");
}

static void open_udp(const long *args)
{
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], socket(AF_INET, SOCK_DGRAM | cloexec(args[2]), 0), "socket");
}

static void open_unix(const long *args)
{
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], socket(AF_UNIX, SOCK_STREAM | cloexec(args[2]), 0), "socket");
}

/* Fills two slots. */
static void open_pair(const long *args)
{
    int pair[2];
    will_open((int)args[0]);
    will_open((int)args[0]);
    if (socketpair(AF_UNIX, SOCK_STREAM | cloexec(args[2]), 0, pair) < 0)
        pair[0] = pair[1] = -1;
    open_descriptor(args[0], args[1], pair[0], "socketpair");
    open_descriptor(args[0], args[1] + 1, pair[1], "socketpair");
}

/* To the harness, which is told the slot's number. */
static void open_peer(const long *args)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char text[NAME];
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    will_open((int)args[0]);
    int fd = socket(AF_INET, SOCK_STREAM | cloexec(args[2]), 0);
    open_descriptor(args[0], args[1], fd, "socket");
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        failed("connect");
    int length = snprintf(text, sizeof text, "raw %ld\n", args[1]);
    if (send(fd, text, (size_t)length, MSG_NOSIGNAL) < 0)
        failed("send");
}

/* A listener of this program's and a connection to it: the accepted end has a slot, the
 * others are closed. */
static void open_accepted(const long *args)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int from = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &length) < 0 ||
        connect(from, (struct sockaddr *)&at, sizeof at) < 0)
        failed("listen");
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], accept4(listener, NULL, NULL, cloexec(args[2])), "accept");
    close(from);
    close(listener);
}

/* site, slot, from */
static void open_copy(const long *args)
{
    will_open((int)args[0]);
    open_descriptor(args[0], args[1], dup(slots[args[2]].fd), "dup");
}

/* site, slot, from: over what the slot has */
static void open_over(const long *args)
{
    struct slot old = slots[args[1]];
    will_open((int)args[0]);
    will_close(&old);
    int fd = dup2(slots[args[2]].fd, old.fd);
    has_closed(&old);
    open_descriptor(args[0], args[1], fd, "dup2");
}

#ifdef ACTOR_HAS_CURL
static size_t sink(char *data, size_t size, size_t count, void *unused)
{
    (void)data;
    (void)unused;
    return size * count;
}

static void open_handle(const long *args, enum type type, void *handle)
{
    if (!handle) {
        row->open[args[0]].most--;
        failed("handle");
        return;
    }
    set(args[0], args[1], type, -1, handle);
}

static void set_up(CURL *handle, long slot)
{
    char url[NAME];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/%ld", port, slot);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, sink);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
}

/* site, first slot, how many */
static void open_easy(const long *args)
{
    for (long i = 0; i < args[2]; i++) {
        const long one[ARGS] = {args[0], args[1] + i};
        will_open((int)args[0]);
        CURL *handle = curl_easy_init();
        open_handle(one, EASY, handle);
        if (handle)
            set_up(handle, one[1]);
    }
}

/* site, slot, from */
static void open_easy_copy(const long *args)
{
    will_open((int)args[0]);
    open_handle(args, EASY, curl_easy_duphandle(slots[args[2]].handle));
}

static void open_multi(const long *args)
{
    will_open((int)args[0]);
    open_handle(args, MULTI, curl_multi_init());
}

static void open_share(const long *args)
{
    will_open((int)args[0]);
    CURLSH *share = curl_share_init();
    open_handle(args, SHARE, share);
    if (share)
        curl_share_setopt(share, CURLSHOPT_SHARE, (curl_lock_data)CURL_LOCK_DATA_CONNECT);
}

static void perform(const long *args)
{
    CURLcode code = curl_easy_perform(slots[args[0]].handle);
    if (code != CURLE_OK)
        printf("perform %ld: %d\n", args[0], (int)code);
}

/* multi, easy */
static void add(const long *args)
{
    CURLMcode code = curl_multi_add_handle(slots[args[0]].handle, slots[args[1]].handle);
    if (code != CURLM_OK)
        printf("add %ld: %d\n", args[1], (int)code);
}

static void take_out(const long *args)
{
    curl_multi_remove_handle(slots[args[0]].handle, slots[args[1]].handle);
}

static void multi_perform(const long *args)
{
    int running = 1;
    while (running && curl_multi_perform(slots[args[0]].handle, &running) == CURLM_OK)
        curl_multi_poll(slots[args[0]].handle, NULL, 0, 1, NULL);
}

/* share, easy */
static void share_with(const long *args)
{
    curl_easy_setopt(slots[args[1]].handle, CURLOPT_SHARE, slots[args[0]].handle);
}

static void close_handle(struct slot *slot)
{
    if (slot->type == EASY)
        curl_easy_cleanup(slot->handle);
    else if (slot->type == MULTI)
        curl_multi_cleanup(slot->handle);
    else if (slot->type == SHARE && curl_share_cleanup(slot->handle) != CURLSHE_OK)
        failed("curl_share_cleanup");
}

/* queue, time between: a worker that takes handles, runs them and closes them */
static void work(const long *args)
{
    struct queue *queue = &queues[args[0]];
    for (;;) {
        sleep_us(args[1]);
        pthread_mutex_lock(&queue->lock);
        int slot = queue->first < queue->end ? queue->slots[queue->first++] : -1;
        pthread_mutex_unlock(&queue->lock);
        if (slot < 0)
            continue;
        will_close(&slots[slot]);
        curl_easy_setopt(slots[slot].handle, CURLOPT_USERAGENT,
                         "a worker with a name that is long enough to be kept");
        (void)curl_easy_perform(slots[slot].handle);
        curl_easy_cleanup(slots[slot].handle);
        has_closed(&slots[slot]);
    }
}
#else
static void close_handle(struct slot *slot) { (void)slot; }
#endif

/* ---- using and closing ---- */

/* queue, slot, how many */
static void put(const long *args)
{
    struct queue *queue = &queues[args[0]];
    pthread_mutex_lock(&queue->lock);
    for (long i = 0; i < args[2]; i++)
        queue->slots[queue->end++] = (int)(args[1] + i);
    pthread_mutex_unlock(&queue->lock);
}

static void close_slot(const long *args)
{
    struct slot *slot = &slots[args[0]];
    will_close(slot);
    if (slot->type == DESCRIPTOR && close(slot->fd) < 0)
        failed("close");
    else if (slot->type == STREAM && fclose(slot->handle) != 0)
        failed("fclose");
    else
        close_handle(slot);
    has_closed(slot);
}

/* Unseen by a library that hooks functions. */
static void close_raw(const long *args)
{
    struct slot *slot = &slots[args[0]];
    will_close(slot);
    syscall(SYS_close, slot->fd);
    has_closed(slot);
}

static void make_stream(const long *args)
{
    struct slot *slot = &slots[args[0]];
    slot->handle = fdopen(slot->fd, "r+");
    if (slot->handle)
        slot->type = STREAM;
}

/* slot, how many bytes */
static void tell(const long *args)
{
    char data[BUFFER];
    memset(data, 'a' + (int)(args[0] % 20), sizeof data);
    size_t length = args[1] < BUFFER ? (size_t)args[1] : BUFFER;
    if (send(slots[args[0]].fd, data, length, MSG_NOSIGNAL) != (ssize_t)length)
        failed("send");
}

/* The harness answers to this, and the answer is waited for. */
static void ask(const long *args)
{
    char answer[NAME];
    int fd = slots[args[0]].fd;
    if (send(fd, "ask\n", 4, MSG_NOSIGNAL) < 0 || recv(fd, answer, 4, MSG_WAITALL) != 4)
        failed("ask");
}

static void shut_down(const long *args)
{
    if (shutdown(slots[args[0]].fd, (int)args[1]) < 0)
        failed("shutdown");
}

/* slot, time: writes until it cannot, the letter that nothing else writes */
static void heartbeat(const long *args)
{
    for (;;) {
        if (send(slots[args[0]].fd, "z", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
            _exit(97);
        sleep_us(args[1]);
    }
}

/* slot: a reader that takes the end of its connection for the end of the world */
static void expect_no_end(const long *args)
{
    char data[NAME];
    for (;;)
        if (recv(slots[args[0]].fd, data, sizeof data, 0) <= 0)
            _exit(96);
}

/* ---- output ---- */

static void print(const long *args) { printf("%ld\n", args[0]); }
static void flush(const long *args)
{
    (void)args;
    fflush(stdout);
}

static void write_out(const long *args)
{
    char text[NAME];
    int length = 0;
    for (long rest = args[0]; length == 0 || rest; rest /= 10) /* a handler of signals may not print */
        text[length++] = (char)('0' + rest % 10);
    text[length++] = '\n';
    (void)!write(STDOUT_FILENO, text, (size_t)length);
}

static void write_err(const long *args) { fprintf(stderr, "error %ld\n", args[0]); }

/* A file by its number, which says how often this was done. */
static void append(const long *args)
{
    char name[NAME];
    snprintf(name, sizeof name, "file%ld", args[0]);
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "line\n", 5) != 5)
        failed("append");
    close(fd);
}

/* What is buffered comes with the end, if that is one that flushes. */
static void append_buffered(const long *args)
{
    char name[NAME];
    snprintf(name, sizeof name, "file%ld", args[0]);
    FILE *file = fopen(name, "ae");
    if (file)
        fputs("buffered\n", file);
}

static void read_line(const long *args)
{
    char line[NAME];
    (void)args;
    if (fgets(line, sizeof line, stdin))
        printf("read %s", line);
}

static void close_stderr(const long *args)
{
    (void)args;
    if (fclose(stderr) != 0)
        _exit(95);
}

static void close_stdout(const long *args)
{
    (void)args;
    if (fclose(stdout) != 0)
        _exit(94);
}

/* ---- time, locks, threads ---- */

static void sleep_op(const long *args) { sleep_us(args[0]); }

static void spin(const long *args)
{
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += args[0] * 1000;
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec);
}

static void post(const long *args) { gates[args[0]]++; }

/* gate, how many */
static void await(const long *args)
{
    while (gates[args[0]] < args[1])
        sleep_us(100);
}

static void lock(const long *args) { pthread_mutex_lock(&locks[args[0]]); }
static void unlock(const long *args) { pthread_mutex_unlock(&locks[args[0]]); }

static void forever(const long *args)
{
    (void)args;
    for (;;)
        pause();
}

static void forever_spinning(const long *args)
{
    (void)args;
    for (volatile unsigned long n = 0;; n = n + 1)
        ;
}

static void forever_reading(const long *args)
{
    int ends[2];
    char data;
    (void)args;
    if (pipe2(ends, O_CLOEXEC) == 0)
        (void)!read(ends[0], &data, 1);
    forever(args);
}

static void forever_allocating(const long *args)
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
static void forever_in_stdio(const long *args)
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
static void write_files(const long *args)
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

static void forever_waiting(const long *args)
{
    static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    (void)args;
    pthread_mutex_lock(&own);
    for (;;)
        pthread_cond_wait(&never, &own);
}

static void block_signals(const long *args)
{
    sigset_t all;
    (void)args;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/* object, time */
static void poll_object(const long *args)
{
    for (volatile long sum = 0;; sum = sum + *objects[args[0]])
        sleep_us(args[1]);
}

static void destroy(const long *args)
{
    free(objects[args[0]]);
    objects[args[0]] = (int *)8;
}

/* list, time: what a thread would do if it went on so long after the end */
static void late(const long *args)
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
static void thread(const long *args)
{
    struct list *list = &lists[args[0]];
    if (pthread_create(&list->thread, NULL, thread_main, (void *)(intptr_t)args[0]) != 0)
        failed("pthread_create");
    else if (args[1])
        pthread_detach(list->thread);
}

static void join(const long *args) { pthread_join(lists[args[0]].thread, NULL); }

static void cancel(const long *args)
{
    pthread_cancel(lists[args[0]].thread);
    pthread_join(lists[args[0]].thread, NULL);
}

static void key_destructor(void *number) { run_list((long)(intptr_t)number - 1); }

static void key(const long *args)
{
    struct list *list = &lists[args[0]];
    pthread_key_create(&list->key, key_destructor);
    pthread_setspecific(list->key, (void *)(intptr_t)(args[0] + 1));
}

/* ---- handlers at the end ---- */

static long exit_lists[LISTS], quick_lists[LISTS];
static int exit_count, quick_count;

static void exit_handler(void) { run_list(exit_lists[--exit_count]); }
static void quick_handler(void) { run_list(quick_lists[--quick_count]); }
static void on_exit_handler(int status, void *number)
{
    printf("status %d\n", status);
    run_list((long)(intptr_t)number);
}

static void at_exit(const long *args)
{
    exit_lists[exit_count++] = args[0];
    atexit(exit_handler);
}

static void at_quick(const long *args)
{
    quick_lists[quick_count++] = args[0];
    at_quick_exit(quick_handler);
}

static void on_exit_op(const long *args) { on_exit(on_exit_handler, (void *)(intptr_t)args[0]); }

__attribute__((destructor(101))) static void be_over(void)
{
    if (row)
        row->is_over = 1;
}

__attribute__((destructor)) static void static_destructor(void)
{
    if (static_list >= 0)
        run_list(static_list);
}

/* ---- signals ---- */

static void handler(int number)
{
    int error = errno;
    if (handler_lists[number] >= 0)
        run_list(handler_lists[number]);
    errno = error;
}

/* signal, list: -1 for a handler that does nothing */
static void on_signal(const long *args)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    handler_lists[args[0]] = (int)args[1];
    sigaction((int)args[0], &action, NULL);
}

static void ignore(const long *args) { signal((int)args[0], SIG_IGN); }

static void jump_back(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

/* 0: abort, 1: a failed assertion; survived, as harnesses of tests do */
static void survive(const long *args)
{
    static const char *volatile text;
    struct sigaction action = {.sa_handler = jump_back}, old;
    sigaction(SIGABRT, &action, &old);
    if (sigsetjmp(back, 1) == 0) {
        if (args[0] == 0)
            abort();
        assert(text);
    }
    sigaction(SIGABRT, &old, NULL);
}

/* time, and how often again */
static void alarm_op(const long *args)
{
    struct itimerval timer = {{0, args[1]}, {args[0] / MICROSECONDS, args[0] % MICROSECONDS}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void raise_op(const long *args)
{
    if (handler_lists[args[0]] == -2)
        row->how = HOW_KILLED;
    raise((int)args[0]);
}

static void kill_group(const long *args) { kill(0, (int)args[0]); }

/* time, signal: a child that sends it if the process is there so long after its end */
static void assassin(const long *args)
{
    pid_t parent = getpid();
    if (fork() != 0)
        return;
    signal((int)args[1], SIG_IGN);
    while (!row->is_over && getppid() == parent)
        sleep_us(500);
    sleep_us(args[0]);
    if (getppid() == parent)
        kill(parent, (int)args[1]);
    syscall(SYS_exit_group, 0);
}

/* signal, how often, time between: a child that sends it to the group, as a second Ctrl-C does */
static void spam(const long *args)
{
    pid_t parent = getpid();
    if (fork() != 0)
        return;
    signal((int)args[0], SIG_IGN);
    for (long i = 0; i < args[1] && getppid() == parent; i++) {
        sleep_us(args[2]);
        kill(0, (int)args[0]);
    }
    syscall(SYS_exit_group, 0);
}

/* ---- children ---- */

static void child_main(long list)
{
    children_count = 0;
    begin_row();
    run_list(list);
    ending(HOW_UNDERSCORE);
    _exit(0);
}

static void fork_op(const long *args)
{
    pid_t child = fork();
    if (child == 0)
        child_main(args[0]);
    children[children_count++] = child;
}

/* It goes on when its parent is gone. */
static void daemon_op(const long *args)
{
    pid_t parent = getpid();
    if (fork() != 0)
        return;
    setsid();
    children_count = 0;
    begin_row();
    row->is_daemon = 1;
    while (getppid() == parent)
        sleep_us(500);
    run_list(args[0]);
    ending(HOW_UNDERSCORE);
    _exit(0);
}

static char **arguments_of(long list)
{
    static _Thread_local char number[NAME];
    static _Thread_local char *words[6];
    memcpy(words, arguments, 5 * sizeof *words);
    snprintf(number, sizeof number, "%ld", list);
    words[2] = number;
    return words;
}

static void vfork_op(const long *args)
{
    char **words = arguments_of(args[0]);
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0) {
        execv("/proc/self/exe", words);
        _exit(1);
    }
    children[children_count++] = child;
}

static int cloned(void *how)
{
    long way = *(const long *)how;
    if (way == 1 || way == 2) {
        int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
        if (way == 1)
            syscall(SYS_close, fd);
    }
    if (way == 3) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        close(fd);
    }
    if (way == 4)
        (void)!socket(AF_INET, SOCK_STREAM, 0);
    _exit(7);
}

/* What the child does, whether it has a TLS block of its own. */
static void clone_op(const long *args)
{
    static char stack[1 << 16] __attribute__((aligned(16)));
    static char block[1 << 17] __attribute__((aligned(64)));
    int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (args[1] ? CLONE_SETTLS : 0);
    long way = args[0];
    children[children_count++] =
        clone(cloned, stack + sizeof stack, flags, &way, NULL, block + sizeof block / 2, NULL);
}

static void wait_op(const long *args)
{
    (void)args;
    for (int i = 0; i < children_count; i++) {
        int status = 0;
        if (waitpid(children[i], &status, 0) < 0)
            failed("wait");
        printf("child %d: status %x\n", i, (unsigned)status);
        for (int n = 0; n < ledger->rows && n < ROWS; n++)
            if (ledger->row[n].pid == children[i])
                ledger->row[n].is_waited_for = 1;
    }
    children_count = 0;
}

/* ---- limits ---- */

static void umask_op(const long *args) { umask((mode_t)args[0]); }

/* resource, soft limit */
static void limit(const long *args)
{
    struct rlimit both;
    getrlimit((int)args[0], &both);
    both.rlim_cur = (rlim_t)args[1];
    setrlimit((int)args[0], &both);
}

static void directory(const long *args)
{
    (void)args;
    if (mkdir("folder", 0700) < 0 || chdir("folder") < 0)
        failed("folder");
}

/* ---- ends ---- */

static void end_return(const long *args)
{
    returns = true;
    return_status = (int)args[0];
}

static void end_exit(const long *args)
{
    ending(HOW_EXIT);
    exit((int)args[0]);
}

static void end_underscore(const long *args)
{
    ending(HOW_UNDERSCORE);
    _exit((int)args[0]);
}

static void end_c99(const long *args)
{
    ending(HOW_UNDERSCORE);
    _Exit((int)args[0]);
}

static void end_quick(const long *args)
{
    ending(HOW_QUICK);
    quick_exit((int)args[0]);
}

static void end_abort(const long *args)
{
    (void)args;
    ending(HOW_ABORT);
    abort();
}

static void end_assert(const long *args)
{
    ending(HOW_ABORT);
    assert(args[0] == -1);
}

static void end_assert_perror(const long *args)
{
    ending(HOW_ABORT);
    assert_perror((int)args[0]);
}

static void end_thread(const long *args)
{
    (void)args;
    pthread_exit(NULL);
}

static void end_exec(const long *args)
{
    char **words = arguments_of(args[0]);
    fflush(stdout);
    ending(HOW_EXEC);
    execv("/proc/self/exe", words);
    failed("exec");
}

/* By a system call of its own, which nobody sees. */
static void end_raw(const long *args)
{
    ending(HOW_KILLED);
    syscall(SYS_exit_group, (int)args[0]);
}

/* ---- sites: one function for each operation that opens ---- */

typedef void opener(const long *args);

#define SITE(n)                                                                                              \
    static NOINLINE void site_##n(opener *open, const long *args)                                            \
    {                                                                                                        \
        open(args);                                                                                          \
        __asm__ volatile("" ::"r"(args) : "memory");                                                         \
    }
#define ROW_OF(macro, n)                                                                                     \
    macro(n##0) macro(n##1) macro(n##2) macro(n##3) macro(n##4) macro(n##5) macro(n##6) macro(n##7)          \
        macro(n##8) macro(n##9)
#define ALL(macro)                                                                                           \
    ROW_OF(macro, 1)                                                                                         \
    ROW_OF(macro, 2)                                                                                         \
    ROW_OF(macro, 3) ROW_OF(macro, 4) ROW_OF(macro, 5) ROW_OF(macro, 6) ROW_OF(macro, 7) ROW_OF(macro, 8)
ALL(SITE)
#define NAMED(n) [n] = site_##n,
static void (*const sites[SITES])(opener *, const long *) = {ALL(NAMED)};

/* ---- the script ---- */

static const struct operation {
    const char *name;
    opener *run, *open;
} operations[] = {
    {"tcp", .open = open_tcp},
    {"udp", .open = open_udp},
    {"unix", .open = open_unix},
    {"pair", .open = open_pair},
    {"peer", .open = open_peer},
    {"accepted", .open = open_accepted},
    {"copy", .open = open_copy},
    {"over", .open = open_over},
#ifdef ACTOR_HAS_CURL
    {"easy", .open = open_easy},
    {"easy_copy", .open = open_easy_copy},
    {"multi", .open = open_multi},
    {"share", .open = open_share},
    {"perform", .run = perform},
    {"add", .run = add},
    {"take_out", .run = take_out},
    {"multi_perform", .run = multi_perform},
    {"share_with", .run = share_with},
    {"work", .run = work},
#endif
    {"put", .run = put},
    {"close", .run = close_slot},
    {"close_raw", .run = close_raw},
    {"stream", .run = make_stream},
    {"tell", .run = tell},
    {"ask", .run = ask},
    {"shutdown", .run = shut_down},
    {"heartbeat", .run = heartbeat},
    {"expect_no_end", .run = expect_no_end},
    {"write_files", .run = write_files},
    {"print", .run = print},
    {"flush", .run = flush},
    {"write", .run = write_out},
    {"write_err", .run = write_err},
    {"append", .run = append},
    {"append_buffered", .run = append_buffered},
    {"read_line", .run = read_line},
    {"close_stderr", .run = close_stderr},
    {"close_stdout", .run = close_stdout},
    {"sleep", .run = sleep_op},
    {"spin", .run = spin},
    {"post", .run = post},
    {"await", .run = await},
    {"lock", .run = lock},
    {"unlock", .run = unlock},
    {"forever", .run = forever},
    {"forever_spinning", .run = forever_spinning},
    {"forever_reading", .run = forever_reading},
    {"forever_allocating", .run = forever_allocating},
    {"forever_in_stdio", .run = forever_in_stdio},
    {"forever_waiting", .run = forever_waiting},
    {"block_signals", .run = block_signals},
    {"poll_object", .run = poll_object},
    {"destroy", .run = destroy},
    {"late", .run = late},
    {"thread", .run = thread},
    {"join", .run = join},
    {"cancel", .run = cancel},
    {"key", .run = key},
    {"at_exit", .run = at_exit},
    {"at_quick", .run = at_quick},
    {"on_exit", .run = on_exit_op},
    {"on_signal", .run = on_signal},
    {"ignore", .run = ignore},
    {"survive", .run = survive},
    {"alarm", .run = alarm_op},
    {"raise", .run = raise_op},
    {"kill_group", .run = kill_group},
    {"assassin", .run = assassin},
    {"spam", .run = spam},
    {"fork", .run = fork_op},
    {"daemon", .run = daemon_op},
    {"vfork", .run = vfork_op},
    {"clone", .run = clone_op},
    {"wait", .run = wait_op},
    {"umask", .run = umask_op},
    {"limit", .run = limit},
    {"directory", .run = directory},
    {"return", .run = end_return},
    {"exit", .run = end_exit},
    {"_exit", .run = end_underscore},
    {"_Exit", .run = end_c99},
    {"quick_exit", .run = end_quick},
    {"abort", .run = end_abort},
    {"assert", .run = end_assert},
    {"assert_perror", .run = end_assert_perror},
    {"pthread_exit", .run = end_thread},
    {"exec", .run = end_exec},
    {"raw_exit", .run = end_raw},
};

static opener *opener_of[LISTS][OPS];

static void run_list(long number)
{
    const struct list *list = &lists[number];
    for (int i = 0; i < list->count; i++) {
        const long *args = list->ops[i].args;
        be_late();
        if (opener_of[number][i])
            sites[args[0]](opener_of[number][i], args);
        else
            list->ops[i].run(args);
        if (list->ops[i].run == end_return)
            return;
    }
}

static void parse(const char *path)
{
    char line[BUFFER], name[NAME];
    long args[ARGS];
    int list = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        memset(args, 0, sizeof args);
        if (line[0] == '#' ||
            sscanf(line, "%63s %ld %ld %ld %ld", name, &args[0], &args[1], &args[2], &args[3]) < 1)
            continue;
        size_t n = 0;
        if (strcmp(name, "list") == 0) {
            list = (int)args[0];
        } else if (strcmp(name, "static") == 0) {
            static_list = (int)args[0];
        } else {
            while (n < COUNT(operations) && strcmp(operations[n].name, name) != 0)
                n++;
            if (n == COUNT(operations)) {
                fprintf(stderr, "%s: no such operation\n", name);
                _exit(93);
            }
            struct op *op = &lists[list].ops[lists[list].count];
            op->run = operations[n].run;
            memcpy(op->args, args, sizeof args);
            opener_of[list][lists[list].count++] = operations[n].open;
        }
    }
    if (file)
        fclose(file);
}

int main(int count, char **words)
{
    if (count < 5)
        return 93;
    arguments = words;
    const char *slow = getenv("ACTOR_JITTER");
    jitter = slow ? atoi(slow) : 0;
    parse(words[1]);
    port = atoi(words[4]);
    int fd = open(words[3], O_RDWR | O_CLOEXEC);
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (ledger == MAP_FAILED)
        return 93;
    begin_row();
    for (int i = 0; i < NSIG; i++)
        handler_lists[i] = -2;
    for (size_t i = 0; i < COUNT(locks); i++)
        pthread_mutex_init(&locks[i], NULL);
    for (size_t i = 0; i < COUNT(queues); i++)
        pthread_mutex_init(&queues[i].lock, NULL);
    for (size_t i = 0; i < COUNT(objects); i++)
        objects[i] = calloc(1, sizeof *objects[i]);
#ifdef ACTOR_HAS_CURL
    curl_global_init(CURL_GLOBAL_DEFAULT);
#endif
    run_list(atoi(words[2]));
    ending(HOW_EXIT);
    return return_status;
}
