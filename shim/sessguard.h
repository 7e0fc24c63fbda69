/* sessguard's programming interface, for programs that want to talk to it.
 *
 * All of it is weak: a program that uses it links and runs without sessguard,
 * and asks first whether a function is there:
 *
 *     if (__sessguard_do_recoverable_leak_check)
 *         leaked = __sessguard_do_recoverable_leak_check();
 *
 * Layer:   0
 * Threads: any.
 * Memory:  none.
 * Fails:   never.
 */
#ifndef SESSGUARD_H
#define SESSGUARD_H

#ifdef __cplusplus
extern "C" {
#endif

#define SESSGUARD_WEAK __attribute__((weak, visibility("default")))

/* What this thread opens from now on is not recorded, until as many calls of
 * enable. */
SESSGUARD_WEAK void __sessguard_disable(void);
SESSGUARD_WEAK void __sessguard_enable(void);

/* An open handle (a pointer, or a descriptor cast to one) is left out of the
 * report. */
SESSGUARD_WEAK void __sessguard_ignore_object(const void *handle);

/* Reports what is open now, and goes on. Returns 1 if something counts as
 * leaked, else 0. It may be called again and again. */
SESSGUARD_WEAK int __sessguard_do_recoverable_leak_check(void);

/* Reports what is open now, and not again at the end of the process. */
SESSGUARD_WEAK void __sessguard_do_leak_check(void);

/* A program may define this: a result other than 0 means no report at the end
 * of the process. */
SESSGUARD_WEAK int __sessguard_is_turned_off(void);

/* A program may define this: options in the form of SESSGUARD_OPTIONS, which
 * itself wins over them. Called once, before main(). Link with -rdynamic, or
 * put it into a shared library, so that it is found. */
SESSGUARD_WEAK const char *__sessguard_default_options(void);

/* A program may define this: suppressions, as a file of them has them, line by
 * line. Called when a report is made. */
SESSGUARD_WEAK const char *__sessguard_default_suppressions(void);

#ifdef __cplusplus
}
#endif

#endif
