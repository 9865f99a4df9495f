/* Each write and each sync of an append fails in turn, in each way: what was acked stays, what is
 * unknown is settled by a probe after the next open. */
#include "store/env_faults.h"

#include <errno.h>

#include "journal/lmdb_fixture.h"

enum {
    CALLS_MAX = 100,       /* far more writes and syncs than an append makes */
    COPY_CALLS_MAX = 1000, /* and than a copy makes */
};

static const struct {
    const char *label;
    enum env_fault fault;
    int error;
    bool lasting;
} rows[] = {
    {"one call lost, EIO", ENV_FAULT_LOST, EIO, false},
    {"one call lost, ENOSPC", ENV_FAULT_LOST, ENOSPC, false},
    {"one call done and not known, EIO", ENV_FAULT_LANDED, EIO, false},
    {"all lost from one on, EIO", ENV_FAULT_LOST, EIO, true},
    {"all lost after one done and not known, EIO", ENV_FAULT_LANDED, EIO, true},
};

/* The journal's history is `before`, or that and the unknown batch: as probe says. True: it is
 * there. */
static bool settle(struct fixture *fixture, const struct gm_journal_tail *before,
                   const struct gm_batch *unknown)
{
    if (fixture_open(fixture) != GM_OK) fail_msg("%s", fixture->why);
    struct gm_journal_tail after;
    assert_int_equal(gm_journal_tail(fixture->journal, &after), GM_OK);
    uint64_t first_seq;
    const enum gm_status status = gm_journal_probe(fixture->journal, unknown->batch_id, &first_seq);
    if (status == GM_OK) {
        assert_true(first_seq == unknown->first_seq);
        assert_true(after.seq == gm_batch_last_seq(unknown));
        assert_int_equal(gm_hash_compare(&after.hash, &unknown->hash), 0);
        return true;
    }
    assert_int_equal(status, GM_NOT_FOUND);
    assert_true(after.seq == before->seq);
    assert_int_equal(gm_hash_compare(&after.hash, &before->hash), 0);
    return false;
}

static void assert_whole(struct fixture *fixture)
{
    struct gm_journal_tail tail;
    struct gm_batch batch;
    struct gm_hash hash = {{0}};
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
    for (uint64_t seq = 0; seq < tail.seq; seq = gm_batch_last_seq(&batch)) {
        assert_int_equal(gm_journal_follow(fixture->journal, seq, &hash, fixture->buffer, &batch),
                         GM_OK);
        hash = batch.hash;
    }
    assert_int_equal(gm_hash_compare(&hash, &tail.hash), 0);
}

/* Appends with the nth call failing; false where the append makes fewer. Counts what landed after
 * all. */
static bool append_with_fault(size_t row, size_t nth, size_t *landed)
{
    void *state;
    fixture_setup(&state);
    struct fixture *fixture = state;
    fixture_append(fixture, 3, 500);
    fixture_append(fixture, 9, 3000);
    struct gm_journal_tail before;
    assert_int_equal(gm_journal_tail(fixture->journal, &before), GM_OK);
    struct gm_batch batch = sample_batch(&fixture->random, &before, 40, 3000, fixture->entries);

    env_faults_arm(nth, rows[row].fault, rows[row].error, rows[row].lasting);
    const enum gm_append outcome = gm_journal_append(fixture->journal, &batch);
    const bool failed = env_faults_disarm();
    if (failed) {
        assert_int_equal(outcome, GM_APPEND_UNKNOWN);
        struct gm_batch again = batch;
        assert_int_equal(gm_journal_append(fixture->journal, &again), GM_APPEND_UNKNOWN);
        uint64_t epoch;
        assert_int_equal(gm_journal_fence(fixture->journal, &epoch), GM_IO);
        assert_false(gm_journal_tend(fixture->journal, 0));
        fixture_close(fixture);
        if (settle(fixture, &before, &batch)) {
            (*landed)++;
        } else {
            assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_ACKED);
        }
        fixture_append(fixture, 2, 500);
    } else {
        assert_int_equal(outcome, GM_APPEND_ACKED);
    }
    assert_whole(fixture);
    fixture_teardown(&state);
    return failed;
}

static void every_write_and_sync_that_fails_is_unknown_and_settled_by_probe(void **state)
{
    (void)state;
    size_t landed = 0;
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        size_t nth = 1;
        while (append_with_fault(row, nth, &landed)) {
            assert_true(++nth < CALLS_MAX);
        }
        print_message("  %s: %zu calls\n", rows[row].label, nth - 1);
        assert_true(nth > 3); /* pages, their sync, the meta page */
    }
    assert_true(landed > 0); /* both ways out of UNKNOWN were seen */
}

static void an_epoch_whose_commit_failed_is_not_taken_twice(void **state)
{
    for (size_t nth = 1;; nth++) {
        void *own;
        fixture_setup(&own);
        struct fixture *fixture = own;
        uint64_t epoch = 0;
        assert_int_equal(gm_journal_fence(fixture->journal, &epoch), GM_OK);
        env_faults_arm(nth, ENV_FAULT_LANDED, EIO, true);
        uint64_t unknown = 0;
        const enum gm_status status = gm_journal_fence(fixture->journal, &unknown);
        const bool failed = env_faults_disarm();
        assert_int_equal(status, failed ? GM_IO : GM_OK);
        fixture_close(fixture);
        assert_int_equal(fixture_open(fixture), GM_OK);
        uint64_t next;
        assert_int_equal(gm_journal_fence(fixture->journal, &next), GM_OK);
        assert_true(next == epoch + 1 || next == epoch + 2);
        fixture_append(fixture, 1, 200);
        fixture_teardown(&own);
        if (!failed) break;
        assert_true(nth < CALLS_MAX);
    }
    (void)state;
}

/* Wherever a copy stops, what is left is refused, unless the very last commit landed. */
static void a_copy_that_was_not_finished_is_refused(void **state)
{
    struct fixture *fixture = *state;
    enum { BATCHES = 9, ENTRIES = 4 * BATCHES }; /* of 1 MiB each: three commits */
    for (int i = 0; i < BATCHES; i++) {
        fixture_append(fixture, 4, GM_ENTRY_BYTES_MAX);
    }
    size_t unfinished = 0;
    for (size_t nth = 1;; nth++) {
        char *path = gm_temp_dir_new();
        env_faults_arm(nth, ENV_FAULT_LOST, EIO, true);
        const enum gm_status forked = gm_journal_lmdb_fork(fixture->journal, ENTRIES, 99, path,
                                                           fixture->why, sizeof fixture->why);
        const bool failed = env_faults_disarm();
        assert_true(failed == (forked != GM_OK));

        struct gm_journal_lmdb_config config = fixture_config(fixture);
        config.path = path;
        config.journal_id = 0;
        struct gm_journal *copy = NULL;
        const enum gm_status opened =
            gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &copy);
        assert_true((opened == GM_OK) == (forked == GM_OK));
        if (opened == GM_CORRUPT) unfinished++;
        gm_journal_close(copy);
        gm_temp_dir_free(path);
        if (!failed) break;
        assert_true(nth < COPY_CALLS_MAX);
    }
    assert_true(unfinished > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_write_and_sync_that_fails_is_unknown_and_settled_by_probe),
        cmocka_unit_test(an_epoch_whose_commit_failed_is_not_taken_twice),
        TEST(a_copy_that_was_not_finished_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
