#include "paths.h"

#include <unwind.h>

/* A frame must stay one: no function is made part of another, nor one of two
 * that look alike, nor a call a jump. */
#define FRAME static __attribute__((noinline))
#define STAY(number) __asm__ volatile("" ::"i"(number) : "memory")

struct journey {
    work_function *work;
    void *context;
    unsigned path, levels, more;
};

static _Unwind_Reason_Code count_one(struct _Unwind_Context *frame, void *count)
{
    *(unsigned *)count += _Unwind_GetIP(frame) != 0;
    return _URC_NO_REASON;
}

__attribute__((noinline)) unsigned count_frames(void)
{
    unsigned count = 0;
    (void)_Unwind_Backtrace(count_one, &count);
    return count - 1;
}

/* ---- depth ---- */

#define DEEPER(number, next)                                                                                 \
    FRAME void deeper_##number(struct journey *journey)                                                      \
    {                                                                                                        \
        if (--journey->more == 0)                                                                            \
            journey->work(journey->context);                                                                 \
        else                                                                                                 \
            deeper_##next(journey);                                                                          \
        STAY(number);                                                                                        \
    }
FRAME void deeper_0(struct journey *journey);
DEEPER(3, 0)
DEEPER(2, 3)
DEEPER(1, 2)
DEEPER(0, 1)

void call_from_depth(unsigned more, work_function *work, void *context)
{
    struct journey journey = {work, context, 0, 0, more};
    deeper_0(&journey);
    STAY(4);
}

/* ---- paths ---- */

/* A macro does not expand within itself, so there are two of these. */
#define TEN_FUNCTIONS(make, level, next)                                                                     \
    make(0, level, next) make(1, level, next) make(2, level, next) make(3, level, next) make(4, level, next) \
        make(5, level, next) make(6, level, next) make(7, level, next) make(8, level, next)                  \
            make(9, level, next)
#define TEN_PLACES(next)                                                                                     \
    PLACE(0, next)                                                                                           \
    PLACE(1, next)                                                                                           \
    PLACE(2, next)                                                                                           \
    PLACE(3, next) PLACE(4, next) PLACE(5, next) PLACE(6, next) PLACE(7, next) PLACE(8, next) PLACE(9, next)
#define PLACE(digit, next)                                                                                   \
    case digit:                                                                                              \
        next##_##digit(journey);                                                                             \
        STAY(digit);                                                                                         \
        break;

#define ARRIVED()                                                                                            \
    if (journey->more)                                                                                       \
        deeper_0(journey);                                                                                   \
    else                                                                                                     \
        journey->work(journey->context);
#define LAST(number, level, next)                                                                            \
    FRAME void level##_##number(struct journey *journey)                                                     \
    {                                                                                                        \
        ARRIVED()                                                                                            \
        STAY(number);                                                                                        \
    }
#define LEVEL(number, level, next)                                                                           \
    FRAME void level##_##number(struct journey *journey)                                                     \
    {                                                                                                        \
        unsigned digit = journey->path % 10;                                                                 \
        journey->path /= 10;                                                                                 \
        if (--journey->levels == 0) {                                                                        \
            ARRIVED()                                                                                        \
        } else {                                                                                             \
            switch (digit) {                                                                                 \
                TEN_PLACES(next)                                                                             \
            }                                                                                                \
        }                                                                                                    \
        STAY(number);                                                                                        \
    }

TEN_FUNCTIONS(LAST, fourth, none)
TEN_FUNCTIONS(LEVEL, third, fourth)
TEN_FUNCTIONS(LEVEL, second, third)
TEN_FUNCTIONS(LEVEL, first, second)

void call_by_path(unsigned path, unsigned levels, unsigned more, work_function *work, void *context)
{
    struct journey entry = {work, context, path / 10, levels, more};
    struct journey *journey = &entry;
    switch (path % 10) {
        TEN_PLACES(first)
    }
}
