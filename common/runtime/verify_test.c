#include "runtime/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/file.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "runtime/stand.h"
#include "store/env.h"

/* Some of everything, checkpointed. */
static int setup(void **state)
{
    struct stand *stand = stand_new(&toy_service);
    for (unsigned lot = 1; lot <= 20; lot++) {
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
        const int reason = (int)(1 + lot % 4);
        stand_adjust(stand, &header, lot, reason, reason == 4 ? 5000 : lot, "");
        if (lot % 3 == 0) stand_run(stand);
    }
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    *state = stand;
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

/* Without a host: what stands on the disks. */
static enum gm_status verify(struct stand *stand, struct gm_verify_report *ret_report)
{
    if (stand->host != NULL) stand_crash(stand);
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
    struct gm_journal *journal = gm_journal_memory_open(stand->medium);
    char *scratch = gm_temp_dir_new();
    stand->why[0] = '\0';
    const enum gm_status status = gm_verify(stand->service, journal, store, scratch, ret_report,
                                            stand->why, sizeof stand->why);
    gm_temp_dir_free(scratch);
    gm_journal_close(journal);
    gm_store_close(store);
    return status;
}

static void expect_corrupt(struct stand *stand, const char *word)
{
    struct gm_verify_report report;
    assert_int_equal(verify(stand, &report), GM_CORRUPT);
    if (strstr(stand->why, word) == NULL) fail_msg("%s", stand->why);
}

/* ---- tampering ---- */

/* Changes rows through the store, so that every checksum and the state hash are right again. */
static void rewrite(struct stand *stand, unsigned lot, const struct toy_row *row)
{
    stand_crash(stand);
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
    if (row == NULL)
        gm_store_delete(store, &toy_stock, &key);
    else
        gm_store_put(store, &toy_stock, &key, gm_bytes(row, sizeof *row));
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, gm_store_applied(store));
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);
    gm_store_close(store);
}

/* Works on LMDB itself, behind the store's back: deletes the lot's row, or flips a bit of it. */
static void damage(struct stand *stand, unsigned lot, bool delete_it)
{
    stand_crash(stand);
    const struct gm_env_config config = {
        .path = stand->folder, .map_bytes = UINT64_C(1) << 30, .databases = 64, .readers = 4};
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, stand->why, sizeof stand->why, &env), GM_OK);
    MDB_txn *txn;
    MDB_dbi stock;
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, toy_stock.name, 0, &stock), 0);
    struct gm_id id = stand_lot(lot);
    MDB_val key = {GM_ID_BYTES, id.v};
    MDB_val value;
    assert_int_equal(mdb_get(txn, stock, &key, &value), 0);
    if (delete_it) {
        assert_int_equal(mdb_del(txn, stock, &key, NULL), 0);
    } else {
        uint8_t copy[256];
        assert_true(value.mv_size <= sizeof copy);
        memcpy(copy, value.mv_data, value.mv_size);
        copy[3] ^= 4;
        value.mv_data = copy;
        assert_int_equal(mdb_put(txn, stock, &key, &value, 0), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    gm_env_close(&env);
}

/* ---- behaviours ---- */

static void what_is_whole_passes_and_is_counted(void **state)
{
    struct stand *stand = *state;
    const uint64_t head = gm_host_head(stand->host);
    const uint64_t hash = gm_store_hash(stand->store);
    struct gm_verify_report report;
    assert_int_equal(verify(stand, &report), GM_OK);
    assert_true(report.applied == head && report.entries == head);
    assert_true(report.state_hash == hash);
    assert_true(report.batches > 6 && report.batches <= head);
    assert_true(report.rows > 60);
    stand_start(stand);
}

static void entries_behind_the_checkpoint_are_checked_and_not_folded(void **state)
{
    struct stand *stand = *state;
    const uint64_t applied = gm_store_applied(stand->store);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 1);
    assert_true(stand_append(stand));
    struct gm_verify_report report;
    assert_int_equal(verify(stand, &report), GM_OK);
    assert_true(report.applied == applied && report.entries == applied);
}

