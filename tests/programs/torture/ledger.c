#include "ledger.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_TEXT(name, kind) {#name, kind},
static const struct {
    const char *name, *kind;
} names[] = {LEDGER_SITES(LEDGER_TEXT)};

static _Atomic unsigned long opened[LEDGER_COUNT], closed[LEDGER_COUNT], leaks[LEDGER_COUNT], programs;

void ledger_opened(enum site site, unsigned count) { opened[site] += count; }
void ledger_closed(enum site site, unsigned count) { closed[site] += count; }
void ledger_started_program(void) { programs++; }

bool ledger_is_socket(enum site site) { return strcmp(names[site].kind, "socket") == 0; }

bool ledger_leak(enum site site, unsigned most)
{
    unsigned long before = leaks[site];
    while (before < most)
        if (atomic_compare_exchange_weak(&leaks[site], &before, before + 1))
            return true;
    return false;
}

void ledger_reset(void)
{
    for (unsigned i = 0; i < LEDGER_COUNT; i++)
        opened[i] = closed[i] = leaks[i] = 0;
    programs = 0;
}

/* A multi handle of an older libcurl has a socket pair of its own, which the report
 * counts as opened, and as owned where the handle leaked. */
void ledger_write(const char *path)
{
    char text[16384];
    int length = 0;
    unsigned long all = WAKE_UP_SOCKETS * opened[AT_multi_here];
    unsigned long owned = WAKE_UP_SOCKETS * (opened[AT_multi_here] - closed[AT_multi_here]);
    unsigned long leaked = 0;
    length += snprintf(text, sizeof text, "%d begin\n", getpid());
    for (unsigned i = 0; i < LEDGER_COUNT; i++) {
        unsigned long open = opened[i] - closed[i];
        all += opened[i];
        leaked += open;
        if (open && strncmp(names[i].name, "many_", 5) == 0)
            length += snprintf(text + length, sizeof text - (size_t)length, "%d %s %s %lu many\n", getpid(),
                               names[i].name, names[i].kind, open);
        else if (open)
            length += snprintf(text + length, sizeof text - (size_t)length, "%d %s %s %lu %lu\n", getpid(),
                               names[i].name, names[i].kind, open, opened[i]);
    }
    length +=
        snprintf(text + length, sizeof text - (size_t)length,
                 "%d totals opened %lu leaked %lu owned %lu untracked 0\n", getpid(), all, leaked, owned);
    if (programs)
        length +=
            snprintf(text + length, sizeof text - (size_t)length, "programs %lu\n", (unsigned long)programs);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, (size_t)length) != length)
        abort();
    close(fd);
}
