#include <stdio.h>

#include "base/assert.h"
#include "base/hash.h"
#include "store/internal.h"

void gm_row_damaged(const struct gm_table *table, struct gm_bytes key)
{
    enum { SHOWN = 32 };
    char text[128];
    int size = snprintf(text, sizeof text, "damaged row in table %.24s, key ", table->name);
    for (size_t i = 0; i < key.size && i < SHOWN && size > 0; i++) {
        size += snprintf(text + size, sizeof text - (size_t)size, "%02x", key.at[i]);
    }
    gm_assert_failed(text, __FILE__, __LINE__, __func__);
}

uint64_t gm_row_sum(uint8_t *image, const struct gm_table *table, struct gm_bytes key,
                    struct gm_bytes value)
{
    if (table->unhashed) return 0;
    uint8_t *at = gm_image_begin(image, table->number, key);
    if (value.size > 0) memcpy(at, value.at, value.size);
    return gm_siphash(image, GM_IMAGE_HEAD_BYTES + key.size + value.size);
}

/* The same of a row that lies as an image already. */
static uint64_t image_sum(const uint8_t *image, const struct gm_table *table, size_t value_size)
{
    if (table->unhashed) return 0;
    return gm_siphash(image, GM_IMAGE_HEAD_BYTES + gm_image_key(image).size + value_size);
}

static void check_use(const struct gm_store *store, const struct gm_table *table,
                      const struct gm_key *key)
{
    GM_ASSERT(table->number < GM_TABLES_MAX && store->numbers[table->number] == table);
    GM_ASSERT(!key->full && key->size > 0);
}

/* Whether the key lies above all of its table in LMDB, as the owner sees it. */
static bool beyond_last(struct gm_store *store, const struct gm_table *table, struct gm_bytes key)
{
    struct gm_last_key *last = &store->last_keys[table->number];
    if (last->view != store->view) {
        MDB_cursor *cursor = NULL;
        if (mdb_cursor_open(store->live.txn, store->databases[table->number], &cursor) != 0) {
            return false;
        }
        MDB_val found;
        MDB_val value;
        const int result = mdb_cursor_get(cursor, &found, &value, MDB_LAST);
        mdb_cursor_close(cursor);
        if (result != 0 && result != MDB_NOTFOUND) gm_row_damaged(table, key);
        last->empty = result == MDB_NOTFOUND;
        if (!last->empty) {
            if (found.mv_size > sizeof last->key.v) gm_row_damaged(table, key);
            memcpy(last->key.v, found.mv_data, found.mv_size);
            last->key.size = (uint16_t)found.mv_size;
        }
        last->view = store->view;
    }
    return last->empty || gm_bytes_compare(key, gm_key_bytes(&last->key)) > 0;
}

static enum gm_status get_stored(const struct gm_rows *rows, const struct gm_table *table,
                                 struct gm_bytes key, struct gm_arena *arena,
                                 struct gm_bytes *ret_value)
{
    struct gm_store *store = rows->store;
    if (rows->live && beyond_last(store, table, key)) return GM_NOT_FOUND;

    MDB_val native_key = gm_val(key);
    MDB_val stored;
    const int result = mdb_get(rows->txn, store->databases[table->number], &native_key, &stored);
    if (result == MDB_NOTFOUND) return GM_NOT_FOUND;
    if (result != 0) gm_row_damaged(table, key);

    struct gm_part_key part;
    gm_part_key_begin(&part, table->number, key);
    uint16_t further = 0;
    const enum gm_status status = gm_stored_join(
        rows->txn, store->parts, &part, gm_bytes_of_val(&stored), arena, ret_value, &further);
    if (status == GM_CORRUPT) gm_row_damaged(table, key);
    return status;
}

static enum gm_status value_of(const struct gm_overlay_row *row, struct gm_bytes *ret_value)
{
    if (row->value_size == GM_VALUE_DELETED) return GM_NOT_FOUND;
    *ret_value = gm_overlay_value(row);
    return GM_OK;
}

static enum gm_status get_live(struct gm_store *store, const struct gm_table *table,
                               struct gm_bytes key, struct gm_arena *arena,
                               struct gm_bytes *ret_value)
{
    const uint64_t hash = gm_row_hash(store->seed, table->number, key);
    if (!table->bulk) {
        const struct gm_cache_slot *slot = gm_cache_find(&store->cache, hash, table->number, key);
        if (slot != NULL) {
            *ret_value = gm_cache_value(slot);
            return GM_OK;
        }
    }
    const struct gm_overlay_row *row = gm_half_find(store->active, hash, table->number, key);
    if (row != NULL) return value_of(row, ret_value);

    if (store->frozen != NULL) row = gm_half_find(store->frozen, hash, table->number, key);
    const enum gm_status status = row != NULL
                                      ? value_of(row, ret_value)
                                      : get_stored(&store->live, table, key, arena, ret_value);
    if (status == GM_OK && !table->bulk) {
        gm_cache_fill(&store->cache, hash, table->number, key, *ret_value, 0);
    }
    return status;
}

enum gm_status gm_rows_get(const struct gm_rows *rows, const struct gm_table *table,
                           const struct gm_key *key, struct gm_arena *arena,
                           struct gm_bytes *ret_value)
{
    check_use(rows->store, table, key);
    if (rows->live) return get_live(rows->store, table, gm_key_bytes(key), arena, ret_value);
    return get_stored(rows, table, gm_key_bytes(key), arena, ret_value);
}