static void a_changed_row_is_found(void **state)
{
    struct stand *stand = *state;
    struct toy_row row = stand_row(stand, 3);
    row.on_hand++;
    rewrite(stand, 3, &row);
    expect_corrupt(stand, "value is not what the journal makes it");
}

static void a_missing_row_is_found(void **state)
{
    struct stand *stand = *state;
    rewrite(stand, 3, NULL);
    expect_corrupt(stand, "stock");
}

static void the_last_row_missing_is_found(void **state)
{
    struct stand *stand = *state;
    rewrite(stand, 20, NULL);
    expect_corrupt(stand, "the journal has rows that the store lacks");
}

static void a_row_too_many_is_found(void **state)
{
    struct stand *stand = *state;
    const struct toy_row row = {.on_hand = 1};
    rewrite(stand, 21, &row);
    expect_corrupt(stand, "the store has rows that the journal lacks");
}

static void a_row_that_vanished_from_the_file_is_found(void **state)
{
    struct stand *stand = *state;
    damage(stand, 3, true);
    struct gm_verify_report report;
    assert_int_equal(verify(stand, &report), GM_CORRUPT);
}

static void a_flipped_bit_in_a_row_is_found(void **state)
{
    struct stand *stand = *state;
    damage(stand, 3, false);
    struct gm_verify_report report;
    assert_int_equal(verify(stand, &report), GM_CORRUPT);
}

static void a_flipped_bit_anywhere_in_the_journal_is_found(void **state)
{
    struct stand *stand = *state;
    const uint64_t head = gm_host_head(stand->host);
    struct gm_random random;
    gm_random_seed(&random, 9);
    for (int i = 0; i < 40; i++) {
        const uint64_t seq = 1 + gm_random_below(&random, head);
        const size_t bit = gm_random_below(&random, GM_ENTRY_HEAD_BYTES * 8);
        gm_journal_medium_flip(stand->medium, seq, bit);
        struct gm_verify_report report;
        assert_int_equal(verify(stand, &report), GM_CORRUPT);
        gm_journal_medium_flip(stand->medium, seq, bit);
    }
    struct gm_verify_report report;
    assert_int_equal(verify(stand, &report), GM_OK);
}

static void tables_ahead_of_the_journal_are_found(void **state)
{
    struct stand *stand = *state;
    stand_crash(stand);
    struct gm_journal_medium *whole = stand->medium;
    stand->medium = gm_journal_medium_fork(whole, 3, STAND_JOURNAL_ID + 1);
    expect_corrupt(stand, "the journal ends at");
    gm_journal_medium_free(stand->medium);
    stand->medium = whole;
}

static enum gm_status nothing_rang(struct gm_snapshot *snapshot, struct gm_arena *arena,
                                   char *ret_why, size_t why_size)
{
    (void)arena;
    struct toy_row row;
    for (unsigned lot = 1; lot <= 20; lot++) {
        (void)toy_find(gm_snapshot_rows(snapshot), stand_lot(lot), &row);
        if (row.rung == 0) continue;
        (void)snprintf(ret_why, why_size, "a timer rang");
        return GM_CORRUPT;
    }
    return GM_OK;
}

static void what_the_services_audit_finds_is_said(void **state)
{
    struct stand *stand = *state;
    struct gm_service strict = toy_service;
    strict.audit = nothing_rang;
    stand->service = &strict;
    struct gm_verify_report report;
    assert_int_equal(verify(stand, &report), GM_OK);
    stand_start(stand);
    stand_live(stand, 100000);
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    expect_corrupt(stand, "a timer rang");
    stand->service = &toy_service;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_is_whole_passes_and_is_counted),
        TEST(entries_behind_the_checkpoint_are_checked_and_not_folded),
        TEST(a_changed_row_is_found),
        TEST(a_missing_row_is_found),
        TEST(the_last_row_missing_is_found),
        TEST(a_row_too_many_is_found),
        TEST(a_row_that_vanished_from_the_file_is_found),
        TEST(a_flipped_bit_in_a_row_is_found),
        TEST(a_flipped_bit_anywhere_in_the_journal_is_found),
        TEST(tables_ahead_of_the_journal_are_found),
        TEST(what_the_services_audit_finds_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
