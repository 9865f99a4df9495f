#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "methods.h"

static int setup(void **state)
{
    struct stand *stand = stand_new(&toy_service);
    stand_live(stand, 1000); /* the start itself is in a checkpoint */
    stand_pass(stand, 1000);
    assert_true(gm_store_applied(stand->store) == gm_host_head(stand->host));
    *state = stand;
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

static void restock(struct stand *stand, unsigned lot)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, lot, 1);
}

static void query(struct stand *stand)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    stand_get_lot(stand, &header, 1);
}

/* ---- when it is due ---- */

static void a_checkpoint_is_due_when_nothing_has_arrived_for_20_ms(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_append(stand));
    stand_pass(stand, GM_CHECKPOINT_IDLE_MS - 1);
    stand_turn(stand);
    assert_false(stand_checkpoint(stand));
    query(stand); /* an arrival, which starts the wait again */
    stand_pass(stand, GM_CHECKPOINT_IDLE_MS - 1);
    stand_turn(stand);
    assert_false(stand_checkpoint(stand));
    assert_true(gm_host_wake_ms(stand->host) == stand->reading.monotonic_ms + 1);
    stand_pass(stand, 1);
    stand_turn(stand);
    assert_true(stand_checkpoint(stand));
    assert_true(gm_store_applied(stand->store) == gm_host_head(stand->host));
}

static void a_checkpoint_is_due_after_a_second_however_much_arrives(void **state)
{
    struct stand *stand = *state;
    for (int64_t ms = 0; ms < GM_CHECKPOINT_AGE_MS; ms += 10) {
        restock(stand, 1);
        assert_true(stand_append(stand));
        stand_send_out(stand);
        stand_turn(stand);
        assert_false(stand_checkpoint(stand));
        stand_pass(stand, 10);
    }
    stand_turn(stand);
    assert_true(stand_checkpoint(stand));
    /* Of the oldest change that is not in one: the next second begins with the next change. */
    for (int i = 0; i < 3; i++) {
        stand_pass(stand, 10);
        query(stand);
        stand_turn(stand);
    }
    restock(stand, 1);
    assert_true(stand_append(stand));
    stand_pass(stand, 10);
    stand_turn(stand);
    assert_false(stand_checkpoint(stand));
}

static void with_nothing_changed_none_is_due(void **state)
{
    struct stand *stand = *state;
    query(stand);
    const uint64_t checkpoints = gm_host_counts(stand->host)->checkpoints;
    stand_live(stand, 10000);
    assert_true(gm_host_counts(stand->host)->checkpoints == checkpoints);
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    assert_true(gm_host_counts(stand->host)->checkpoints == checkpoints);
}

/* Notes of 60 kB, each of a lot of its own, until the host takes no more; the next lot. */
static unsigned fill_half(struct stand *stand, unsigned lot)
{
    for (;; lot++) {
        if (!gm_host_ready(stand->host)) {
            while (stand_append(stand))
                continue;
            stand_send_out(stand);
            if (!gm_host_ready(stand->host)) return lot;
        }
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
        stand_adjust(stand, &header, lot, CATALOG__ADJUST_REASON__SAMPLE, 60000, "");
    }
}

static void a_full_half_makes_one_due_and_two_close_the_door(void **state)
{
    struct stand *stand = *state;
    const unsigned middle = fill_half(stand, 1);
    assert_true(middle > GM_OVERLAY_BYTES_MAX / 61000);
    assert_true(gm_store_load(stand->store).due);
    assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms);
    stand_turn(stand); /* no time has passed */
    assert_true(gm_host_ready(stand->host));
    struct gm_job *job = stand_run_job(stand, GM_LANE_CHECKPOINT);
    assert_non_null(job);
    const unsigned end = fill_half(stand, middle);
    assert_true(end - middle > GM_OVERLAY_BYTES_MAX / 61000);
    stand_turn(stand);
    assert_false(gm_host_ready(stand->host));
    gm_host_job_done(stand->host, job);
    stand_turn(stand);
    assert_true(gm_host_ready(stand->host));
    for (unsigned lot = 1; lot < end; lot++)
        assert_true(stand_row(stand, lot).revision == 1);
    stand_audit(stand);
}

static void none_is_due_before_a_half_is_full(void **state)
{
    struct stand *stand = *state;
    for (unsigned lot = 1; !gm_store_load(stand->store).due; lot++) {
        stand_turn(stand);
        assert_false(stand_checkpoint(stand));
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
        stand_adjust(stand, &header, lot, CATALOG__ADJUST_REASON__SAMPLE, 60000, "");
        (void)stand_append(stand);
        stand_send_out(stand);
    }
    stand_turn(stand);
    assert_true(stand_checkpoint(stand));
}

/* ---- what it stands for ---- */

