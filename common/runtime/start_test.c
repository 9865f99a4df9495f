#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "catalog.pb-c.h"
#include "methods.h"

static int setup(void **state)
{
    *state = stand_new(&toy_service);
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
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static struct gm_journal_tail tail_of(struct stand *stand)
{
    struct gm_journal *journal = gm_journal_memory_open(stand->medium);
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(journal, &tail), GM_OK);
    gm_journal_close(journal);
    return tail;
}

/* Stopped, with so many restocks of lot 1 in the tables and so many more in the journal alone. */
static void stop_after(struct stand *stand, unsigned in_tables, unsigned in_journal)
{
    for (unsigned i = 0; i < in_tables; i++)
        restock(stand, 1);
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    for (unsigned i = 0; i < in_journal; i++)
        restock(stand, 1);
    stand_crash(stand);
}

/* Puts a row into the stopped tables, as if a checkpoint had. */
static void tamper(struct stand *stand, unsigned lot, const struct toy_row *row)
{
    const struct gm_store_config config = {
        .path = stand->folder,
        .tables = stand->tables,
        .service = "catalog",
        .journal_id = STAND_JOURNAL_ID,
        .schema = stand->service->fold_version,
        .small = true,
    };
    struct gm_store *store;
    assert_int_equal(gm_store_open(&config, stand->why, sizeof stand->why, &store), GM_OK);
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_id(&key, stand_lot(lot));
    gm_store_put(store, &toy_stock, &key, gm_bytes(row, sizeof *row));
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, gm_store_applied(store));
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);
    gm_store_close(store);
}

/* ---- what a start does ---- */

static void a_start_takes_the_next_epoch_and_appends_a_batch_of_its_own(void **state)
{
    struct stand *stand = *state;
    assert_true(gm_host_epoch(stand->host) == 1);
    restock(stand, 1);
    const uint64_t head = gm_host_head(stand->host);
    stand_crash(stand);
    stand_start(stand);
    assert_true(gm_host_epoch(stand->host) == 2);
    assert_true(gm_host_head(stand->host) == head + 1);
    assert_true(gm_host_durable(stand->host) == head + 1);
    static uint8_t buffer[GM_BATCH_BYTES_MAX];
    struct gm_batch batch;
    struct gm_entry entry;
    size_t taken;
    assert_int_equal(gm_journal_read(stand->journal, head + 1, buffer, &batch), GM_OK);
    assert_int_equal(batch.count, 1);
    assert_false(batch.state_known); /* the tables behind it were not folded yet */
    assert_int_equal(gm_entry_decode(batch.entries, &stand->arena, &entry, &taken), GM_OK);
    assert_int_equal(entry.kind, GM_ENTRY_EPOCH);
    assert_int_equal(entry.event_count, 0);
    stand_audit(stand);
}

static void the_journal_beyond_the_tables_is_folded(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 2, 3);
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).on_hand, 5);
    stand_audit(stand);
}

static void tables_that_were_removed_are_rebuilt_from_the_journal(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 3, 0);
    gm_temp_dir_free(stand->folder);
    stand->folder = gm_temp_dir_new();
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).on_hand, 3);
    stand_audit(stand);
}

static void a_long_replay_is_checkpointed_on_the_way(void **state)
{
    struct stand *stand = *state;
    enum { NOTES = 1000 };
    for (unsigned lot = 0; lot < NOTES; lot++) {
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
        stand_adjust(stand, &header, lot, CATALOG__ADJUST_REASON__SAMPLE, 60000, "");
        stand_run(stand);
        (void)stand_expect(stand, GM_REASON_NONE);
    }
    stand_crash(stand);
    gm_temp_dir_free(stand->folder);
    stand->folder = gm_temp_dir_new();
    stand_start(stand);
    const uint64_t applied = gm_store_applied(stand->store);
    assert_true(applied > GM_OVERLAY_BYTES_MAX / 61000 && applied < gm_host_head(stand->host));
    stand_audit(stand);
}

static void time_does_not_run_behind_the_journal(void **state)
{
    struct stand *stand = *state;
    stand_live(stand, 5000);
    restock(stand, 1);
    const int64_t before_ms = gm_host_now(stand->host);
    stand_crash(stand);
    stand->reading.wall_ms -= 3600 * 1000; /* the machine's clock was put back */
    stand_start(stand);
    assert_true(gm_host_now(stand->host) >= before_ms);
}

/* ---- what it refuses ---- */

static void tables_ahead_of_the_journal_are_refused(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 3, 0);
    struct gm_journal_medium *whole = stand->medium;
    stand->medium = gm_journal_medium_new(STAND_JOURNAL_ID); /* an older copy, of nothing */
    assert_int_equal(stand_try_start(stand), GM_REFUSED);
    assert_non_null(strstr(stand->why, "the journal ends at 0"));
    assert_true(tail_of(stand).seq == 0); /* nothing was appended to it */
    gm_journal_medium_free(stand->medium);
    stand->medium = whole;
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).on_hand, 3);
}

static void tables_of_another_history_are_refused(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 1, 1);
    struct gm_journal_medium *own = stand->medium;
    stand->medium = gm_journal_medium_fork(own, tail_of(stand).seq, STAND_JOURNAL_ID + 1);
    const uint64_t tail = tail_of(stand).seq;
    assert_int_equal(stand_try_start(stand), GM_REFUSED);
    assert_non_null(strstr(stand->why, "different histories"));
    assert_true(tail_of(stand).seq == tail);
    gm_journal_medium_free(stand->medium);
    stand->medium = own;
    stand_start(stand);
}

