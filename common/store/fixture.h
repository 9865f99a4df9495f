/* store/fixture.h - for the tests of this folder: a fresh folder per test, in memory where there is
 * one. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/env.h"
#include "store/store.h"

struct folder {
    char *path;
};

static inline struct folder folder_make(void)
{
    return (struct folder){gm_temp_dir_new()};
}

static inline void folder_remove(const struct folder *folder)
{
    gm_temp_dir_free(folder->path);
}

static inline struct gm_store *store_open(const struct gm_store_config *config)
{
    char why[256] = "";
    struct gm_store *store = NULL;
    const enum gm_status status = gm_store_open(config, why, sizeof why, &store);
    if (status != GM_OK) fail_msg("%s: %s", gm_status_name(status), why);
    return store;
}

/* Freeze, run and thaw in one go. */
static inline void store_checkpoint(struct gm_store *store, uint64_t applied)
{
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, applied);
    assert_non_null(checkpoint);
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);
}

static inline struct gm_key key_of_u32(uint32_t number)
{
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u32(&key, number);
    return key;
}

/* Walks the whole newest snapshot through gm_store_check, a few rows at a time. */
static inline enum gm_status store_check(struct gm_store *store, char *why, size_t why_size)
{
    struct gm_snapshot *snapshot = NULL;
    assert_int_equal(gm_snapshot_open(store, &snapshot), GM_OK);
    struct gm_check check = {.table = 0};
    enum gm_status status;
    do {
        status = gm_store_check(snapshot, &check, 7, why, why_size);
    } while (status == GM_OK);
    gm_snapshot_release(snapshot);
    return status;
}

static inline void put_text(struct gm_store *store, const struct gm_table *table, uint32_t number,
                            const char *text)
{
    const struct gm_key key = key_of_u32(number);
    gm_store_put(store, table, &key, gm_bytes_of_text(text));
}

static inline bool has_text(struct gm_store *store, const struct gm_table *table, uint32_t number,
                            const char *text)
{
    const struct gm_key key = key_of_u32(number);
    struct gm_bytes value;
    const enum gm_status status = gm_rows_get(gm_store_rows(store), table, &key, NULL, &value);
    if (text == NULL) return status == GM_NOT_FOUND;
    return status == GM_OK && gm_bytes_equal(value, gm_bytes_of_text(text));
}

/* Rows of "parts" that stand in the file of a store that is closed. */
static inline size_t stored_parts(const struct folder *folder)
{
    const struct gm_env_config config = {
        .path = folder->path, .map_bytes = UINT64_C(1) << 30, .databases = 8, .readers = 4};
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);
    MDB_txn *txn = NULL;
    MDB_dbi parts;
    MDB_stat stat;
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "parts", 0, &parts), 0);
    assert_int_equal(mdb_stat(txn, parts, &stat), 0);
    mdb_txn_abort(txn);
    gm_env_close(&env);
    return stat.ms_entries;
}

/* A random number generator whose seed is printed by who uses it (SplitMix64). */
static inline uint64_t dice_roll(uint64_t *dice)
{
    uint64_t z = *dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint64_t dice_below(uint64_t *dice, uint64_t limit)
{
    return dice_roll(dice) % limit;
}