enum gm_status gm_rows_get_fixed(const struct gm_rows *rows, const struct gm_table *table,
                                 const struct gm_key *key, void *ret_row, size_t size)
{
    struct gm_bytes value;
    const enum gm_status status = gm_rows_get(rows, table, key, NULL, &value);
    if (status != GM_OK) return status;
    GM_ASSERT(value.size == size);
    memcpy(ret_row, value.at, size);
    return GM_OK;
}

void gm_rows_prefetch(const struct gm_rows *rows, const struct gm_table *table,
                      const struct gm_key *key)
{
    if (!rows->live) return;
    const struct gm_store *store = rows->store;
    check_use(store, table, key);
    const uint64_t hash = gm_row_hash(store->seed, table->number, gm_key_bytes(key));
    if (!table->bulk) gm_cache_prefetch(&store->cache, hash);
    gm_half_prefetch(store->active, hash);
}

/* A row before a change: its value, and its share of the state hash once asked for. */
struct old_row {
    bool found;
    struct gm_bytes value;
    bool summed;
    uint64_t sum;
};

static struct old_row old_of_overlay(const struct gm_overlay_row *row)
{
    struct old_row old = {.summed = true, .sum = row->sum};
    old.found = value_of(row, &old.value) == GM_OK;
    return old;
}

/* Fills no slot of the cache: the new value may lie in one. */
static struct old_row find_old(struct gm_store *store, const struct gm_table *table,
                               struct gm_bytes key, uint64_t hash,
                               const struct gm_overlay_row *active)
{
    if (active != NULL) return old_of_overlay(active);
    if (!table->bulk) {
        const struct gm_cache_slot *slot = gm_cache_find(&store->cache, hash, table->number, key);
        if (slot != NULL) {
            return (struct old_row){.found = true,
                                    .value = gm_cache_value(slot),
                                    .summed = slot->sum != 0,
                                    .sum = slot->sum};
        }
    }
    if (store->frozen != NULL) {
        const struct gm_overlay_row *row = gm_half_find(store->frozen, hash, table->number, key);
        if (row != NULL) return old_of_overlay(row);
    }
    struct old_row old = {.found = false};
    gm_arena_reset(&store->joined);
    const enum gm_status status = get_stored(&store->live, table, key, &store->joined, &old.value);
    GM_ASSERT(status == GM_OK || status == GM_NOT_FOUND); /* `joined` takes the largest value */
    old.found = status == GM_OK;
    return old;
}

static uint64_t sum_of_old(struct gm_store *store, const struct gm_table *table,
                           struct gm_bytes key, const struct old_row *old)
{
    if (!old->found) return 0;
    return old->summed ? old->sum : gm_row_sum(store->image, table, key, old->value);
}

void gm_store_put(struct gm_store *store, const struct gm_table *table, const struct gm_key *key,
                  struct gm_bytes value)
{
    check_use(store, table, key);
    GM_ASSERT(value.size <= GM_VALUE_BYTES_MAX);
    const struct gm_bytes key_bytes = gm_key_bytes(key);
    const uint64_t hash = gm_row_hash(store->seed, table->number, key_bytes);

    struct gm_overlay_row *row = gm_half_find(store->active, hash, table->number, key_bytes);
    const struct old_row old = find_old(store, table, key_bytes, hash, row);
    if (old.found && gm_bytes_equal(old.value, value)) return;
    const uint64_t old_sum = sum_of_old(store, table, key_bytes, &old);

    row = gm_half_place(store->active, row, hash, table, key_bytes, value.size);
    row->value_size = (uint32_t)value.size;
    uint8_t *at = row->image + GM_IMAGE_HEAD_BYTES + key_bytes.size;
    /* It may be a piece of the old value, in this very place. */
    if (value.size > 0) memmove(at, value.at, value.size);
    row->sum = image_sum(row->image, table, value.size);
    store->hash += row->sum - old_sum;

    gm_cache_end_loans(&store->cache);
    if (table->bulk) return;
    gm_cache_fill(&store->cache, hash, table->number, key_bytes, gm_overlay_value(row), row->sum);
}

void gm_store_delete(struct gm_store *store, const struct gm_table *table, const struct gm_key *key)
{
    check_use(store, table, key);
    const struct gm_bytes key_bytes = gm_key_bytes(key);
    const uint64_t hash = gm_row_hash(store->seed, table->number, key_bytes);

    struct gm_overlay_row *row = gm_half_find(store->active, hash, table->number, key_bytes);
    const struct old_row old = find_old(store, table, key_bytes, hash, row);
    if (!old.found) return;
    store->hash -= sum_of_old(store, table, key_bytes, &old);

    row = gm_half_place(store->active, row, hash, table, key_bytes, 0);
    row->value_size = GM_VALUE_DELETED;
    row->sum = 0;
    gm_cache_end_loans(&store->cache);
    if (!table->bulk) gm_cache_drop(&store->cache, hash, table->number, key_bytes);
}

void gm_store_end_loans(struct gm_store *store)
{
    gm_cache_end_loans(&store->cache);
}
