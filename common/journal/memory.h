/* journal/memory.h - the journal in memory that fails on demand: for the simulator and the tests. Its
 * medium outlives the journals opened on it, as a disk outlives processes. */
#pragma once

#include "journal/journal.h"

/* The disk: what was appended, by whoever. */
struct gm_journal_medium;
struct gm_journal_medium *gm_journal_medium_new(uint64_t journal_id);
void gm_journal_medium_free(struct gm_journal_medium *medium);

/* A restore: the history up to and with the batch that holds `through`, under a new id. */
struct gm_journal_medium *gm_journal_medium_fork(const struct gm_journal_medium *medium,
                                                 uint64_t through, uint64_t new_id);

/* What the next append gives. LANDED says whether an UNKNOWN one is there after all. */
enum gm_journal_fault {
    GM_JOURNAL_NO_FAULT = 0,
    GM_JOURNAL_FENCE_FIRST,     /* another writer takes an epoch just before: FENCED */
    GM_JOURNAL_UNKNOWN_LANDED,
    GM_JOURNAL_UNKNOWN_LOST,
    GM_JOURNAL_REJECT,
};
void gm_journal_medium_fail_next(struct gm_journal_medium *medium, enum gm_journal_fault fault);

/* For tests of integrity: flips one bit of a stored entry (bit counted from its first byte). */
void gm_journal_medium_flip(struct gm_journal_medium *medium, uint64_t seq, size_t bit);

/* A journal on the medium; closing it leaves the medium as it is. */
struct gm_journal *gm_journal_memory_open(struct gm_journal_medium *medium);
