/* `sessguard report FILE`: shows a snapshot to a person.
 *
 * The options that the snapshot carries apply, but for those that say where
 * the report of that process went; flags override them.
 *
 * Layer:   18
 * Threads: one.
 * Memory:  gives back all that it took.
 * Fails:   with one line on stderr and status 2.
 */
#ifndef SG_REPORT_SHOW_H
#define SG_REPORT_SHOW_H

#include "../base.h"

#define SG_SHOW_CLEAN 0
#define SG_SHOW_LEAKS 23 /* LeakSanitizer's number */
#define SG_SHOW_BAD 2

/* `arguments[0]` is "report". Returns the exit status. */
int sg_show_run(int count, char **arguments);

#endif
