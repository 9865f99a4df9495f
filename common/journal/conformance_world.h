/* journal/conformance_world.h - what the parts of the conformance suite share: conformance.c
 * (append, epochs, probe), conformance_read.c (read, follow, fork), conformance_random.c. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal/conformance.h"
#include "journal/sample.h"

/* The fixture of each test: an empty history, open. */
struct world {
    const struct gm_journal_backend *backend;
    void *place;
    struct gm_journal *journal;
    struct gm_random random;
    uint8_t *entries; /* of batches to append; GM_BATCH_BYTES_MAX and one entry more */
    uint8_t *buffer;  /* to read into; GM_BATCH_BYTES_MAX */
};

enum {
    WORLD_JOURNAL_ID = 0x6d6f67,
    WORLD_FORK_ID = 0x6d6f68,
};

void world_reopen(struct world *world);
struct gm_journal_tail world_tail(struct world *world);
uint64_t world_fence(struct world *world);
/* Fits the tail; not appended. Its entries lie in world->entries until the next one. */
struct gm_batch world_batch(struct world *world, uint32_t count, size_t each);
/* The same, appended and acked. */
struct gm_batch world_append(struct world *world, uint32_t count, size_t each);
/* Of what is there. */
struct gm_batch world_read(struct world *world, uint64_t seq);
/* Makes the next append fail so, or skips the test where the backend cannot. */
void world_fail_next(struct world *world, enum gm_journal_fault fault);

void assert_batch_equal(const struct gm_batch *a, const struct gm_batch *b);
void assert_tail_equal(const struct gm_journal_tail *a, const struct gm_journal_tail *b);

/* The tests of a part; the number that failed. */
int conformance_read_run(void);
int conformance_random_run(void);

int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
