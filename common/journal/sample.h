/* journal/sample.h - entries and batches for tests of journals, made of random numbers. Test code:
 * no part of the library. */
#pragma once

#include "base/arena.h"
#include "base/random.h"
#include "journal/journal.h"

struct gm_id sample_id(struct gm_random *random);

/* An entry of that kind with random fields, up to 5 events, 5 foreign ones and 40 bytes each; what
 * it borrows lies in the arena. */
struct gm_entry sample_entry(struct gm_random *random, struct gm_arena *arena,
                             enum gm_entry_kind kind, uint64_t seq);

/* A batch that fits the tail: count entries of `each` bytes (GM_ENTRY_HEAD_BYTES or, from 140 on,
 * any size to GM_ENTRY_BYTES_MAX), encoded into at, with a random id. Its epoch is the tail's. */
struct gm_batch sample_batch(struct gm_random *random, const struct gm_journal_tail *tail,
                             uint32_t count, size_t each, uint8_t *at);
