#include "journal/conformance.h"

#include <stdio.h>
#include <stdlib.h>

#include "journal/conformance_world.h"

static const struct gm_journal_backend *tested;
static uint64_t tested_seed;

int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->backend = tested;
    world->entries = malloc(GM_BATCH_BYTES_MAX + GM_ENTRY_BYTES_MAX);
    assert_non_null(world->entries);
    world->buffer = malloc(GM_BATCH_BYTES_MAX);
    assert_non_null(world->buffer);
    gm_random_seed(&world->random, tested_seed);
    world->place = tested->make(WORLD_JOURNAL_ID);
    world->journal = tested->open(world->place);
    *state = world;
    return 0;
}

int world_teardown(void **state)
{
    struct world *world = *state;
    gm_journal_close(world->journal);
    tested->remove(world->place);
    free(world->entries);
    free(world->buffer);
    free(world);
    return 0;
}

void world_reopen(struct world *world)
{
    gm_journal_close(world->journal);
    world->journal = world->backend->open(world->place);
}

struct gm_journal_tail world_tail(struct world *world)
{
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(world->journal, &tail), GM_OK);
    return tail;
}

uint64_t world_fence(struct world *world)
{
    uint64_t epoch;
    assert_int_equal(gm_journal_fence(world->journal, &epoch), GM_OK);
    return epoch;
}

struct gm_batch world_batch(struct world *world, uint32_t count, size_t each)
{
    const struct gm_journal_tail tail = world_tail(world);
    return sample_batch(&world->random, &tail, count, each, world->entries);
}

struct gm_batch world_append(struct world *world, uint32_t count, size_t each)
{
    struct gm_batch batch = world_batch(world, count, each);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_ACKED);
    return batch;
}

struct gm_batch world_read(struct world *world, uint64_t seq)
{
    struct gm_batch batch;
    assert_int_equal(gm_journal_read(world->journal, seq, world->buffer, &batch), GM_OK);
    return batch;
}

void world_fail_next(struct world *world, enum gm_journal_fault fault)
{
    const struct gm_journal_backend *backend = world->backend;
    if (backend->fail_next == NULL || !backend->fail_next(world->place, fault)) skip();
}

void assert_batch_equal(const struct gm_batch *a, const struct gm_batch *b)
{
    uint8_t head_a[GM_BATCH_STORED_BYTES];
    uint8_t head_b[GM_BATCH_STORED_BYTES];
    gm_batch_encode_head(a, head_a);
    gm_batch_encode_head(b, head_b);
    assert_memory_equal(head_a, head_b, sizeof head_a);
    assert_true(gm_bytes_equal(a->entries, b->entries));
}

void assert_tail_equal(const struct gm_journal_tail *a, const struct gm_journal_tail *b)
{
    assert_true(a->journal_id == b->journal_id);
    assert_true(a->parent_id == b->parent_id);
    assert_true(a->parent_through == b->parent_through);
    assert_true(a->epoch == b->epoch);
    assert_true(a->seq == b->seq);
    assert_int_equal(gm_hash_compare(&a->hash, &b->hash), 0);
    assert_int_equal(a->fold_version, b->fold_version);
}

static void a_new_history_is_empty(void **state)
{
    struct world *world = *state;
    const struct gm_journal_tail empty = {.journal_id = WORLD_JOURNAL_ID};
    const struct gm_journal_tail tail = world_tail(world);
    assert_tail_equal(&tail, &empty);

    struct gm_batch batch;
    uint64_t first_seq;
    const struct gm_hash none = {{0}};
    for (uint64_t seq = 0; seq < 3; seq++) {
        assert_int_equal(gm_journal_read(world->journal, seq, world->buffer, &batch), GM_NOT_FOUND);
    }
    assert_int_equal(gm_journal_follow(world->journal, 0, &none, world->buffer, &batch), GM_END);
    assert_int_equal(gm_journal_follow(world->journal, 1, &none, world->buffer, &batch),
                     GM_NOT_FOUND);
    assert_int_equal(gm_journal_probe(world->journal, sample_id(&world->random), &first_seq),
                     GM_NOT_FOUND);
}

