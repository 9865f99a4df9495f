#include "base/assert.h"
#include "store/internal.h"

static enum gm_status begin(struct gm_snapshot *snapshot)
{
    const struct gm_store *store = snapshot->rows.store;
    const int result = snapshot->rows.txn == NULL
                           ? mdb_txn_begin(store->env.mdb, NULL, MDB_RDONLY, &snapshot->rows.txn)
                           : mdb_txn_renew(snapshot->rows.txn);
    if (result != 0) return gm_env_status(result);

    struct gm_stamps stamps;
    const enum gm_status status = gm_stamps_get(snapshot->rows.txn, store->meta, &stamps);
    if (status != GM_OK) {
        mdb_txn_reset(snapshot->rows.txn);
        return GM_CORRUPT; /* they were read at the opening of the store */
    }
    snapshot->applied = stamps.applied;
    snapshot->hash = stamps.hash;
    return GM_OK;
}

enum gm_status gm_snapshot_open(struct gm_store *store, struct gm_snapshot **ret_snapshot)
{
    gm_env_check_owner(&store->env);
    for (size_t i = 0; i < GM_READERS_MAX; i++) {
        struct gm_snapshot *snapshot = &store->snapshots[i];
        if (atomic_exchange_explicit(&snapshot->taken, true, memory_order_acquire)) continue;
        const enum gm_status status = begin(snapshot);
        if (status != GM_OK) {
            atomic_store_explicit(&snapshot->taken, false, memory_order_release);
            return status;
        }
        *ret_snapshot = snapshot;
        return GM_OK;
    }
    return GM_BUSY;
}

void gm_snapshot_release(struct gm_snapshot *snapshot)
{
    if (snapshot == NULL) return;
    mdb_txn_reset(snapshot->rows.txn);
    atomic_store_explicit(&snapshot->taken, false, memory_order_release);
}

const struct gm_rows *gm_snapshot_rows(const struct gm_snapshot *snapshot)
{
    return &snapshot->rows;
}

uint64_t gm_snapshot_applied(const struct gm_snapshot *snapshot)
{
    return snapshot->applied;
}

uint64_t gm_snapshot_hash(const struct gm_snapshot *snapshot)
{
    return snapshot->hash;
}

uint64_t gm_snapshot_count(const struct gm_snapshot *snapshot, const struct gm_table *table)
{
    const struct gm_store *store = snapshot->rows.store;
    GM_ASSERT(table->number < GM_TABLES_MAX && store->numbers[table->number] == table);
    MDB_stat stat;
    const int result = mdb_stat(snapshot->rows.txn, store->databases[table->number], &stat);
    GM_ASSERT(result == 0);
    return stat.ms_entries;
}

void gm_cursor_init(struct gm_cursor *cursor, struct gm_snapshot *snapshot,
                    const struct gm_table *table, const struct gm_key *from)
{
    const struct gm_store *store = snapshot->rows.store;
    GM_ASSERT(table->number < GM_TABLES_MAX && store->numbers[table->number] == table);
    *cursor = (struct gm_cursor){.snapshot = snapshot, .table = table};
    MDB_cursor *native = NULL;
    int result = mdb_cursor_open(snapshot->rows.txn, store->databases[table->number], &native);
    GM_ASSERT(result == 0);

    MDB_val value;
    if (from != NULL) {
        GM_ASSERT(!from->full && from->size > 0);
        MDB_val key = gm_val(gm_key_bytes(from));
        result = mdb_cursor_get(native, &key, &value, MDB_SET_RANGE);
    } else {
        MDB_val key;
        result = mdb_cursor_get(native, &key, &value, MDB_FIRST);
    }
    if (result != 0) {
        mdb_cursor_close(native);
        if (result != MDB_NOTFOUND) gm_row_damaged(table, gm_bytes(NULL, 0));
        return;
    }
    cursor->native = native;
}

void gm_cursor_release(struct gm_cursor *cursor)
{
    if (cursor->native != NULL) mdb_cursor_close(cursor->native);
    cursor->native = NULL;
}

enum gm_status gm_cursor_next(struct gm_cursor *cursor, struct gm_arena *arena,
                              struct gm_bytes *ret_key, struct gm_bytes *ret_value)
{
    if (cursor->native == NULL) return GM_END;
    const struct gm_rows *rows = &cursor->snapshot->rows;
    MDB_val native_key;
    MDB_val stored;
    const int result = mdb_cursor_get(cursor->native, &native_key, &stored,
                                      cursor->begun ? MDB_NEXT : MDB_GET_CURRENT);
    if (result == MDB_NOTFOUND) {
        gm_cursor_release(cursor);
        return GM_END;
    }
    if (result != 0) gm_row_damaged(cursor->table, gm_bytes(NULL, 0));
    const struct gm_bytes key = gm_bytes_of_val(&native_key);
    if (key.size > GM_KEY_BYTES_MAX) gm_row_damaged(cursor->table, key);

    struct gm_part_key part;
    gm_part_key_begin(&part, cursor->table->number, key);
    uint16_t further = 0;
    const enum gm_status status = gm_stored_join(
        rows->txn, rows->store->parts, &part, gm_bytes_of_val(&stored), arena, ret_value, &further);
    if (status == GM_CORRUPT) gm_row_damaged(cursor->table, key);
    cursor->begun = status == GM_OK; /* else this row is the next one again */
    if (status == GM_OK) *ret_key = key;
    return status;
}
