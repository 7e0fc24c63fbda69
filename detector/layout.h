/* The one versioned record layout: the arena of a watched process and the
 * snapshot that its reader gets are the same bytes.
 *
 * A snapshot starts with struct sg_layout. Each section is an array (or, for
 * strings and places, a heap of records of varying size) at `offset` bytes
 * from the start of that struct. Nothing in it is a pointer: references are
 * offsets or indices, so that another process can read it, or a file can keep
 * it. All integers are in the byte order of the machine that wrote them; a
 * reader refuses another order by the magic number.
 *
 * Layer:   1
 * Threads: the writer uses the __atomic built-ins on fields that say so; a
 *          snapshot is read by one thread.
 * Memory:  none of its own.
 * Fails:   never; readers check `magic`, `version` and every bound.
 */
#ifndef SG_LAYOUT_H
#define SG_LAYOUT_H

#include "base.h"

#define SG_LAYOUT_MAGIC UINT64_C(0x3144524147534553) /* "SESGARD1" in memory */
#define SG_LAYOUT_VERSION 3U

enum sg_section_id {
    SG_SECTION_STRINGS,     /* struct sg_string, 8-byte aligned, from offset 8 on */
    SG_SECTION_KINDS,       /* struct sg_kind_entry[], index = kind number */
    SG_SECTION_MODULES,     /* struct sg_module[], index = module number, 0 unused */
    SG_SECTION_PLACES,      /* struct sg_place, 8-byte aligned, from offset 8 on */
    SG_SECTION_DESCRIPTORS, /* struct sg_record[], index = descriptor number */
    SG_SECTION_HANDLES,     /* struct sg_handle[], in no order */
    SG_SECTION_INDEX,       /* of the handles, see handles.c; like the next, empty in a snapshot */
    SG_SECTION_MEMO,        /* see memo.c */
    SG_SECTIONS
};

struct sg_section {
    uint64_t offset;     /* bytes from the start of struct sg_layout */
    uint64_t size;       /* bytes in use, a multiple of entry_size for arrays */
    uint64_t capacity;   /* bytes reserved; in a snapshot equal to size */
    uint64_t entry_size; /* bytes of one entry; 8 for the two heaps */
};

/* Bits of sg_layout.flags. */
#define SG_FLAG_STDERR_USABLE 1U /* descriptor 2 is what it was at start-up */
#define SG_FLAG_CLOSED 2U        /* auto-close has run */
#define SG_FLAG_TRUNCATED 4U     /* something could not be recorded: see untracked */
#define SG_FLAG_NAMESPACES 8U    /* libraries were loaded into a namespace of their own: dlmopen */
#define SG_FLAG_OUTPUT_OPEN 16U  /* `output` names a descriptor: the command has it as SG_OUTPUT_DESCRIPTOR */
#define SG_FLAG_LOG_OPEN 32U     /* the same of `log_path`, as SG_LOG_DESCRIPTOR */
/* Why the frames and sessions of a Python interpreter that was found are not read. */
enum sg_python_unread {
    SG_PYTHON_IS_READ,
    SG_PYTHON_IS_UNKNOWN,       /* a version that is newer than this code, or too old */
    SG_PYTHON_IS_PREVIEW,       /* what lies where may still change in such a version */
    SG_PYTHON_IS_FREE_THREADED, /* no thread's objects keep still for another one */
    SG_PYTHON_IS_OTHER,         /* it does not say what it should, or lacks functions */
    SG_PYTHON_REASONS
};
/* These bits of the flags say it, with its version: 0x030e for 3.14, 0 not known. */
#define SG_FLAGS_PYTHON(why, version) ((uint32_t)(why) << 8 | (uint32_t)(version) << 16)
#define SG_FLAGS_PYTHON_WHY(flags) ((flags) >> 8 & 0xff)
#define SG_FLAGS_PYTHON_VERSION(flags) ((flags) >> 16)
#define SG_OUTPUT_DESCRIPTOR 3
#define SG_LOG_DESCRIPTOR 4

/* With the option check_stacks: stacks of opening calls. */
struct sg_stack_counts {
    uint64_t walked; /* atomic: by the rules, or in full */
    uint64_t known;  /* atomic: to the memo */
    uint64_t wrong;  /* atomic: a full walk led to another place */
};

/* What was done where the section of places was full. */
struct sg_place_counts {
    uint64_t recycled;  /* atomic: records ever made at places whose memory is another's now */
    uint64_t shortened; /* atomic: stacks that were cut to what there was room for */
};