static void an_acked_batch_is_the_tail_and_reads_back(void **state)
{
    struct world *world = *state;
    const uint64_t epoch = world_fence(world);
    const struct gm_batch batch = world_append(world, 3, 200);
    const struct gm_journal_tail expected = {
        .journal_id = WORLD_JOURNAL_ID,
        .epoch = epoch,
        .seq = 3,
        .hash = batch.hash,
        .fold_version = batch.fold_version,
    };
    const struct gm_journal_tail tail = world_tail(world);
    assert_tail_equal(&tail, &expected);
    const struct gm_batch read = world_read(world, 1);
    assert_batch_equal(&read, &batch);
    assert_int_equal(gm_batch_verify(&batch), GM_OK);
}

static void a_batch_is_kept_as_it_was_when_it_was_appended(void **state)
{
    struct world *world = *state;
    world_fence(world);
    const struct gm_batch batch = world_append(world, 3, 2500);
    uint8_t *kept = malloc(batch.entries.size);
    assert_non_null(kept);
    memcpy(kept, batch.entries.at, batch.entries.size);
    memset(world->entries, 0xee, batch.entries.size);
    const struct gm_batch read = world_read(world, 2);
    assert_memory_equal(read.entries.at, kept, batch.entries.size);
    free(kept);
}

static void each_batch_names_the_one_before_it(void **state)
{
    struct world *world = *state;
    world_fence(world);
    struct gm_hash previous = {{0}};
    for (uint32_t i = 1; i <= 20; i++) {
        const struct gm_batch batch = world_append(world, i, 136 + 4 * i);
        assert_int_equal(gm_hash_compare(&batch.previous, &previous), 0);
        const struct gm_journal_tail tail = world_tail(world);
        assert_int_equal(gm_hash_compare(&tail.hash, &batch.hash), 0);
        previous = batch.hash;
    }
}

static void epochs_count_up_and_are_kept(void **state)
{
    struct world *world = *state;
    for (uint64_t expected = 1; expected < 6; expected++) {
        assert_true(world_fence(world) == expected);
        assert_true(world_tail(world).epoch == expected);
        world_reopen(world);
        assert_true(world_tail(world).epoch == expected);
    }
}

static void an_earlier_epoch_is_fenced_for_ever(void **state)
{
    struct world *world = *state;
    world_fence(world);
    world_append(world, 1, 200);
    struct gm_batch stale = world_batch(world, 1, 200);
    world_fence(world);
    const struct gm_journal_tail before = world_tail(world);

    assert_int_equal(gm_journal_append(world->journal, &stale), GM_APPEND_FENCED);
    world_reopen(world);
    assert_int_equal(gm_journal_append(world->journal, &stale), GM_APPEND_FENCED);
    stale.first_seq +=
        7; /* fenced comes before rejected: the writer is to stop, not to look again */
    assert_int_equal(gm_journal_append(world->journal, &stale), GM_APPEND_FENCED);
    const struct gm_journal_tail after = world_tail(world);
    assert_tail_equal(&after, &before);
    world_append(world, 1, 200);
}

/* How a batch that would fit is made not to. */
static void too_early(struct gm_batch *batch)
{
    batch->first_seq--;
}
static void too_late(struct gm_batch *batch)
{
    batch->first_seq++;
}
static void of_another_journal(struct gm_batch *batch)
{
    batch->journal_id++;
}
static void of_an_epoch_to_come(struct gm_batch *batch)
{
    batch->epoch++;
}
static void without_entries(struct gm_batch *batch)
{
    batch->count = 0;
    batch->entries.size = 0;
}
static void with_too_many_entries(struct gm_batch *batch)
{
    batch->count = GM_BATCH_ENTRIES_MAX + 1;
}
static void with_too_many_bytes(struct gm_batch *batch)
{
    batch->entries.size = GM_BATCH_BYTES_MAX + 1;
}

static void what_does_not_fit_is_rejected_and_leaves_no_trace(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *label;
        void (*spoil)(struct gm_batch *);
    } rows[] = {
        {"too early", too_early},
        {"too late", too_late},
        {"of another journal", of_another_journal},
        {"of an epoch to come", of_an_epoch_to_come},
        {"without entries", without_entries},
        {"with too many entries", with_too_many_entries},
        {"with too many bytes", with_too_many_bytes},
    };
    world_fence(world);
    world_append(world, 2, 200);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("  %s\n", rows[i].label);
        const struct gm_journal_tail before = world_tail(world);
        struct gm_batch batch = world_batch(world, 2, 200);
        rows[i].spoil(&batch);
        const struct gm_batch spoilt = batch;
        assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_REJECTED);
        assert_int_equal(gm_hash_compare(&batch.previous, &spoilt.previous), 0);
        assert_int_equal(gm_hash_compare(&batch.hash, &spoilt.hash), 0);
        const struct gm_journal_tail after = world_tail(world);
        assert_tail_equal(&after, &before);
        uint64_t first_seq;
        assert_int_equal(gm_journal_probe(world->journal, batch.batch_id, &first_seq),
                         GM_NOT_FOUND);
        world_append(world, 2, 200);
    }
}

