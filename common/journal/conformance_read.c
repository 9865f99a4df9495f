#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "journal/conformance_world.h"

static void every_number_of_a_batch_reads_the_whole_of_it(void **state)
{
    struct world *world = *state;
    static const uint32_t counts[] = {1, 5, 1, 1, 9, 2};
    enum { BATCHES = sizeof counts / sizeof counts[0] };
    world_fence(world);
    for (size_t i = 0; i < BATCHES; i++) {
        world_append(world, counts[i], 300);
    }
    uint64_t first_seq = 1;
    for (size_t i = 0; i < BATCHES; i++) {
        for (uint64_t seq = first_seq; seq < first_seq + counts[i]; seq++) {
            const struct gm_batch batch = world_read(world, seq);
            assert_true(batch.first_seq == first_seq);
            assert_int_equal(batch.count, counts[i]);
            assert_ptr_equal(batch.entries.at, world->buffer);
            assert_int_equal(batch.entries.size, counts[i] * 300);
        }
        first_seq += counts[i];
    }
    struct gm_batch none = {.count = 77};
    assert_int_equal(gm_journal_read(world->journal, 0, world->buffer, &none), GM_NOT_FOUND);
    assert_int_equal(gm_journal_read(world->journal, first_seq, world->buffer, &none),
                     GM_NOT_FOUND);
    assert_int_equal(gm_journal_read(world->journal, UINT64_MAX, world->buffer, &none),
                     GM_NOT_FOUND);
    assert_int_equal(none.count, 77);
}

static void batches_and_entries_of_every_size_read_back(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *label;
        uint32_t count;
        size_t each;
    } rows[] = {
        {"the smallest", 1, GM_ENTRY_HEAD_BYTES},
        {"the most entries, the most bytes", GM_BATCH_ENTRIES_MAX, 256},
        {"the most of the smallest entries", GM_BATCH_ENTRIES_MAX, GM_ENTRY_HEAD_BYTES},
        {"the largest entry", 1, GM_ENTRY_BYTES_MAX},
        {"as many of the largest as fit", 4, GM_ENTRY_BYTES_MAX},
        {"a byte less than a row", 3, 1983},
        {"a row", 3, 1984},
        {"a byte more than a row", 3, 1985},
        {"a byte less than two rows", 3, 3967},
        {"two rows", 3, 3968},
        {"a byte more than two rows", 3, 3969},
    };
    world_fence(world);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("  %s\n", rows[i].label);
        const struct gm_batch batch = world_append(world, rows[i].count, rows[i].each);
        const struct gm_batch read = world_read(world, gm_batch_last_seq(&batch));
        assert_batch_equal(&read, &batch);
    }
    world_reopen(world);
    uint64_t seq = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct gm_batch batch = world_read(world, seq);
        assert_int_equal(batch.count, rows[i].count);
        assert_int_equal(batch.entries.size, rows[i].count * rows[i].each);
        seq += batch.count;
    }
}

/* All positions of a history, each with every hash that is or was about. */
static void follow_goes_on_from_exactly_the_positions_of_its_history(void **state)
{
    struct world *world = *state;
    static const uint32_t counts[] = {1, 3, 2, 1, 4};
    enum { BATCHES = sizeof counts / sizeof counts[0] };
    struct gm_batch batches[BATCHES];
    world_fence(world);
    for (size_t i = 0; i < BATCHES; i++) {
        batches[i] = world_append(world, counts[i], 200);
    }
    const uint64_t last = gm_batch_last_seq(&batches[BATCHES - 1]);
    for (size_t held = 0; held < BATCHES; held++) {
        for (uint64_t seq = batches[held].first_seq; seq <= gm_batch_last_seq(&batches[held]);
             seq++) {
            for (size_t named = 0; named < BATCHES; named++) {
                struct gm_batch next;
                const enum gm_status status = gm_journal_follow(
                    world->journal, seq, &batches[named].hash, world->buffer, &next);
                if (named != held) {
                    assert_int_equal(status, GM_NOT_FOUND);
                } else if (held == BATCHES - 1) {
                    assert_int_equal(status, GM_END);
                } else {
                    assert_int_equal(status, GM_OK);
                    assert_true(next.first_seq == batches[held + 1].first_seq);
                    assert_int_equal(gm_batch_verify(&next), GM_OK);
                }
            }
        }
    }
    struct gm_batch next;
    struct gm_hash flipped = batches[1].hash;
    flipped.v[31] ^= 1;
    assert_int_equal(
        gm_journal_follow(world->journal, batches[2].first_seq - 1, &flipped, world->buffer, &next),
        GM_NOT_FOUND);
    assert_int_equal(gm_journal_follow(world->journal, last + 1, &batches[BATCHES - 1].hash,
                                       world->buffer, &next),
                     GM_NOT_FOUND);
    assert_int_equal(gm_journal_follow(world->journal, UINT64_MAX, &batches[BATCHES - 1].hash,
                                       world->buffer, &next),
                     GM_NOT_FOUND);
}

