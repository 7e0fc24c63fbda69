/* Sockets: socket(2), accept(2), dup(2), close(2) and the rest of libc that
 * makes or closes descriptors. Only sockets are recorded; closing functions
 * look at every descriptor, as any may be a socket of ours.
 *
 * Layer:   13
 * Threads: any.
 * Memory:  the arena.
 * Fails:   a call fails as the real one does.
 */
#ifndef SG_SOCKET_H
#define SG_SOCKET_H

#include "hook.h"

#include <unistd.h>

/* Makes a system call that closes descriptors, for a program that makes it by syscall(2):
 * close, close_range, dup2, dup3, or unshare. */
long sg_socket_syscall(__typeof__(&syscall) real, long number, const long a[6], const struct sg_site *site);

#endif