static void who_has_taken_no_epoch_is_rejected(void **state)
{
    struct world *world = *state;
    struct gm_batch batch = world_batch(world, 1, 200);
    assert_true(batch.epoch == 0);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_REJECTED);
    assert_true(world_tail(world).seq == 0);
}

static void probe_says_where_a_batch_is(void **state)
{
    struct world *world = *state;
    struct gm_id ids[30];
    uint64_t expected[30];
    world_fence(world);
    for (uint32_t i = 0; i < 30; i++) {
        const struct gm_batch batch = world_append(world, 1 + i % 4, 140);
        ids[i] = batch.batch_id;
        expected[i] = batch.first_seq;
    }
    for (int open = 0; open < 2; open++) {
        uint64_t first_seq = 0;
        for (uint32_t i = 0; i < 30; i++) {
            assert_int_equal(gm_journal_probe(world->journal, ids[i], &first_seq), GM_OK);
            assert_true(first_seq == expected[i]);
        }
        first_seq = 77;
        assert_int_equal(gm_journal_probe(world->journal, sample_id(&world->random), &first_seq),
                         GM_NOT_FOUND);
        assert_int_equal(first_seq, 77);
        world_reopen(world);
    }
}

/* After UNKNOWN nothing lands through this journal, not even what would have before. */
static void assert_over(struct world *world, const struct gm_batch *unknown)
{
    struct gm_batch again = *unknown;
    assert_int_equal(gm_journal_append(world->journal, &again), GM_APPEND_UNKNOWN);
    struct gm_batch next = *unknown;
    next.first_seq += next.count;
    assert_int_equal(gm_journal_append(world->journal, &next), GM_APPEND_UNKNOWN);
}

static void an_unknown_batch_that_landed_is_found_after_reopening(void **state)
{
    struct world *world = *state;
    world_fence(world);
    world_append(world, 2, 200);
    world_fail_next(world, GM_JOURNAL_UNKNOWN_LANDED);
    struct gm_batch batch = world_batch(world, 3, 200);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_UNKNOWN);
    assert_over(world, &batch);
    world_reopen(world);

    uint64_t first_seq;
    assert_int_equal(gm_journal_probe(world->journal, batch.batch_id, &first_seq), GM_OK);
    assert_true(first_seq == batch.first_seq);
    assert_true(world_tail(world).seq == 5);
    const struct gm_batch read = world_read(world, 4);
    assert_batch_equal(&read, &batch);
    /* Blindly again: the head has moved. */
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_REJECTED);
    world_append(world, 1, 200);
}

static void an_unknown_batch_that_was_lost_is_not_there_after_reopening(void **state)
{
    struct world *world = *state;
    world_fence(world);
    world_append(world, 2, 200);
    const struct gm_journal_tail before = world_tail(world);
    world_fail_next(world, GM_JOURNAL_UNKNOWN_LOST);
    struct gm_batch batch = world_batch(world, 3, 200);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_UNKNOWN);
    assert_over(world, &batch);
    world_reopen(world);

    uint64_t first_seq;
    assert_int_equal(gm_journal_probe(world->journal, batch.batch_id, &first_seq), GM_NOT_FOUND);
    const struct gm_journal_tail after = world_tail(world);
    assert_tail_equal(&after, &before);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_ACKED);
    const struct gm_batch read = world_read(world, 5);
    assert_batch_equal(&read, &batch);
}

static void a_rejected_batch_is_not_there(void **state)
{
    struct world *world = *state;
    world_fence(world);
    world_append(world, 2, 200);
    const struct gm_journal_tail before = world_tail(world);
    world_fail_next(world, GM_JOURNAL_REJECT);
    struct gm_batch batch = world_batch(world, 3, 200);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_REJECTED);
    world_reopen(world);
    uint64_t first_seq;
    assert_int_equal(gm_journal_probe(world->journal, batch.batch_id, &first_seq), GM_NOT_FOUND);
    const struct gm_journal_tail after = world_tail(world);
    assert_tail_equal(&after, &before);
}

