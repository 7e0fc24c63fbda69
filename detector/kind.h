/* What the detector knows of a kind of handle: words for the report, its
 * place in the closing order, and how to close one. It does not know what
 * the handle is.
 *
 * Layer:   2
 * Threads: set up before main(), then only read.
 * Memory:  static.
 * Fails:   never.
 */
#ifndef SG_KIND_H
#define SG_KIND_H

#include "layout.h"

/* Closing order, lowest first. */
enum sg_rank {
    SG_RANK_MEMBER, /* hangs on others: a curl easy handle */
    SG_RANK_SESSION,
    SG_RANK_GROUP,  /* others hang on it: a curl multi handle */
    SG_RANK_SHARED, /* sessions use it: a curl share handle */
    SG_RANK_SOCKET,
};

/* What a kind's close callback gets. */
struct sg_closing {
    uintptr_t handle;
    uintptr_t member_of; /* the open handle that it was added to, 0 none */
    uint8_t provider;
};

/* Closes one leaked handle through its own library. Returns SG_REASON_NONE
 * when it is closed, else why not. Runs on the closing thread. */
typedef enum sg_reason sg_kind_close(const struct sg_closing *closing);

struct sg_kind {
    const char *name;       /* "curl.easy" */
    const char *title;      /* "libcurl easy handle" */
    const char *close_with; /* "curl_easy_cleanup" */
    enum sg_rank rank;
    uint32_t flags; /* SG_KIND_* of layout.h */
    sg_kind_close *close;
    uint8_t number; /* set by sg_detector_start() */
    bool is_ignored; /* the user asked for other kinds only */
};

/* A library that we know, and its kinds. */
struct sg_family {
    const char *name;
    struct sg_kind *const *kinds; /* up to a NULL */
};

#endif
