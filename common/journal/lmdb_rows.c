#include "journal/lmdb_rows.h"

#include "base/assert.h"
#include "base/cleanup.h"

enum {
    SEQ_BYTES = 8,
    ENTRY_KEY_BYTES = SEQ_BYTES + 2,
    CRC_BYTES = 4,

    AT_FORMAT = 0,
    AT_ZERO = 4,
    AT_JOURNAL_ID = 8,
    AT_PARENT_ID = 16,
    AT_PARENT_THROUGH = 24,
    AT_EPOCH = 32,
    AT_SERVICE = 40,
};
_Static_assert(GM_ENTRY_BYTES_MAX / GM_JOURNAL_PART_BYTES < UINT16_MAX,
               "parts have 2-byte numbers");

static const char stamp_key[] = "journal";

static MDB_val val(const void *at, size_t size)
{
    return (MDB_val){.mv_size = size, .mv_data = (void *)at};
}

static MDB_val stamp_key_val(void)
{
    return val(stamp_key, sizeof stamp_key - 1);
}

static void put_seq(uint8_t *at, uint64_t seq)
{
    gm_put_u64(at, __builtin_bswap64(seq));
}

static void put_entry_key(uint8_t *at, uint64_t seq, uint16_t part)
{
    put_seq(at, seq);
    gm_put_u16(at + SEQ_BYTES, __builtin_bswap16(part));
}

/* The key's size was checked. */
static uint64_t get_seq(const MDB_val *key)
{
    return __builtin_bswap64(gm_get_u64(key->mv_data));
}

/* Before the transaction ends, as LMDB asks of cursors of write transactions. */
static void cursor_closep(MDB_cursor **cursor)
{
    if (*cursor != NULL) mdb_cursor_close(*cursor);
}

static uint32_t crc_of(const MDB_val *key, const void *at, size_t size)
{
    return gm_crc32c(gm_crc32c(0, key->mv_data, key->mv_size), at, size);
}

/* The value without its CRC; GM_CORRUPT where that is wrong. */
static enum gm_status get_checked(const MDB_val *key, const MDB_val *value, struct gm_bytes *ret)
{
    if (value->mv_size < CRC_BYTES) return GM_CORRUPT;
    const size_t size = value->mv_size - CRC_BYTES;
    const uint8_t *at = value->mv_data;
    if (gm_get_u32(at + size) != crc_of(key, at, size)) return GM_CORRUPT;
    *ret = gm_bytes(at, size);
    return GM_OK;
}

enum gm_status gm_journal_rows_open(MDB_txn *txn, struct gm_journal_rows *ret_rows)
{
    struct gm_journal_rows rows;
    int result = mdb_dbi_open(txn, "entries", MDB_CREATE, &rows.entries);
    if (result == 0) result = mdb_dbi_open(txn, "batches", MDB_CREATE, &rows.batches);
    if (result == 0) result = mdb_dbi_open(txn, "meta", MDB_CREATE, &rows.meta);
    if (result == 0) *ret_rows = rows;
    return gm_env_status(result);
}

enum gm_status gm_journal_rows_stamp(const struct gm_journal_rows *rows, MDB_txn *txn,
                                     struct gm_journal_stamp *ret_stamp)
{
    MDB_val key = stamp_key_val();
    MDB_val value;
    const int result = mdb_get(txn, rows->meta, &key, &value);
    if (result != 0) return gm_env_status(result);

    struct gm_bytes bytes;
    const enum gm_status status = get_checked(&key, &value, &bytes);
    if (status != GM_OK) return status;
    if (bytes.size < AT_ZERO) return GM_CORRUPT;
    if (gm_get_u32(bytes.at + AT_FORMAT) > GM_JOURNAL_FORMAT) return GM_NEWER;
    if (gm_get_u32(bytes.at + AT_FORMAT) < GM_JOURNAL_FORMAT) return GM_CORRUPT;
    if (bytes.size < AT_SERVICE) return GM_CORRUPT;
    const size_t service_bytes = bytes.size - AT_SERVICE;
    if (service_bytes > GM_JOURNAL_SERVICE_MAX) return GM_CORRUPT;

    *ret_stamp = (struct gm_journal_stamp){
        .journal_id = gm_get_u64(bytes.at + AT_JOURNAL_ID),
        .parent_id = gm_get_u64(bytes.at + AT_PARENT_ID),
        .parent_through = gm_get_u64(bytes.at + AT_PARENT_THROUGH),
        .epoch = gm_get_u64(bytes.at + AT_EPOCH),
    };
    memcpy(ret_stamp->service, bytes.at + AT_SERVICE, service_bytes);
    return GM_OK;
}