static void a_writer_whose_epoch_is_taken_away_is_fenced(void **state)
{
    struct world *world = *state;
    const uint64_t epoch = world_fence(world);
    world_append(world, 2, 200);
    world_fail_next(world, GM_JOURNAL_FENCE_FIRST);
    struct gm_batch batch = world_batch(world, 3, 200);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_FENCED);
    assert_true(world_tail(world).epoch == epoch + 1);
    assert_true(world_tail(world).seq == 2);
    assert_true(world_fence(world) == epoch + 2);
    world_append(world, 1, 200);
}

static void of_two_writers_the_later_epoch_goes_on(void **state)
{
    struct world *world = *state;
    if (!world->backend->many) skip();
    struct gm_journal *other = world->backend->open(world->place);
    const uint64_t first = world_fence(world);
    world_append(world, 2, 200);
    struct gm_batch stale = world_batch(world, 1, 200);
    uint64_t second;
    assert_int_equal(gm_journal_fence(other, &second), GM_OK);
    assert_true(second > first);
    assert_int_equal(gm_journal_append(world->journal, &stale), GM_APPEND_FENCED);

    struct gm_batch batch = world_batch(world, 2, 200);
    assert_true(batch.epoch == second);
    assert_int_equal(gm_journal_append(other, &batch), GM_APPEND_ACKED);
    const struct gm_batch read = world_read(world, batch.first_seq); /* who is fenced still reads */
    assert_batch_equal(&read, &batch);
    gm_journal_close(other);
}

static void reopening_keeps_all_that_was_acked(void **state)
{
    struct world *world = *state;
    enum { BATCHES = 25 };
    struct gm_hash hashes[BATCHES];
    for (uint32_t i = 0; i < BATCHES; i++) {
        if (i % 10 == 0) world_fence(world);
        hashes[i] = world_append(world, 2, 136 + 100 * i + 4).hash;
        const struct gm_journal_tail before = world_tail(world);
        world_reopen(world);
        const struct gm_journal_tail after = world_tail(world);
        assert_tail_equal(&after, &before);
    }
    for (uint32_t i = 0; i < BATCHES; i++) {
        const struct gm_batch batch = world_read(world, 1 + 2 * i);
        assert_int_equal(gm_hash_compare(&batch.hash, &hashes[i]), 0);
    }
}

static void space_is_told_and_grows_no_less_than_what_is_kept(void **state)
{
    struct world *world = *state;
    struct gm_journal_space before;
    gm_journal_space(world->journal, &before);
    world_fence(world);
    world_append(world, 4, GM_ENTRY_BYTES_MAX);
    struct gm_journal_space after;
    gm_journal_space(world->journal, &after);
    assert_true(after.used_bytes >= before.used_bytes + GM_BATCH_BYTES_MAX);
    assert_true(after.file_bytes >= after.used_bytes);
    assert_true(after.map_bytes == 0 || after.map_bytes >= after.used_bytes);
}

int gm_journal_conformance(const struct gm_journal_backend *backend, uint64_t seed)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_new_history_is_empty),
        WORLD_TEST(an_acked_batch_is_the_tail_and_reads_back),
        WORLD_TEST(a_batch_is_kept_as_it_was_when_it_was_appended),
        WORLD_TEST(each_batch_names_the_one_before_it),
        WORLD_TEST(epochs_count_up_and_are_kept),
        WORLD_TEST(an_earlier_epoch_is_fenced_for_ever),
        WORLD_TEST(what_does_not_fit_is_rejected_and_leaves_no_trace),
        WORLD_TEST(who_has_taken_no_epoch_is_rejected),
        WORLD_TEST(probe_says_where_a_batch_is),
        WORLD_TEST(an_unknown_batch_that_landed_is_found_after_reopening),
        WORLD_TEST(an_unknown_batch_that_was_lost_is_not_there_after_reopening),
        WORLD_TEST(a_rejected_batch_is_not_there),
        WORLD_TEST(a_writer_whose_epoch_is_taken_away_is_fenced),
        WORLD_TEST(of_two_writers_the_later_epoch_goes_on),
        WORLD_TEST(reopening_keeps_all_that_was_acked),
        WORLD_TEST(space_is_told_and_grows_no_less_than_what_is_kept),
    };
    tested = backend;
    tested_seed = seed;
    print_message("conformance of %s, seed %llu\n", backend->name, (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL) + conformance_read_run() +
           conformance_random_run();
}