static void follow_from_zero_walks_the_whole_history_and_waits_at_its_end(void **state)
{
    struct world *world = *state;
    world_fence(world);
    for (uint32_t i = 0; i < 40; i++) {
        world_append(world, 1 + i % 5, 140 + 4 * i);
    }
    uint64_t seq = 0;
    struct gm_hash hash = {{0}};
    for (int more = 0; more < 2; more++) {
        struct gm_batch batch;
        enum gm_status status;
        while ((status = gm_journal_follow(world->journal, seq, &hash, world->buffer, &batch)) ==
               GM_OK) {
            assert_true(batch.first_seq == seq + 1);
            assert_int_equal(gm_hash_compare(&batch.previous, &hash), 0);
            seq = gm_batch_last_seq(&batch);
            hash = batch.hash;
        }
        assert_int_equal(status, GM_END);
        assert_true(seq == world_tail(world).seq);
        world_append(world, 1, 200);
    }
}

struct follower {
    struct gm_journal *journal;
    uint64_t wanted; /* batches */
    uint64_t seen;
    atomic_bool given_up; /* the writer has failed */
    const char *flaw;     /* NULL where all was right; read after the join */
};

/* No cmocka assertions here: they would jump out of the wrong thread. */
static void *follow_along(void *argument)
{
    struct follower *follower = argument;
    uint8_t *buffer = malloc(GM_BATCH_BYTES_MAX);
    if (buffer == NULL) return NULL;
    uint64_t seq = 0;
    struct gm_hash hash = {{0}};
    while (follower->seen < follower->wanted && follower->flaw == NULL) {
        struct gm_batch batch;
        const enum gm_status status =
            gm_journal_follow(follower->journal, seq, &hash, buffer, &batch);
        if (status == GM_END) {
            if (atomic_load(&follower->given_up)) break;
            sched_yield();
        } else if (status != GM_OK) {
            follower->flaw = gm_status_name(status);
        } else if (batch.first_seq != seq + 1) {
            follower->flaw = "a gap";
        } else if (gm_hash_compare(&batch.previous, &hash) != 0) {
            follower->flaw = "a broken chain";
        } else {
            seq = gm_batch_last_seq(&batch);
            hash = batch.hash;
            follower->seen++;
        }
    }
    free(buffer);
    return NULL;
}

static void followers_read_while_the_writer_appends(void **state)
{
    struct world *world = *state;
    enum { FOLLOWERS = 3, BATCHES = 300 };
    struct follower followers[FOLLOWERS];
    pthread_t threads[FOLLOWERS];
    world_fence(world);
    for (size_t i = 0; i < FOLLOWERS; i++) {
        followers[i] = (struct follower){.journal = world->journal, .wanted = BATCHES};
        assert_int_equal(pthread_create(&threads[i], NULL, follow_along, &followers[i]), 0);
    }
    uint32_t acked = 0;
    struct gm_journal_tail tail;
    while (acked < BATCHES && gm_journal_tail(world->journal, &tail) == GM_OK) {
        struct gm_batch batch = sample_batch(&world->random, &tail, 1 + acked % 7,
                                             acked % 50 == 0 ? 30000 : 180, world->entries);
        if (gm_journal_append(world->journal, &batch) != GM_APPEND_ACKED) break;
        acked++;
    }
    for (size_t i = 0; i < FOLLOWERS; i++) {
        if (acked < BATCHES) atomic_store(&followers[i].given_up, true);
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(acked, BATCHES);
    for (size_t i = 0; i < FOLLOWERS; i++) {
        if (followers[i].flaw != NULL) fail_msg("follower %zu: %s", i, followers[i].flaw);
        assert_int_equal(followers[i].seen, BATCHES);
    }
}

/* Skips the test where the backend has no forks. */
static void *fork_of(struct world *world, uint64_t through, uint64_t new_id)
{
    if (world->backend->fork == NULL) {
        skip();
        return NULL; /* not reached */
    }
    return world->backend->fork(world->place, world->journal, through, new_id);
}

static void a_fork_shares_history_and_goes_its_own_way(void **state)
{
    struct world *world = *state;
    world_fence(world);
    world_append(world, 2, 200);
    const struct gm_batch shared = world_append(world, 3, 2500);
    world_fence(world);
    const struct gm_batch after = world_append(world, 1, 200);
    const struct gm_journal_tail source_tail = world_tail(world);
    void *place = fork_of(world, 4, WORLD_FORK_ID); /* in the middle of the second batch */
    assert_non_null(place);
    struct gm_journal *fork = world->backend->open(place);

    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(fork, &tail), GM_OK);
    const struct gm_journal_tail expected = {
        .journal_id = WORLD_FORK_ID,
        .parent_id = WORLD_JOURNAL_ID,
        .parent_through = 5,
        .epoch = source_tail.epoch,
        .seq = 5,
        .hash = shared.hash,
        .fold_version = shared.fold_version,
    };
    assert_tail_equal(&tail, &expected);
    struct gm_batch read;
    assert_int_equal(gm_journal_read(fork, 5, world->buffer, &read), GM_OK);
    assert_true(read.journal_id == WORLD_JOURNAL_ID); /* as it was hashed */
    assert_int_equal(gm_journal_read(fork, 6, world->buffer, &read), GM_NOT_FOUND);

    assert_int_equal(gm_journal_fence(fork, &tail.epoch), GM_OK);
    assert_true(tail.epoch == source_tail.epoch + 1);
    struct gm_batch own = sample_batch(&world->random, &tail, 2, 200, world->entries);
    assert_int_equal(gm_journal_append(fork, &own), GM_APPEND_ACKED);
    assert_int_equal(gm_hash_compare(&own.previous, &shared.hash), 0);

    /* A follower of the shared part goes on in either; one that went further only in its own. */
    assert_int_equal(gm_journal_follow(fork, 5, &shared.hash, world->buffer, &read), GM_OK);
    assert_int_equal(gm_hash_compare(&read.hash, &own.hash), 0);
    assert_int_equal(gm_journal_follow(fork, 6, &after.hash, world->buffer, &read), GM_NOT_FOUND);
    assert_int_equal(gm_journal_follow(world->journal, 6, &own.hash, world->buffer, &read),
                     GM_NOT_FOUND);
    const struct gm_journal_tail untouched = world_tail(world);
    assert_tail_equal(&untouched, &source_tail);

    gm_journal_close(fork);
    fork = world->backend->open(place);
    assert_int_equal(gm_journal_tail(fork, &tail), GM_OK);
    assert_true(tail.parent_id == WORLD_JOURNAL_ID);
    assert_true(tail.seq == 7);
    gm_journal_close(fork);
    world->backend->remove(place);
}

