/* Writes a peer's address for people: 127.0.0.1:8080, [::1]:8080, unix:/path,
 * unix:@abstract, netlink:0.
 *
 * Layer:   7
 * Threads: no state.
 * Memory:  the result is in the caller's pool.
 * Fails:   never; bytes that are no address of their family give its name.
 */
#ifndef SG_REPORT_ADDRESS_H
#define SG_REPORT_ADDRESS_H

#include "../layout.h"
#include "pool.h"

/* `peer` is a string of either type. User, password and query are left out of
 * a text that is an address, whatever wrote it. */
const char *sg_address_format(struct sg_pool *pool, const struct sg_string *peer);

#endif
