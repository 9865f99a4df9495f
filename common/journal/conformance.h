/* journal/conformance.h - what every backend of the seam has to do, as one suite that its test
 * program runs. Test code: no part of the library. */
#pragma once

#include "journal/journal.h"
#include "journal/memory.h"

/* A backend under test. A place is where a history lies (a folder, a medium, keys of a cluster) and
 * outlives the journals opened on it. All but fork and fail_next are there; each asserts its
 * success. */
struct gm_journal_backend {
    const char *name;
    void *(*make)(uint64_t journal_id); /* a place with an empty history */
    void (*remove)(void *place);        /* its journals are closed */
    struct gm_journal *(*open)(void *place);
    bool many; /* several journals may be open on a place at once */

    /* NULL where there is no fork: a new place with the history of journal, open on place, up to
     * and with the batch that holds through. NULL where no batch does. */
    void *(*fork)(void *place, struct gm_journal *journal, uint64_t through, uint64_t new_id);

    /* NULL where nothing fails on demand: false where this cannot. */
    bool (*fail_next)(void *place, enum gm_journal_fault fault);
};

/* Runs the suite; the number of tests that failed. Random histories are drawn from seed, which is
 * printed. */
int gm_journal_conformance(const struct gm_journal_backend *backend, uint64_t seed);