enum gm_status gm_journal_rows_put_stamp(const struct gm_journal_rows *rows, MDB_txn *txn,
                                         const struct gm_journal_stamp *stamp)
{
    uint8_t bytes[AT_SERVICE + GM_JOURNAL_SERVICE_MAX + CRC_BYTES] = {0};
    const size_t service_bytes = strlen(stamp->service);
    gm_put_u32(bytes + AT_FORMAT, GM_JOURNAL_FORMAT);
    gm_put_u64(bytes + AT_JOURNAL_ID, stamp->journal_id);
    gm_put_u64(bytes + AT_PARENT_ID, stamp->parent_id);
    gm_put_u64(bytes + AT_PARENT_THROUGH, stamp->parent_through);
    gm_put_u64(bytes + AT_EPOCH, stamp->epoch);
    memcpy(bytes + AT_SERVICE, stamp->service, service_bytes);

    MDB_val key = stamp_key_val();
    const size_t size = AT_SERVICE + service_bytes;
    gm_put_u32(bytes + size, crc_of(&key, bytes, size));
    MDB_val value = val(bytes, size + CRC_BYTES);
    return gm_env_status(mdb_put(txn, rows->meta, &key, &value, 0));
}

/* A row of batches: all but entries. */
static enum gm_status get_head(const MDB_val *key, const MDB_val *value, struct gm_batch *ret_batch,
                               uint32_t *ret_entry_bytes)
{
    if (key->mv_size != SEQ_BYTES) return GM_CORRUPT;
    struct gm_bytes head;
    enum gm_status status = get_checked(key, value, &head);
    if (status != GM_OK) return status;
    struct gm_batch batch;
    uint32_t entry_bytes;
    status = gm_batch_decode_head(head, &batch, &entry_bytes);
    if (status != GM_OK) return status;
    if (batch.first_seq != get_seq(key)) return GM_CORRUPT;
    *ret_batch = batch;
    *ret_entry_bytes = entry_bytes;
    return GM_OK;
}

enum gm_status gm_journal_rows_tail(const struct gm_journal_rows *rows, MDB_txn *txn,
                                    struct gm_journal_tail *ret_tail)
{
    struct gm_journal_stamp stamp;
    enum gm_status status = gm_journal_rows_stamp(rows, txn, &stamp);
    if (status == GM_NOT_FOUND) return GM_CORRUPT; /* open has seen one */
    if (status != GM_OK) return status;
    struct gm_journal_tail tail = {
        .journal_id = stamp.journal_id,
        .parent_id = stamp.parent_id,
        .parent_through = stamp.parent_through,
        .epoch = stamp.epoch,
    };

    GM_CLEANUP(cursor_closep) MDB_cursor *cursor = NULL;
    int result = mdb_cursor_open(txn, rows->batches, &cursor);
    if (result != 0) return gm_env_status(result);
    MDB_val key;
    MDB_val value;
    result = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (result == 0) {
        struct gm_batch batch;
        uint32_t entry_bytes;
        status = get_head(&key, &value, &batch, &entry_bytes);
        if (status != GM_OK) return status;
        tail.seq = gm_batch_last_seq(&batch);
        tail.hash = batch.hash;
        tail.fold_version = batch.fold_version;
    } else if (result != MDB_NOTFOUND) {
        return gm_env_status(result);
    }
    *ret_tail = tail;
    return GM_OK;
}

enum gm_status gm_journal_rows_last_entry(const struct gm_journal_rows *rows, MDB_txn *txn,
                                          uint64_t *ret_seq)
{
    GM_CLEANUP(cursor_closep) MDB_cursor *cursor = NULL;
    int result = mdb_cursor_open(txn, rows->entries, &cursor);
    if (result != 0) return gm_env_status(result);
    MDB_val key;
    MDB_val value;
    result = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (result == MDB_NOTFOUND) {
        *ret_seq = 0;
        return GM_OK;
    }
    if (result != 0) return gm_env_status(result);
    if (key.mv_size != ENTRY_KEY_BYTES) return GM_CORRUPT;
    *ret_seq = get_seq(&key);
    return GM_OK;
}

static enum gm_status find_head(MDB_cursor *cursor, uint64_t seq, struct gm_batch *ret_batch,
                                uint32_t *ret_entry_bytes)
{
    uint8_t sought[SEQ_BYTES];
    put_seq(sought, seq);
    MDB_val key = val(sought, sizeof sought);
    MDB_val value;
    int result = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (result == MDB_NOTFOUND) {
        result = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    } else if (result == 0 && (key.mv_size != SEQ_BYTES || get_seq(&key) != seq)) {
        result = mdb_cursor_get(cursor, &key, &value, MDB_PREV);
    }
    if (result != 0) return gm_env_status(result);

    const enum gm_status status = get_head(&key, &value, ret_batch, ret_entry_bytes);
    if (status != GM_OK || seq <= gm_batch_last_seq(ret_batch)) return status;
    result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    return result == 0 ? GM_CORRUPT : gm_env_status(result);
}

/* All rows from the first of first_seq on, until entry_bytes are there. Whether they are the right
 * ones is seen when the batch is verified: an entry holds its size, number and CRC. */
