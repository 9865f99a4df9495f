/* runtime/verify.h - the proof that tables are a fold over the journal: the whole history is
 * checked, folded anew and compared row by row with what stands there. */
#pragma once

#include <stdint.h>

#include "journal/journal.h"
#include "runtime/service.h"
#include "store/store.h"

struct gm_verify_report {
    uint64_t batches;
    uint64_t entries; /* folded */
    uint64_t rows;    /* compared */
    uint64_t applied; /* where the tables stand */
    uint64_t state_hash;
};

/* Reads the journal from its first batch (CRC, chain, hashes), folds all entries up to where the
 * store's last checkpoint stands into fresh tables under `scratch` (made, and left to the caller),
 * checks every row of the store and compares both. Runs the service's audit where it has one.
 * GM_OK, or GM_CORRUPT with a sentence that names the first difference. Nobody else writes the
 * store meanwhile. */
GM_CHECKED enum gm_status gm_verify(const struct gm_service *service, struct gm_journal *journal,
                                    struct gm_store *store, const char *scratch,
                                    struct gm_verify_report *ret_report, char *ret_why,
                                    size_t why_size);
