/* A row of the benchmark that is measured within one process. */
#ifndef BENCH_H
#define BENCH_H

struct row {
    const char *name;
    void (*set_up)(void); /* NULL: nothing is needed */
    void (*run)(unsigned operations);
    double (*sample)(void); /* in place of `run`: one measurement, nanoseconds */
    unsigned frames;        /* of the stack that `run` is called on, its own included; 0: any */
    unsigned threads;       /* that call `run` at once, 1 or 2 */
};

extern const struct row rows_of_calls[], rows_of_http[]; /* each ends with an empty one */

double now(void); /* nanoseconds */
void fail(const char *what) __attribute__((noreturn));

#endif
