/* journal/sample.h - entries and batches for tests of journals, the same for the same seed. Test
 * code: no part of the library. */
#pragma once

#include "base/arena.h"
#include "journal/journal.h"

struct sample {
    uint64_t state; /* begins as the seed */
};

uint64_t sample_next(struct sample *sample);
/* 0 to limit - 1, limit 1 or more. */
uint64_t sample_below(struct sample *sample, uint64_t limit);
void sample_fill(struct sample *sample, void *at, size_t size);
struct gm_id sample_id(struct sample *sample);

/* An entry of that kind with random fields, up to 5 events, 5 foreign ones and 40 bytes each; what
 * it borrows lies in the arena. */
struct gm_entry sample_entry(struct sample *sample, struct gm_arena *arena, enum gm_entry_kind kind,
                             uint64_t seq);

/* A batch that fits the tail: count entries of `each` bytes (GM_ENTRY_HEAD_BYTES or, from 140 on,
 * any size to GM_ENTRY_BYTES_MAX), encoded into at, with a random id. Its epoch is the tail's. */
struct gm_batch sample_batch(struct sample *sample, const struct gm_journal_tail *tail,
                             uint32_t count, size_t each, uint8_t *at);
