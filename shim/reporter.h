/* What the process that reports sets up for itself, so that neither a signal nor
 * the program's limits cost the report. Nothing of it is done to the program.
 *
 * Layer:   12
 * Threads: one, of a process of our own that may share the program's memory.
 * Memory:  static.
 * Fails:   never; what the system refuses stays as it is.
 */
#ifndef SG_REPORTER_H
#define SG_REPORTER_H

#include "base.h"

/* Blocks every signal and gives each its default action. */
void sg_reporter_take_signals(void);

/* Raises the soft limits that a report can suffer from, and sets a umask that
 * neither takes our files from their owner nor opens them to others. */
void sg_reporter_raise_limits(void);

/* The program's environment for the command: without what would preload us, put
 * foreign libraries under it or send it to the network for debug information,
 * and without what is too long for execve(2). Where even that is too much,
 * `is_short` asks for what matters alone. The result is the same static array. */
char **sg_reporter_environment(char **from, bool is_short);

#endif