struct sg_layout {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size; /* sizeof(struct sg_layout) of the writer */
    uint64_t total_size;  /* bytes of the whole snapshot */
    int32_t pid;
    int32_t ppid;
    uint64_t started_ns;   /* CLOCK_REALTIME of tick 0, which a forked child has from its parent */
    uint64_t forked_ns;    /* CLOCK_REALTIME when a forked child first recorded anything, else 0 */
    uint64_t ended_ns;     /* CLOCK_REALTIME when the snapshot was taken */
    uint32_t ended_tick;   /* ticks are milliseconds since tick 0, monotonic */
    uint32_t flags;        /* SG_FLAG_* */
    uint32_t exe;          /* string: path of the executable, 0 unknown */
    uint32_t argv0;        /* string: argv[0], 0 unknown */
    uint32_t cwd;          /* string: directory at start-up, 0 not needed */
    uint32_t options;      /* string: the options in force, as SESSGUARD_OPTIONS
                            spells them, `mode` always among them */
    uint32_t suppressions; /* string: the program's own suppressions, 0 none */
    uint32_t fork;         /* how many forks after the first process, 1 again after 255: see sg_place.fork */
    uint64_t opened;       /* handles and descriptors ever opened; counted for the snapshot */
    uint64_t untracked;    /* atomic: opened, but there was no room for a record */
    struct sg_stack_counts stacks;
    struct sg_place_counts places;
    struct sg_section sections[SG_SECTIONS];
};

/* A string reference is the byte offset of a struct sg_string in its section;
 * 0 stands for none. */
enum sg_string_type {
    SG_STRING_TEXT = 1,     /* bytes of text, not terminated */
    SG_STRING_SOCKADDR = 2, /* a struct sockaddr, as the kernel takes it */
    SG_STRING_FRAME = 3,    /* of a script: uint32_t line (0 unknown), file, NUL, function */
};

struct sg_string {
    uint32_t next; /* atomic: next string of the same hash bucket */
    uint16_t length;
    uint8_t type; /* enum sg_string_type */
    uint8_t reserved;
    unsigned char bytes[]; /* padded to a multiple of 8 */
};

#define SG_KIND_DESCRIPTOR 1U /* handles of this kind are descriptors */
#define SG_KIND_OWNED 2U      /* may belong to the session inside whose call it was opened */
#define SG_KIND_SCRIPT 4U     /* an object of a language's runtime, whose garbage collector may close it */
#define SG_KIND_LATE 16U      /* what it holds may be closed after it, in good order */
#define SG_KIND_ALONE 8U      /* serves one use at a time, as a database connection does */
#define SG_KIND_HOLDER 32U    /* holds others: while nothing was asked of it it is nothing that leaks */

struct sg_kind_entry {
    char name[32];       /* "curl.easy" */
    char title[48];      /* "libcurl easy handle" */
    char close_with[48]; /* "curl_easy_cleanup" */
    uint32_t rank;       /* close order, lowest first */
    uint32_t flags;      /* SG_KIND_* */
};

#define SG_MODULE_FAMILY 1U    /* a library that a family watches (libcurl), or our own */
#define SG_MODULE_UNLOADED 2U  /* gone since: dlclose */
#define SG_MODULE_MAIN 4U      /* the program itself */
#define SG_MODULE_SCRIPT 16U   /* not a module: an offset in it is a string, a frame of Python's */
#define SG_MODULE_REPLACED 32U /* what its path led to may not have been its file */
#define SG_MODULE_BLOCK 8U     /* not a module: 4 GiB of addresses from `base` on */

#define SG_BUILD_ID_MAX 32

/* A file as it was when it was looked at; all zero if it was not. */
struct sg_file {
    uint64_t device, inode;
    uint64_t size;
    uint64_t written_ns; /* CLOCK_REALTIME */
};

struct sg_module {
    uint64_t base;  /* load bias: address = base + offset; offset is the ELF address */
    uint64_t start; /* first mapped address; plus 1 in a block */
    uint64_t end;   /* one past the last */
    uint32_t path;  /* string, 0 unknown */
    uint32_t flags; /* SG_MODULE_* */
    uint8_t build_id_size;
    uint8_t reserved[7];
    uint8_t build_id[SG_BUILD_ID_MAX];
    struct sg_file file; /* of a module without a build-id, when it was first seen */
};

/* A place is a creation stack together with the kind that was opened there. A
 * place's index is its byte offset in the section divided by 8, which has 24 bits.
 * Its number has the index there, and above it how often the memory was used again.
 * The struct is followed by uint32_t offset[frames] and uint16_t
 * module[frames], padded to a multiple of 8. Frame 0 is the one that called
 * the opening function. An offset is that of the call instruction (the return
 * address less one), so it can be looked up in line tables as it is. */
