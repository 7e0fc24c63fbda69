/* A seat is one of the eight threads: what it remembers outlives the thread,
 * which ends now and then and is started again. */
#ifndef SEAT_H
#define SEAT_H

#include "ledger.h"

#include <pthread.h>
#include <stdint.h>

#define SEATS 8U
#define LEAKS 60U /* that a site may have at the end */
#define PROGRESS 1000U
#define FLOOD 1000000U /* handles of the fake library that are open at once */

struct thing {
    enum site site;
    union {
        void *handle;
        int fd;
    };
};

struct stash {
    struct thing things[32];
    unsigned count;
};

struct seat {
    unsigned number;
    uint64_t random;
    pthread_t thread;
    struct stash easies, sockets;
    void **flood; /* handles of the fake library */
    unsigned flooded;
};

struct torture {
    const char *ledger;      /* path */
    const char *folder;      /* of the plug-ins */
    bool is_gated;           /* no fork while a library is loaded or unloaded */
    bool is_forkless;        /* no children that go on */
    _Atomic bool is_filling; /* handles of the fake library up to FLOOD */
    _Atomic bool is_over;
    _Atomic unsigned progress; /* up to PROGRESS, by time */
    _Atomic unsigned flooded;  /* handles of the fake library that are open */
};
extern struct torture torture;

/* A number below `end`, from the seat's own sequence. */
unsigned pick(struct seat *seat, unsigned end);

/* True once in a while, as often as a site may leak. */
bool wants_leak(struct seat *seat, enum site site);

struct thing stash_take(struct seat *seat, struct stash *stash);
bool stash_put(struct stash *stash, struct thing thing); /* false: full */

/* Handles on their way from one thread to another. */
bool mail_send(struct thing thing);
bool mail_receive(struct thing *thing);

/* Ends the program with a line that says why: something that must not be. */
_Noreturn void fail(const char *why);

void close_thing(struct thing thing);

/* Each does one small thing. */
typedef void action(struct seat *seat);
action act_easy, act_copy, act_close_easy, act_pass, act_receive, act_multi, act_share;
action act_socket, act_pair, act_close_socket, act_connection, act_copies, act_range, act_rights, act_stream,
    act_errors, act_cancel;
action act_plugin, act_small, act_flood;
action act_fork, act_vfork, act_spawn;

/* fork() must not meet a dlopen() where the child runs exit(): plain programs
 * hang there too, as glibc's exit() takes the loader's lock. */
void gate_start(void);
void gate_load(void);
void gate_fork(void);
void gate_leave(void);

void flood_start(void);
void flood_end(struct seat *seat);

/* A plug-in that nobody has called since it was loaded. */
struct child_plugin {
    void *library;
    void *(*open_one)(void);
    void (*close_one)(void *);
};
struct child_plugin child_plugin_load(struct seat *seat);
void child_plugin_unload(const struct child_plugin *plugin);

#endif
