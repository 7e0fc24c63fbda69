/* What the kernel says of a socket, for its record.
 *
 * Layer:   6
 * Threads: any.
 * Memory:  none but the strings of the arena.
 * Fails:   what cannot be known stays as it is.
 */
#ifndef SG_SOCKET_FACTS_H
#define SG_SOCKET_FACTS_H

#include "layout.h"

/* Notes state, domain and peer. */
void sg_socket_facts_note(int fd, struct sg_record *record);

/* An option of the socket, `fallback` where it has none such. */
int sg_socket_option(int fd, int level, int name, int fallback);

#endif