#define SG_PLACE_INCOMPLETE 1U /* the stack could not be followed to its start */
#define SG_PLACE_CUT 2U        /* deeper than the `frames` option */
#define SG_PLACE_NO_SCRIPT 4U  /* Python code ran, but its frames could not be had */
#define SG_PLACE_SHORT 8U      /* the section was full, and had no room for all of the stack */

struct sg_place {
    uint32_t next;   /* atomic: next place of the same hash bucket */
    uint32_t opened; /* atomic: records ever made here */
    uint32_t closed; /* atomic: of these, closed */
    uint32_t peak;   /* atomic: most open at once */
    uint32_t hash;
    uint16_t frames;
    uint8_t kind;
    uint8_t flags; /* SG_PLACE_* */
    /* Of SG_KIND_SCRIPT: */
    uint32_t collected;      /* atomic: closed by the garbage collector alone; among `closed`, too */
    uint32_t collected_tick; /* atomic: opening tick of the one that was collected last */
    uint32_t in_use;         /* atomic: uses that are under way */
    uint32_t in_use_peak;    /* atomic: most at once */
    uint32_t number;         /* atomic: its own, 0 while it is none: see places.h */
    uint16_t room;           /* frames that its memory has room for */
    uint8_t generation;      /* of the number */
    uint8_t fork;            /* sg_layout.fork where it was opened: with another one all that was opened
                              here is inherited */
};

/* Of what was collected so many records of a place stay, for what there is to say of each. */
#define SG_COLLECTED_KEPT 1024U

enum sg_outcome {
    SG_OUTCOME_OPEN,      /* nobody tried to close it */
    SG_OUTCOME_CLOSED,    /* auto-close closed it */
    SG_OUTCOME_SKIPPED,   /* auto-close left it alone: see the reason */
    SG_OUTCOME_FAILED,    /* its close function refused: see the reason */
    SG_OUTCOME_SHUTDOWN,  /* only the end of the language's runtime has closed it */
    SG_OUTCOME_COLLECTED, /* only the runtime's garbage collector has closed it */
    SG_OUTCOME_HANDED,    /* a process that was forked afterwards goes on with it: no leak of this one */
    SG_OUTCOME_ELSEWHERE, /* inherited, and a process is left that it may be said of; or a holder of
                             nothing: not listed */
    SG_OUTCOMES
};

enum sg_reason {
    SG_REASON_NONE,
    SG_REASON_IN_USE,    /* a thread is inside a call on it, or never came out */
    SG_REASON_UNLOADED,  /* the library that it belongs to was unloaded */
    SG_REASON_REFUSED,   /* the library's close function returned an error */
    SG_REASON_TIMEOUT,   /* not finished within close_timeout_ms */
    SG_REASON_OWNED,     /* its session could not be closed */
    SG_REASON_NO_CLOSE,  /* its family knows no safe way to close it */
    SG_REASON_SHARED,    /* a child process has its connection too */
    SG_REASON_SEVERED,   /* the program closed its descriptor, whose number may be another's now */
    SG_REASON_CALLBACK,  /* closing would run code of the program's; set as soon as that is known */
    SG_REASON_FORM,      /* the same, of a form that nothing else has */
    SG_REASON_THREADS,   /* other threads of the program could not be stopped */
    SG_REASON_INHERITED, /* it was opened by the process that this one was forked from */
    SG_REASONS
};

/* True if it is known while the program runs. */
static inline bool sg_reason_is_early(uint8_t reason)
{
    return reason == SG_REASON_CALLBACK || reason == SG_REASON_FORM;
}

/* States of a descriptor at the end, as sg_record.state. 1 to 12 are the
 * kernel's TCP states (include/net/tcp_states.h, also in <netinet/tcp.h>). */
#define SG_STATE_UNKNOWN 0U
#define SG_STATE_LISTENING 10U  /* TCP_LISTEN; also set for other listening sockets */
#define SG_STATE_PASSED_ON 200U /* stays open in the program that this one becomes: exec */

#define SG_SOCKET_HAS_STREAM 1U /* a FILE was made of it, which writes at the end */
#define SG_SOCKET_IS_COPY 4U    /* the program made it of a session's, by dup() or the like */
#define SG_SOCKET_OF_SCRIPT 8U  /* its owner is a SG_KIND_SCRIPT */
#define SG_SOCKET_LATE 16U      /* and a SG_KIND_LATE */
#define SG_SOCKET_IS_FINAL 2U   /* auto-close closes it: the record is for the report, the number is free */

/* One open handle. `life` is written last when a record is made and taken out
 * first when it ends, so a reader who sees life != 0 sees the whole record. */
