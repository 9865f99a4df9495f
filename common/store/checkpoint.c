#include <stdlib.h>

#include "base/assert.h"
#include "store/internal.h"
#include "store/sort.h"

/* ---- the owner's side ---- */

struct gm_checkpoint *gm_store_freeze(struct gm_store *store, uint64_t applied)
{
    GM_ASSERT(applied >= store->stamps.applied);
    if (store->frozen != NULL) return NULL;

    store->frozen = store->active;
    store->active = store->frozen == &store->halves[0] ? &store->halves[1] : &store->halves[0];
    struct gm_checkpoint *checkpoint = &store->checkpoint;
    *checkpoint =
        (struct gm_checkpoint){.store = store, .half = store->frozen, .stamps = store->stamps};
    checkpoint->stamps.applied = applied;
    checkpoint->stamps.hash = store->hash;
    checkpoint->stamps.schema = store->schema;
    return checkpoint;
}

uint64_t gm_checkpoint_applied(const struct gm_checkpoint *checkpoint)
{
    return checkpoint->stamps.applied;
}

void gm_store_thaw(struct gm_store *store, struct gm_checkpoint *checkpoint)
{
    GM_ASSERT(checkpoint == &store->checkpoint && checkpoint->half == store->frozen);
    /* Before its commit the frozen half is the only place where these rows are. */
    GM_ASSERT(checkpoint->committed);
    gm_env_check_owner(&store->env);

    mdb_txn_reset(store->live.txn);
    const int result = mdb_txn_renew(store->live.txn);
    GM_ASSERT(result == 0); /* its place among the readers was kept */
    store->view++;
    store->stamps = checkpoint->stamps;
    store->used_bytes = checkpoint->used_bytes;
    gm_half_clear(store->frozen);
    store->frozen = NULL;
    checkpoint->half = NULL;
    gm_cache_end_loans(&store->cache);
}

/* ---- the job: reads the frozen half, writes LMDB ---- */

struct collected {
    struct gm_sort_item *items;
    size_t count;
};

static void collect(struct gm_overlay_row *row, void *context)
{
    struct collected *collected = context;
    collected->items[collected->count++].row = row;
}

/* The table whose rows are being written. */
struct run {
    MDB_txn *txn;
    MDB_dbi database;
    MDB_dbi parts;
    uint8_t table;
    bool has_parts; /* some row of it has: old ones have to be looked for */
    bool has_last;  /* and what it is, while nothing was appended */
    bool appending; /* this key and all that follow lie above the last one */
    struct gm_key last;
};

static int begin_run(struct run *run, const struct gm_store *store, MDB_txn *txn, uint8_t table)
{
    run->txn = txn;
    run->database = store->databases[table];
    run->parts = store->parts;
    run->table = table;
    run->appending = false;

    MDB_cursor *cursor = NULL;
    int result = mdb_cursor_open(txn, run->database, &cursor);
    if (result != 0) return result;
    MDB_val key;
    MDB_val value;
    result = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    run->has_last = result == 0;
    if (run->has_last) {
        if (key.mv_size > sizeof run->last.v) result = MDB_CORRUPTED;
        run->last.size = (uint16_t)key.mv_size;
        if (result == 0) memcpy(run->last.v, key.mv_data, key.mv_size);
    }
    mdb_cursor_close(cursor);
    if (result != 0 && result != MDB_NOTFOUND) return result;

    uint8_t prefix[2] = {0, table};
    key = (MDB_val){.mv_size = sizeof prefix, .mv_data = prefix};
    result = mdb_cursor_open(txn, run->parts, &cursor);
    if (result != 0) return result;
    result = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    run->has_parts = result == 0 && key.mv_size >= sizeof prefix &&
                     memcmp(key.mv_data, prefix, sizeof prefix) == 0;
    mdb_cursor_close(cursor);
    return result == MDB_NOTFOUND ? 0 : result;
}

/* Parts of the row as it is in LMDB now; 0 where there is no such row. */
static enum gm_status old_parts(const struct run *run, struct gm_bytes key,
                                struct gm_part_key *part, uint16_t *ret_parts)
{
    *ret_parts = 0;
    if (!run->has_parts) return GM_OK;
    MDB_val native_key = gm_val(key);
    MDB_val stored;
    const int result = mdb_get(run->txn, run->database, &native_key, &stored);
    if (result != 0) return result == MDB_NOTFOUND ? GM_OK : gm_env_status(result);
    struct gm_bytes value;
    return gm_stored_open(gm_bytes_of_val(&stored), gm_part_key_bytes(part, 0), &value, ret_parts);
}

static int put_stored(MDB_txn *txn, MDB_dbi database, struct gm_bytes key, struct gm_bytes place,
                      struct gm_bytes value, uint16_t further, unsigned flags)
{
    uint8_t stored[GM_STORED_BYTES_MAX];
    const size_t size = gm_stored_seal(stored, place, value, further);
    MDB_val native_key = gm_val(key);
    MDB_val native_value = {.mv_size = size, .mv_data = stored};
    return mdb_put(txn, database, &native_key, &native_value, flags);
}