static void tables_of_another_fold_version_are_refused_and_can_be_rebuilt(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 2, 1);
    stand->service = &toy_newer;
    assert_int_equal(stand_try_start(stand), GM_REFUSED);
    assert_non_null(strstr(stand->why, "fold version 1"));
    gm_temp_dir_free(stand->folder);
    stand->folder = gm_temp_dir_new();
    stand_start(stand); /* state hashes of the other version say nothing */
    assert_int_equal(stand_row(stand, 1).on_hand, 3);
    restock(stand, 1);
    stand_audit(stand);
    stand_crash(stand);
    stand->service = &toy_service;
    assert_int_equal(stand_try_start(stand), GM_NEWER);
    assert_true(tail_of(stand).fold_version == 2);
}

static void a_state_that_is_not_the_journals_is_found_where_the_replay_begins(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 2, 1);
    const struct toy_row changed = {.on_hand = 1000, .revision = 2};
    tamper(stand, 1, &changed);
    assert_int_equal(stand_try_start(stand), GM_CORRUPT);
    assert_non_null(strstr(stand->why, "replay"));
    const struct toy_row right = {.on_hand = 2, .revision = 2};
    tamper(stand, 1, &right);
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).on_hand, 3);
}

static void a_damaged_last_batch_is_refused(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 1, 1);
    const uint64_t tail = tail_of(stand).seq;
    gm_journal_medium_flip(stand->medium, tail, 1500);
    assert_int_equal(stand_try_start(stand), GM_CORRUPT);
    assert_true(tail_of(stand).seq == tail);
    gm_journal_medium_flip(stand->medium, tail, 1500);
    stand_start(stand);
}

static void damage_in_what_is_replayed_is_refused(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 1, 2);
    const uint64_t damaged = tail_of(stand).seq - 1;
    gm_journal_medium_flip(stand->medium, damaged, 1500);
    assert_int_equal(stand_try_start(stand), GM_CORRUPT);
    gm_journal_medium_flip(stand->medium, damaged, 1500);
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).on_hand, 3);
}

/* ---- the first append ---- */

static void a_start_whose_epoch_is_not_acked_is_none_and_the_next_one_is(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 1, 2);
    static const struct {
        enum gm_journal_fault fault;
        enum gm_status status;
        uint64_t landed;
    } rows[] = {
        {GM_JOURNAL_UNKNOWN_LANDED, GM_UNAVAILABLE, 1},
        {GM_JOURNAL_UNKNOWN_LOST, GM_UNAVAILABLE, 0},
        {GM_JOURNAL_REJECT, GM_UNAVAILABLE, 0},
        {GM_JOURNAL_FENCE_FIRST, GM_REFUSED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t tail = tail_of(stand).seq;
        gm_journal_medium_fail_next(stand->medium, rows[i].fault);
        assert_int_equal(stand_try_start(stand), rows[i].status);
        assert_true(tail_of(stand).seq == tail + rows[i].landed);
        stand_start(stand);
        assert_int_equal(stand_row(stand, 1).on_hand, 3);
        stand_audit(stand);
        stand_crash(stand);
    }
}

static void a_second_host_on_the_journal_ends_the_first(void **state)
{
    struct stand *stand = *state;
    stop_after(stand, 1, 0);
    stand_start(stand);
    struct gm_journal *other = gm_journal_memory_open(stand->medium);
    uint64_t epoch;
    assert_int_equal(gm_journal_fence(other, &epoch), GM_OK);
    gm_journal_close(other);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 1);
    assert_true(stand_take_batch(stand));
    assert_int_equal(gm_journal_append(stand->journal, stand->batch), GM_APPEND_FENCED);
    stand_expect_none(stand);
    stand_crash(stand);
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).on_hand, 1);
}

/* An append whose outcome is not known ends the process; the next start finds what became of it. */
static void a_batch_of_unknown_outcome_is_there_after_the_restart_or_not(void **state)
{
    struct stand *stand = *state;
    static const enum gm_journal_fault faults[] = {GM_JOURNAL_UNKNOWN_LANDED,
                                                   GM_JOURNAL_UNKNOWN_LOST};
    int64_t on_hand = 0;
    for (int i = 0; i < 2; i++) {
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
        stand_restock(stand, &header, 1, 1);
        assert_true(stand_take_batch(stand));
        gm_journal_medium_fail_next(stand->medium, faults[i]);
        assert_int_equal(gm_journal_append(stand->journal, stand->batch), GM_APPEND_UNKNOWN);
        stand_restart(stand);
        stand_restock(stand, &header, 1, 1); /* the client's repeat */
        stand_run(stand);
        assert_true(stand_expect(stand, GM_REASON_NONE).header.recorded);
        assert_int_equal(stand_row(stand, 1).on_hand, ++on_hand);
        assert_true(gm_host_counts(stand->host)->repeats == (i == 0 ? 1 : 0));
    }
    stand_audit(stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_start_takes_the_next_epoch_and_appends_a_batch_of_its_own),
        TEST(the_journal_beyond_the_tables_is_folded),
        TEST(tables_that_were_removed_are_rebuilt_from_the_journal),
        TEST(a_long_replay_is_checkpointed_on_the_way),
        TEST(time_does_not_run_behind_the_journal),
        TEST(tables_ahead_of_the_journal_are_refused),
        TEST(tables_of_another_history_are_refused),
        TEST(tables_of_another_fold_version_are_refused_and_can_be_rebuilt),
        TEST(a_state_that_is_not_the_journals_is_found_where_the_replay_begins),
        TEST(a_damaged_last_batch_is_refused),
        TEST(damage_in_what_is_replayed_is_refused),
        TEST(a_start_whose_epoch_is_not_acked_is_none_and_the_next_one_is),
        TEST(a_second_host_on_the_journal_ends_the_first),
        TEST(a_batch_of_unknown_outcome_is_there_after_the_restart_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
