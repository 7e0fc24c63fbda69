/* The processes that are what a fork of this program left: children, parents, sisters and
 * theirs. They have the same memory as it was at the fork, and the same descriptors. One
 * that has become another program by exec is none.
 *
 * Layer:   7
 * Threads: one, that which ends the process.
 * Memory:  static, and maps a list of the sockets that they have.
 * Fails:   says that not all are known.
 */
#ifndef SG_RELATIVES_H
#define SG_RELATIVES_H

#include "layout.h"

/* True if this process may have been forked: it has, or had, a child. Costs a system call
 * or three. */
bool sg_relatives_may_exist(void);

/* True if the process is one of them that does not hide. */
bool sg_relatives_is_one(int pid);

/* True if it was there at this tick, and still is, or was not waited for yet; and has left the
 * session of this process, as a daemon does. After sg_relatives_find(). */
bool sg_relatives_is_daemon(uint32_t pid, uint32_t tick);

/* Looks for them in /proc, and leaves out those that are not wanted. False if that cannot be
 * done; then nobody has anything. What follows answers as of then; of one that is gone when it
 * is asked for what it has, `reports` says whether it has reported that itself. */
bool sg_relatives_find(bool (*wanted)(uint32_t pid), bool (*reports)(uint32_t pid));

/* False if there may be more of them, which hide what they are. */
bool sg_relatives_are_all(void);

/* True if one of them has this number. */
bool sg_relatives_include(int pid);

/* True if one of them has the socket with this inode number (its low half), under whatever
 * descriptor. If the record is given, it is this process's own, and only counts where the fork
 * came after it: else the socket was sent there. */
bool sg_relatives_have_socket(uint32_t inode, const struct sg_record *own_record);

/* True if the record of a handle is also in the memory of one of them, so that the handle
 * was made before the fork and is not closed there; or if that memory cannot be read, and it
 * is not this process's own that was made after the fork. */
bool sg_relatives_have_handle(const struct sg_record *record, bool is_own);

#endif
