/* What forked processes have in common is reported by one of them: a parent that ends hands
 * over what a child goes on with, and a child reports what it inherited only when nobody is
 * left who may have it. Where that cannot be known, nobody reports it.
 *
 * Layer:   10
 * Threads: one, that which makes the report.
 * Memory:  what relatives.h maps.
 * Fails:   without /proc nothing is handed over, and nothing inherited is reported.
 */
#ifndef SG_HANDOVER_H
#define SG_HANDOVER_H

#include "leaks.h"

/* True in a forked child that has tracked nothing, and may have to report what it inherited:
 * its parent is gone. Costs a system call. */
bool sg_handover_has_inherited(void);

/* Before the leaks are collected: sets aside what was inherited where that is known to be
 * for others. At an exec, or in a look at a program that goes on, it always is. */
void sg_handover_prepare(bool is_end);

/* Afterwards, at the end of the process or before an exec: looks who else has what is left.
 * Where leaks are closed, nothing inherited is. */
void sg_handover_settle(struct sg_leaks *leaks, bool is_closing);

/* Before an exec, after all this, and after one that failed: the process goes on. */
void sg_handover_becoming(void);
void sg_handover_take_back(void);

#endif