static void a_batch_of_the_parent_is_rejected_by_its_fork(void **state)
{
    struct world *world = *state;
    world_fence(world);
    world_append(world, 2, 200);
    void *place = fork_of(world, 2, WORLD_FORK_ID);
    assert_non_null(place);
    struct gm_journal *fork = world->backend->open(place);
    struct gm_batch batch = world_batch(world, 1, 200);
    assert_int_equal(gm_journal_append(fork, &batch), GM_APPEND_REJECTED);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_ACKED);
    gm_journal_close(fork);
    world->backend->remove(place);
}

static void a_fork_of_a_fork_remembers_the_nearer(void **state)
{
    struct world *world = *state;
    world_fence(world);
    world_append(world, 2, 200);
    world_append(world, 2, 200);
    void *place = fork_of(world, 3, WORLD_FORK_ID);
    assert_non_null(place);
    struct gm_journal *fork = world->backend->open(place);
    void *second_place = world->backend->fork(place, fork, 1, WORLD_FORK_ID + 1);
    assert_non_null(second_place);
    struct gm_journal *second = world->backend->open(second_place);
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(second, &tail), GM_OK);
    assert_true(tail.parent_id == WORLD_FORK_ID);
    assert_true(tail.parent_through == 2);
    assert_true(tail.seq == 2);
    gm_journal_close(second);
    gm_journal_close(fork);
    world->backend->remove(second_place);
    world->backend->remove(place);
}

static void a_fork_through_what_is_not_there_is_refused(void **state)
{
    struct world *world = *state;
    assert_null(fork_of(world, 0, WORLD_FORK_ID));
    assert_null(fork_of(world, 1, WORLD_FORK_ID));
    world_fence(world);
    world_append(world, 2, 200);
    assert_null(fork_of(world, 0, WORLD_FORK_ID));
    assert_null(fork_of(world, 3, WORLD_FORK_ID));
}

int conformance_read_run(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(every_number_of_a_batch_reads_the_whole_of_it),
        WORLD_TEST(batches_and_entries_of_every_size_read_back),
        WORLD_TEST(follow_goes_on_from_exactly_the_positions_of_its_history),
        WORLD_TEST(follow_from_zero_walks_the_whole_history_and_waits_at_its_end),
        WORLD_TEST(followers_read_while_the_writer_appends),
        WORLD_TEST(a_fork_shares_history_and_goes_its_own_way),
        WORLD_TEST(a_batch_of_the_parent_is_rejected_by_its_fork),
        WORLD_TEST(a_fork_of_a_fork_remembers_the_nearer),
        WORLD_TEST(a_fork_through_what_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