/* The row's value in as many parts as it needs. */
static int put_value(struct run *run, struct gm_bytes key, struct gm_part_key *part,
                     struct gm_bytes value)
{
    /* New rows at the end fill their pages to the brim, where a split would leave them half empty.
     */
    run->appending =
        run->appending || !run->has_last || gm_bytes_compare(key, gm_key_bytes(&run->last)) > 0;
    const uint16_t further = gm_stored_parts(value.size);
    const size_t first = further == 0 ? value.size : GM_PART_BYTES;
    int result = put_stored(run->txn, run->database, key, gm_part_key_bytes(part, 0),
                            gm_bytes(value.at, first), further, run->appending ? MDB_APPEND : 0);

    for (uint16_t number = 1; result == 0 && number <= further; number++) {
        const size_t offset = (size_t)number * GM_PART_BYTES;
        const size_t size = number < further ? GM_PART_BYTES : value.size - offset;
        const struct gm_bytes place = gm_part_key_bytes(part, number);
        result =
            put_stored(run->txn, run->parts, place, place, gm_bytes(value.at + offset, size), 0, 0);
    }
    return result;
}

static enum gm_status write_row(struct run *run, const struct gm_overlay_row *row)
{
    const struct gm_bytes key = gm_image_key(row->image);
    struct gm_part_key part;
    gm_part_key_begin(&part, run->table, key);
    uint16_t before = 0;
    const enum gm_status status = old_parts(run, key, &part, &before);
    if (status != GM_OK) return status;

    uint16_t now = 0;
    int result;
    if (row->value_size == GM_VALUE_DELETED) {
        MDB_val native_key = gm_val(key);
        result = mdb_del(run->txn, run->database, &native_key, NULL);
        if (result == MDB_NOTFOUND) result = 0; /* put and deleted since the last checkpoint */
    } else {
        const struct gm_bytes value = gm_overlay_value(row);
        now = gm_stored_parts(value.size);
        result = put_value(run, key, &part, value);
    }
    for (uint16_t number = before; result == 0 && number > now; number--) {
        MDB_val native_key = gm_val(gm_part_key_bytes(&part, number));
        result = mdb_del(run->txn, run->parts, &native_key, NULL);
        if (result == MDB_NOTFOUND) result = MDB_CORRUPTED;
    }
    return gm_env_status(result);
}

static enum gm_status write_rows(const struct gm_store *store, MDB_txn *txn,
                                 const struct gm_sort_item *items, size_t count)
{
    struct run run = {.table = 0};
    for (size_t i = 0; i < count; i++) {
        const uint8_t table = items[i].row->image[0];
        if (i == 0 || table != run.table) {
            const int result = begin_run(&run, store, txn, table);
            if (result != 0) return gm_env_status(result);
        }
        const enum gm_status status = write_row(&run, items[i].row);
        if (status != GM_OK) return status;
    }
    return GM_OK;
}

static enum gm_status sort_and_write(const struct gm_checkpoint *checkpoint, MDB_txn *txn)
{
    const size_t rows = gm_hint(&checkpoint->half->rows);
    if (rows == 0) return GM_OK;
    struct gm_sort_item *items = malloc(2 * rows * sizeof *items);
    if (items == NULL) return GM_NO_SPACE;
    struct collected collected = {.items = items};
    gm_half_each(checkpoint->half, collect, &collected);
    GM_ASSERT(collected.count == rows);
    gm_sort_rows(items, items + rows, rows);
    const enum gm_status status = write_rows(checkpoint->store, txn, items, rows);
    free(items);
    return status;
}

/* Service and journal id never change. */
static bool stamps_differ(const struct gm_stamps *a, const struct gm_stamps *b)
{
    return a->schema != b->schema || a->applied != b->applied || a->hash != b->hash;
}

static enum gm_status commit(const struct gm_checkpoint *checkpoint)
{
    const struct gm_store *store = checkpoint->store;
    MDB_txn *txn = NULL;
    const int begun = mdb_txn_begin(store->env.mdb, NULL, 0, &txn);
    if (begun != 0) return gm_env_status(begun);

    struct gm_stamps before;
    enum gm_status status = gm_stamps_get(txn, store->meta, &before);
    if (status == GM_OK) status = sort_and_write(checkpoint, txn);
    /* Where nothing changed nothing is written, and LMDB syncs nothing. */
    if (status == GM_OK && stamps_differ(&before, &checkpoint->stamps)) {
        status = gm_env_status(gm_stamps_put(txn, store->meta, &checkpoint->stamps));
    }
    if (status != GM_OK) {
        mdb_txn_abort(txn);
        return status == GM_NOT_FOUND ? GM_CORRUPT : status;
    }
    /* A failed commit may be on disk or not: the process ends and looks. */
    return gm_env_status(mdb_txn_commit(txn));
}

enum gm_status gm_checkpoint_run(struct gm_checkpoint *checkpoint)
{
    const struct gm_store *store = checkpoint->store;
    gm_env_check_owner(&store->env);
    GM_ASSERT(checkpoint->half != NULL && !checkpoint->committed);
    const enum gm_status status = commit(checkpoint);
    if (status != GM_OK) return status;

    struct gm_env_space space;
    gm_env_space(&store->env, &space);
    checkpoint->used_bytes = space.end_bytes - gm_env_free_bytes(&store->env);
    checkpoint->committed = true;
    return GM_OK;
}
