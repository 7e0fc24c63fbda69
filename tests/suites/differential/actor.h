/* What the files of the actor share. */
#ifndef ACTOR_H
#define ACTOR_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

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

extern struct ledger *ledger;
extern struct row *row;
extern _Thread_local bool is_ender; /* this thread ends the process: what it does is in order */

/* ---- what a program has ---- */

typedef void opener(const long *args);

struct op {
    opener *run, *open; /* one of them: what opens is called by its site */
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

extern char **arguments;
extern struct list lists[LISTS];
extern struct slot slots[SLOTS];
extern _Atomic int gates[GATES];
extern struct queue queues[QUEUES];
extern pthread_mutex_t locks[LOCKS];
extern int *volatile objects[OBJECTS]; /* a destroyed one is a bad address */
extern int static_list;                /* of the static destructor, -1 none */
extern int port;                       /* of the harness */
extern bool returns;                   /* from main, with this status */
extern int return_status;

void run_list(long number);
void sleep_us(long us); /* the whole time, whatever signals come */
void failed(const char *what);
char **arguments_of(long list); /* of the actor that begins with this list */

/* ---- the ledger's upkeep ---- */

void will_fork(void);
void begin_row(void);      /* of this process */
void ending(enum how how); /* from here on other threads may be stopped at any time */
void will_open(int site);
void has_opened(int site);
void has_not_opened(int site);
void will_close(const struct slot *slot);
void has_closed(struct slot *slot);

/* ---- the operations ---- */

#define RUNS(name, function) opener function;
#define OPENS(name, function) opener function;
#include "operations.def"
#undef RUNS
#undef OPENS

#endif
