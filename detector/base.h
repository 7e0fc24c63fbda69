/* What every file of sessguard may use: attributes and small macros.
 *
 * Layer:   0
 * Threads: nothing here has state.
 * Memory:  none.
 * Fails:   never.
 */
#ifndef SG_BASE_H
#define SG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SG_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define SG_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define SG_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SG_NOINLINE __attribute__((noinline))
#define SG_EXPORT __attribute__((visibility("default")))
#define SG_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* The initial-exec model never allocates and is safe in a signal handler; a
 * preloaded library is present at start-up, which is what the model needs. */
#define SG_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

#define SG_VERSION "0.1.0"

#endif
