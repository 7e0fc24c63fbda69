/* What the tests of the command share: a built snapshot, opened, and the
 * report that is made of it.
 *
 * Layer:   14
 * Threads: one.
 * Memory:  fixture_close() gives everything back.
 * Fails:   the test, where something that should work does not.
 */
#ifndef SG_REPORT_FIXTURE_H
#define SG_REPORT_FIXTURE_H

#include "../../detector/report/report.h"
#include "snapshot_builder.h"

struct fixture {
    struct sg_builder builder;
    struct sg_snapshot snapshot;
    struct sg_pool pool;
    struct sg_settings settings;
    struct sg_report report;
    char complaints[4096];       /* lines, each with a newline */
    uint8_t easy, multi, socket; /* kinds */
    uint16_t app, curl, libc;    /* modules: a program, a family's library, the C library */
};

/* An empty snapshot with the kinds and modules above; none of the modules'
 * files exist. */
void fixture_start(struct fixture *fixture);

/* A place with one frame in each of the given modules, at offsets 0x100,
 * 0x110, ... plus `variant`. */
uint32_t fixture_place(struct fixture *fixture, uint8_t kind, uint32_t variant, unsigned frames,
                       const uint16_t *modules);

/* Opens what was built. */
void fixture_open(struct fixture *fixture);

/* Opens it and makes the report, with the suppressions in `rules` or NULL. */
void fixture_report(struct fixture *fixture, const char *rules);

void fixture_close(struct fixture *fixture);

#endif
