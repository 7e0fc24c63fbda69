/* A server that was started by root and becomes another user: where `output`
 * lies in a folder that this user may not write to, its own file is made there
 * while that is still possible (outfile.h).
 *
 * Layer:   13
 * Threads: any.
 * Memory:  mapped, for the moment.
 * Fails:   never; the report says what it could not write to.
 */
#ifndef SG_PRIVILEGES_H
#define SG_PRIVILEGES_H

/* `directory` is where relative paths start from, and must stay where it is. */
void sg_privileges_start(const char *directory);

/* The program makes the system call setuid, setreuid or setresuid itself. */
void sg_privileges_syscall(long number, const long arguments[6]);

#endif