struct sg_record {
    uint64_t
        life; /* atomic: place's number in the low, opening tick in the high half; 0 free, 1 being made */
    uint32_t owner;  /* serial of the session inside whose call it was opened, 0 none */
    uint32_t thread; /* kernel's thread number */
    uint32_t peer;   /* atomic: string, 0 none */
    uint32_t used;   /* atomic: a handle's tick of last use plus 1, 0 never used;
                        a descriptor's inode number (low half), 0 not taken */
    uint8_t kind;
    uint8_t provider; /* number of the library it came from, in process only */
    uint8_t outcome;  /* enum sg_outcome */
    uint8_t reason;   /* enum sg_reason */
    union {
        uint32_t serial; /* a handle's own number, never used twice */
        struct {
            uint8_t domain; /* AF_*, 0 unknown */
            uint8_t type;   /* SOCK_*, 0 unknown */
            uint8_t state;  /* SG_STATE_*, filled in at the end */
            uint8_t marks;  /* atomic: SG_SOCKET_* */
        } socket;
    };
};

struct sg_handle {
    uint64_t key; /* atomic: the handle's value, 0 never used */
    struct sg_record record;
    uint32_t member_of; /* atomic: serial of the handle it was added to (a curl multi) */
    uint32_t uses;      /* atomic: serial of the handle it shares with (a curl share) */
    uint32_t use;       /* atomic: see sg_use_calls() and sg_use_thread() */
    uint32_t heir;      /* atomic: serial of the handle that owns what is opened inside
                           calls on this one (a curl share), 0 this one itself */
    uint32_t before[2]; /* atomic: other threads that called before, 0 none; the second may be SG_USE_MORE */
    uint32_t owned;     /* of one that was collected: sockets that it had then */
    uint32_t is_held;   /* for auto-close: a thread was stopped in the library, with this at hand */
};

/* Calls on a handle that have not come back, and the thread that made the last
 * one, 0 if there was none: Linux gives out numbers below 4,194,304 (proc(5),
 * pid_max). So many calls that never came back are not counted on. */
#define SG_USE_CALLS 1023U
#define SG_USE_MORE UINT32_MAX /* more threads than there is room for */
static inline uint32_t sg_use_calls(uint32_t use) { return use & SG_USE_CALLS; }
static inline uint32_t sg_use_thread(uint32_t use) { return use / (SG_USE_CALLS + 1); }
static inline uint32_t sg_use_of(uint32_t thread, uint32_t calls)
{
    return thread * (SG_USE_CALLS + 1) + calls;
}

/* False for what is open, but for another process to report, or for none. */
static inline bool sg_outcome_is_ours(uint8_t outcome)
{
    return outcome != SG_OUTCOME_HANDED && outcome != SG_OUTCOME_ELSEWHERE;
}

/* False for what is open, but no leak. */
static inline bool sg_state_counts(uint8_t state)
{
    return state != SG_STATE_LISTENING && state != SG_STATE_PASSED_ON;
}

#define SG_PLACE_INDEX_BITS 24U
static inline uint32_t sg_place_index(uint32_t number)
{
    return number & ((UINT32_C(1) << SG_PLACE_INDEX_BITS) - 1);
}

static inline uint32_t sg_life_number(uint64_t life) { return (uint32_t)life; }
static inline uint32_t sg_life_place(uint64_t life) { return sg_place_index(sg_life_number(life)); }
static inline uint32_t sg_life_tick(uint64_t life) { return (uint32_t)(life >> 32); }
static inline bool sg_life_is_open(uint64_t life) { return life > 1; }

static inline const uint32_t *sg_place_offsets(const struct sg_place *place)
{
    return (const uint32_t *)(place + 1);
}

static inline const uint16_t *sg_place_modules(const struct sg_place *place)
{
    return (const uint16_t *)(sg_place_offsets(place) + place->frames);
}

/* Bytes that a place of `frames` frames takes. */
static inline size_t sg_place_size(unsigned frames)
{
    return (sizeof(struct sg_place) + (size_t)frames * 6 + 7) & ~(size_t)7;
}

/* Bytes that a string of `length` bytes takes. */
static inline size_t sg_string_size(unsigned length)
{
    return (sizeof(struct sg_string) + length + 7) & ~(size_t)7;
}

/* The helper's exit status is its verdict on a snapshot. The numbers are none
 * that another program, or a helper that failed, would end with. */
#define SG_VERDICT_CLEAN 100     /* nothing counts: suppressed, or nothing there */
#define SG_VERDICT_LEAKS 101     /* something counts */
#define SG_VERDICT_UNWRITTEN 102 /* the report could not be written: print it yourself */

#endif
