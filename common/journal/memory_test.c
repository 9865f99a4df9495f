#include "journal/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "journal/conformance.h"
#include "journal/sample.h"

static void *make(uint64_t journal_id)
{
    return gm_journal_medium_new(journal_id);
}

static void remove_place(void *place)
{
    gm_journal_medium_free(place);
}

static struct gm_journal *open_place(void *place)
{
    return gm_journal_memory_open(place);
}

static void *fork_place(void *place, struct gm_journal *journal, uint64_t through, uint64_t new_id)
{
    (void)journal;
    return gm_journal_medium_fork(place, through, new_id);
}

static bool fail_next(void *place, enum gm_journal_fault fault)
{
    gm_journal_medium_fail_next(place, fault);
    return true;
}

static const struct gm_journal_backend backend = {
    .name = "memory",
    .make = make,
    .remove = remove_place,
    .open = open_place,
    .many = true,
    .fork = fork_place,
    .fail_next = fail_next,
};

struct fixture {
    struct gm_journal_medium *medium;
    struct gm_journal *journal;
    struct gm_random random;
    uint8_t *entries;
    uint8_t *buffer;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->medium = gm_journal_medium_new(7);
    fixture->journal = gm_journal_memory_open(fixture->medium);
    fixture->entries = malloc(GM_BATCH_BYTES_MAX);
    assert_non_null(fixture->entries);
    fixture->buffer = malloc(GM_BATCH_BYTES_MAX);
    assert_non_null(fixture->buffer);
    gm_random_seed(&fixture->random, 3);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    gm_journal_close(fixture->journal);
    gm_journal_medium_free(fixture->medium);
    free(fixture->entries);
    free(fixture->buffer);
    free(fixture);
    return 0;
}

static struct gm_batch next_batch(struct fixture *fixture, uint32_t count, size_t each)
{
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
    return sample_batch(&fixture->random, &tail, count, each, fixture->entries);
}

static void append(struct fixture *fixture, uint32_t count, size_t each)
{
    uint64_t epoch;
    assert_int_equal(gm_journal_fence(fixture->journal, &epoch), GM_OK);
    struct gm_batch batch = next_batch(fixture, count, each);
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_ACKED);
}

static void any_flipped_bit_of_any_entry_is_found_by_read(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 3, EACH = 150, BITS = 8 * EACH };
    append(fixture, COUNT, EACH);
    struct gm_batch batch;
    for (uint64_t seq = 1; seq <= COUNT; seq++) {
        for (size_t bit = 0; bit < BITS; bit++) {
            gm_journal_medium_flip(fixture->medium, seq, bit);
            assert_int_equal(gm_journal_read(fixture->journal, 1, fixture->buffer, &batch),
                             GM_CORRUPT);
            /* Back again: flip finds its entry by the sizes of those before it, not by its own. */
            gm_journal_medium_flip(fixture->medium, seq, bit);
        }
    }
    assert_int_equal(gm_journal_read(fixture->journal, 1, fixture->buffer, &batch), GM_OK);
}

static void a_flip_leaves_forks_and_other_batches_alone(void **state)
{
    struct fixture *fixture = *state;
    append(fixture, 1, 200);
    append(fixture, 2, 200);
    struct gm_journal_medium *medium = gm_journal_medium_fork(fixture->medium, 3, 8);
    assert_non_null(medium);
    gm_journal_medium_flip(fixture->medium, 3, 1000);

    struct gm_batch batch;
    assert_int_equal(gm_journal_read(fixture->journal, 2, fixture->buffer, &batch), GM_CORRUPT);
    assert_int_equal(gm_journal_read(fixture->journal, 1, fixture->buffer, &batch), GM_OK);
    struct gm_journal *fork = gm_journal_memory_open(medium);
    assert_int_equal(gm_journal_read(fork, 2, fixture->buffer, &batch), GM_OK);
    gm_journal_close(fork);
    gm_journal_medium_free(medium);
}

static void a_fault_is_for_one_append(void **state)
{
    struct fixture *fixture = *state;
    append(fixture, 1, 200);
    gm_journal_medium_fail_next(fixture->medium, GM_JOURNAL_REJECT);
    struct gm_batch batch = next_batch(fixture, 1, 200);
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_REJECTED);
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_ACKED);
}

static void what_is_refused_anyway_does_not_land_by_a_fault(void **state)
{
    struct fixture *fixture = *state;
    append(fixture, 1, 200);
    gm_journal_medium_fail_next(fixture->medium, GM_JOURNAL_UNKNOWN_LANDED);
    struct gm_batch batch = next_batch(fixture, 1, 200);
    batch.first_seq++;
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_REJECTED);
    batch.first_seq--;
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_ACKED);
}

/* A process that died is over, whoever still holds its journal; the one after it is not. */
static void only_the_journal_that_saw_unknown_is_over(void **state)
{
    struct fixture *fixture = *state;
    append(fixture, 1, 200);
    gm_journal_medium_fail_next(fixture->medium, GM_JOURNAL_UNKNOWN_LOST);
    struct gm_batch batch = next_batch(fixture, 1, 200);
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_UNKNOWN);
    struct gm_journal *next = gm_journal_memory_open(fixture->medium);
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_UNKNOWN);
    assert_int_equal(gm_journal_append(next, &batch), GM_APPEND_ACKED);
    gm_journal_close(next);
}

static void there_is_nothing_to_tend(void **state)
{
    struct fixture *fixture = *state;
    assert_false(gm_journal_tend(fixture->journal, 0));
    struct gm_journal_space space;
    gm_journal_space(fixture->journal, &space);
    assert_int_equal(space.map_bytes, 0);
    assert_true(space.disk_free_bytes == UINT64_MAX);
}

static void nothing_is_closed_and_freed_without_harm(void **state)
{
    (void)state;
    gm_journal_close(NULL);
    gm_journal_medium_free(NULL);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(any_flipped_bit_of_any_entry_is_found_by_read),
        TEST(a_flip_leaves_forks_and_other_batches_alone),
        TEST(a_fault_is_for_one_append),
        TEST(what_is_refused_anyway_does_not_land_by_a_fault),
        TEST(only_the_journal_that_saw_unknown_is_over),
        TEST(there_is_nothing_to_tend),
        cmocka_unit_test(nothing_is_closed_and_freed_without_harm),
    };
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    return gm_journal_conformance(&backend, seed) + cmocka_run_group_tests(tests, NULL, NULL);
}