static enum gm_status copy_entries(MDB_cursor *cursor, uint64_t first_seq, size_t entry_bytes,
                                   uint8_t *buffer)
{
    uint8_t first[ENTRY_KEY_BYTES];
    put_entry_key(first, first_seq, 0);
    MDB_val key = val(first, sizeof first);
    MDB_val value;
    MDB_cursor_op operation = MDB_SET_KEY;
    for (size_t copied = 0; copied < entry_bytes; copied += value.mv_size) {
        const int result = mdb_cursor_get(cursor, &key, &value, operation);
        if (result == MDB_NOTFOUND) return GM_CORRUPT;
        if (result != 0) return gm_env_status(result);
        if (value.mv_size == 0 || value.mv_size > entry_bytes - copied) return GM_CORRUPT;
        memcpy(buffer + copied, value.mv_data, value.mv_size);
        operation = MDB_NEXT;
    }
    return GM_OK;
}

enum gm_status gm_journal_rows_read(const struct gm_journal_rows *rows, MDB_txn *txn, uint64_t seq,
                                    uint8_t *buffer, struct gm_batch *ret_batch)
{
    GM_CLEANUP(cursor_closep) MDB_cursor *batches = NULL;
    GM_CLEANUP(cursor_closep) MDB_cursor *entries = NULL;
    int result = mdb_cursor_open(txn, rows->batches, &batches);
    if (result == 0) result = mdb_cursor_open(txn, rows->entries, &entries);
    if (result != 0) return gm_env_status(result);

    struct gm_batch batch = {0};
    uint32_t entry_bytes = 0;
    enum gm_status status = find_head(batches, seq, &batch, &entry_bytes);
    if (status != GM_OK) return status;
    status = copy_entries(entries, batch.first_seq, entry_bytes, buffer);
    if (status != GM_OK) return status;
    batch.entries = gm_bytes(buffer, entry_bytes);
    *ret_batch = batch;
    return GM_OK;
}

enum gm_status gm_journal_rows_probe(const struct gm_journal_rows *rows, MDB_txn *txn,
                                     struct gm_id batch_id, uint64_t *ret_first_seq)
{
    GM_CLEANUP(cursor_closep) MDB_cursor *cursor = NULL;
    int result = mdb_cursor_open(txn, rows->batches, &cursor);
    for (int i = 0; result == 0 && i < GM_JOURNAL_PROBED_MAX; i++) {
        MDB_val key;
        MDB_val value;
        result = mdb_cursor_get(cursor, &key, &value, i == 0 ? MDB_LAST : MDB_PREV);
        if (result != 0) break;
        struct gm_batch batch;
        uint32_t entry_bytes;
        const enum gm_status status = get_head(&key, &value, &batch, &entry_bytes);
        if (status != GM_OK) return status;
        if (!gm_id_equal(batch.batch_id, batch_id)) continue;
        *ret_first_seq = batch.first_seq;
        return GM_OK;
    }
    return result == 0 ? GM_NOT_FOUND : gm_env_status(result);
}

/* LMDB appends without looking for the place; a key that is not the largest is refused by it. */
static int append_row(MDB_cursor *cursor, const void *key_at, size_t key_size, const void *at,
                      size_t size)
{
    MDB_val key = val(key_at, key_size);
    MDB_val value = val(at, size);
    return mdb_cursor_put(cursor, &key, &value, MDB_APPEND);
}

static int append_entries(MDB_cursor *cursor, const struct gm_batch *batch)
{
    struct gm_bytes rest = batch->entries;
    for (uint64_t seq = batch->first_seq; rest.size > 0; seq++) {
        const size_t size = gm_entry_peek(rest);
        GM_ASSERT(size > 0); /* sealed */
        uint16_t part = 0;
        for (size_t done = 0; done < size; part++) {
            uint8_t key[ENTRY_KEY_BYTES];
            put_entry_key(key, seq, part);
            const size_t left = size - done;
            const size_t part_bytes = left < GM_JOURNAL_PART_BYTES ? left : GM_JOURNAL_PART_BYTES;
            const int result = append_row(cursor, key, sizeof key, rest.at + done, part_bytes);
            if (result != 0) return result;
            done += part_bytes;
        }
        rest = gm_bytes(rest.at + size, rest.size - size);
    }
    return 0;
}

static int append_head(MDB_cursor *cursor, const struct gm_batch *batch)
{
    uint8_t key_at[SEQ_BYTES];
    put_seq(key_at, batch->first_seq);
    const MDB_val key = val(key_at, sizeof key_at);
    uint8_t bytes[GM_BATCH_STORED_BYTES + CRC_BYTES];
    gm_batch_encode_head(batch, bytes);
    gm_put_u32(bytes + GM_BATCH_STORED_BYTES, crc_of(&key, bytes, GM_BATCH_STORED_BYTES));
    return append_row(cursor, key_at, sizeof key_at, bytes, sizeof bytes);
}

enum gm_status gm_journal_rows_put(const struct gm_journal_rows *rows, MDB_txn *txn,
                                   const struct gm_batch *batch)
{
    GM_CLEANUP(cursor_closep) MDB_cursor *batches = NULL;
    GM_CLEANUP(cursor_closep) MDB_cursor *entries = NULL;
    int result = mdb_cursor_open(txn, rows->batches, &batches);
    if (result == 0) result = mdb_cursor_open(txn, rows->entries, &entries);
    if (result == 0) result = append_entries(entries, batch);
    if (result == 0) result = append_head(batches, batch);
    return gm_env_status(result);
}
