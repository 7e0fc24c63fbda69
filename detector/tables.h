/* Tables of descriptors: a thread may take one of its own (unshare(2) with CLONE_FILES), which
 * the threads that it starts have, too. The program's table is that of the first thread.
 *
 * Layer:   2
 * Threads: any, also signal handlers.
 * Memory:  none.
 * Fails:   where the first thread has ended, or the kernel does not say, a thread is apart
 *          that has left itself.
 */
#ifndef SG_TABLES_H
#define SG_TABLES_H

#include "sys.h"

/* The calling thread has taken a table of its own. */
void sg_tables_left(void);
extern uint32_t sg_tables_count; /* atomic: how often that was */

/* True if the descriptors of this thread are not the program's. No system call is made
 * where no table was ever left. */
bool sg_tables_ask(void);
static inline bool sg_tables_is_apart(void)
{
    return SG_UNLIKELY(__atomic_load_n(&sg_tables_count, __ATOMIC_RELAXED) != 0) && sg_tables_ask();
}

/* The identity of the first thread's descriptor. Returns 0 or -errno. */
int sg_tables_identity(int fd, struct sg_identity *identity);

#endif
