/* What the situations have in common: a live https connection, threads, and
 * events that are waited for. */
#ifndef AUTO_CLOSE_SITUATIONS_H
#define AUTO_CLOSE_SITUATIONS_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* What every situation ends with that is free to choose: it is not 0, so that
 * a status which got lost is seen. */
#define STATUS 7

struct situation {
    const char *name;
    int (*run)(void); /* returns what main() shall return */
};

/* Each list ends with an empty name. */
extern const struct situation ends[], uses[], races[];

/* Ends the process with a status that no situation has. */
void must(bool is_good, const char *what);

/* The easy handle with the server's URL, what it gets being dropped. */
CURL *prepared(CURL *easy);

/* An easy handle with a TLS connection that is kept alive; never closed. */
CURL *live(void);

size_t drop(char *data, size_t size, size_t count, void *context);

pthread_t in_thread(void *(*run)(void *), void *context);

/* An event, and waiting for so many of them. */
void tell(void);
void await(int count);

/* Never returns. It is a place to be cancelled. */
void hang(void) __attribute__((noreturn));

/* owner.cpp: the handle is closed by a static object of the program's, of a
 * library's that it is linked with, of a plug-in's (whose name is looked up). */
#ifdef __cplusplus
extern "C" {
#endif
void own_by_program(CURL *easy);
void own_by_library(CURL *easy);
void own_by_plugin(CURL *easy);
#ifdef __cplusplus
}
#endif

#endif