static void a_checkpoint_waits_until_what_it_stands_for_is_acked(void **state)
{
    struct stand *stand = *state;
    const uint64_t applied = gm_store_applied(stand->store);
    restock(stand, 1);
    assert_true(stand_take_batch(stand));
    restock(stand, 2);
    gm_host_checkpoint_now(stand->host);
    assert_false(stand_checkpoint(stand));
    stand_ack(stand);
    assert_false(stand_checkpoint(stand)); /* the second is not */
    assert_true(stand_take_batch(stand));
    assert_false(stand_checkpoint(stand));
    stand_ack(stand);
    assert_true(stand_checkpoint(stand));
    assert_true(gm_store_applied(stand->store) == applied + 2);
}

static void commands_go_on_while_one_runs(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_append(stand));
    gm_host_checkpoint_now(stand->host);
    struct gm_job *job = gm_host_job(stand->host, GM_LANE_CHECKPOINT);
    assert_non_null(job);
    restock(stand, 1); /* above the frozen row */
    restock(stand, 2);
    assert_int_equal(gm_job_run(job), GM_OK);
    restock(stand, 1);
    const uint64_t hash = gm_store_hash(stand->store);
    gm_host_job_done(stand->host, job);
    assert_true(gm_store_hash(stand->store) == hash);
    assert_int_equal(stand_row(stand, 1).on_hand, 3);
    assert_int_equal(stand_row(stand, 2).on_hand, 1);
    stand_audit(stand);
}

static void one_runs_at_a_time(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_append(stand));
    gm_host_checkpoint_now(stand->host);
    struct gm_job *job = gm_host_job(stand->host, GM_LANE_CHECKPOINT);
    assert_non_null(job);
    restock(stand, 2);
    assert_true(stand_append(stand));
    gm_host_checkpoint_now(stand->host);
    stand_pass(stand, 2000);
    stand_turn(stand);
    assert_null(gm_host_job(stand->host, GM_LANE_CHECKPOINT));
    assert_int_equal(gm_job_run(job), GM_OK);
    gm_host_job_done(stand->host, job);
    stand_turn(stand);
    assert_true(stand_checkpoint(stand));
}

/* Frozen in the middle of the batch that is being formed. */
static void one_may_stand_within_a_batch(void **state)
{
    struct stand *stand = *state;
    for (unsigned lot = 1; lot <= 3; lot++)
        restock(stand, lot);
    const uint64_t middle = gm_host_head(stand->host);
    gm_host_checkpoint_now(stand->host);
    for (unsigned lot = 1; lot <= 3; lot++)
        restock(stand, lot);
    assert_true(stand_append(stand));
    assert_true(stand_checkpoint(stand));
    assert_true(gm_store_applied(stand->store) == middle);
    stand_crash(stand);
    stand_start(stand);
    for (unsigned lot = 1; lot <= 3; lot++)
        assert_int_equal(stand_row(stand, lot).on_hand, 2);
    stand_audit(stand);
}

/* ---- crashes around it ---- */

static void a_crash_before_the_commit_leaves_the_tables_as_they_were(void **state)
{
    struct stand *stand = *state;
    const uint64_t applied = gm_store_applied(stand->store);
    restock(stand, 1);
    assert_true(stand_append(stand));
    gm_host_checkpoint_now(stand->host);
    assert_non_null(gm_host_job(stand->host, GM_LANE_CHECKPOINT));
    stand_crash(stand);
    stand_start(stand);
    assert_true(gm_store_applied(stand->store) == applied);
    assert_int_equal(stand_row(stand, 1).on_hand, 1);
    stand_audit(stand);
}

static void a_crash_after_the_commit_finds_it(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_append(stand));
    const uint64_t head = gm_host_head(stand->host);
    gm_host_checkpoint_now(stand->host);
    assert_non_null(stand_run_job(stand, GM_LANE_CHECKPOINT)); /* the core never heard of it */
    stand_crash(stand);
    stand_start(stand);
    assert_true(gm_store_applied(stand->store) == head);
    assert_int_equal(stand_row(stand, 1).on_hand, 1);
    stand_audit(stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_checkpoint_is_due_when_nothing_has_arrived_for_20_ms),
        TEST(a_checkpoint_is_due_after_a_second_however_much_arrives),
        TEST(with_nothing_changed_none_is_due),
        TEST(a_full_half_makes_one_due_and_two_close_the_door),
        TEST(none_is_due_before_a_half_is_full),
        TEST(a_checkpoint_waits_until_what_it_stands_for_is_acked),
        TEST(commands_go_on_while_one_runs),
        TEST(one_runs_at_a_time),
        TEST(one_may_stand_within_a_batch),
        TEST(a_crash_before_the_commit_leaves_the_tables_as_they_were),
        TEST(a_crash_after_the_commit_finds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
