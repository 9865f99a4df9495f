/* journal/memory.h - the journal in memory that fails on demand: for the simulator and the tests.
 * Its medium outlives the journals opened on it, as a disk outlives processes. What is appended is
 * copied. Memory that runs out ends the process. */
#pragma once

#include "journal/journal.h"

/* The disk: what was appended, by whoever. */
struct gm_journal_medium;
struct gm_journal_medium *gm_journal_medium_new(uint64_t journal_id);
/* After the journals on it were closed (asserted). Accepts NULL. */
void gm_journal_medium_free(struct gm_journal_medium *medium);

/* A restore: the history up to and with the batch that holds `through`, under a new id. NULL where
 * none holds it. */
struct gm_journal_medium *gm_journal_medium_fork(struct gm_journal_medium *medium, uint64_t through,
                                                 uint64_t new_id);

/* What the next append to the medium gives; one that is refused anyway stays refused. LANDED and
 * LOST say whether an UNKNOWN one is there after all. */
enum gm_journal_fault {
    GM_JOURNAL_NO_FAULT = 0,
    GM_JOURNAL_FENCE_FIRST, /* another writer takes an epoch just before: FENCED */
    GM_JOURNAL_UNKNOWN_LANDED,
    GM_JOURNAL_UNKNOWN_LOST,
    GM_JOURNAL_REJECT,
};
void gm_journal_medium_fail_next(struct gm_journal_medium *medium, enum gm_journal_fault fault);

/* For tests of integrity: flips one bit of a stored entry (bit counted from its first byte). Those
 * before it in its batch are whole (asserted). */
void gm_journal_medium_flip(struct gm_journal_medium *medium, uint64_t seq, size_t bit);

/* A journal on the medium; closing it leaves the medium as it is. Several may be open at once, as
 * writers of a replicated history are: their epochs decide who appends. */
struct gm_journal *gm_journal_memory_open(struct gm_journal_medium *medium);
