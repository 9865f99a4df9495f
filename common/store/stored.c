#include "store/stored.h"

#include "base/assert.h"
#include "base/hash.h"
#include "store/env.h"

enum { META_TABLE = 0 };

static void put_big_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void gm_part_key_begin(struct gm_part_key *part, uint8_t table, struct gm_bytes key)
{
    GM_ASSERT(key.size > 0 && key.size <= GM_KEY_BYTES_MAX);
    put_big_u16(part->v, table);
    memcpy(part->v + 2, key.at, key.size);
    part->row_bytes = (uint16_t)(2 + key.size);
}

struct gm_bytes gm_part_key_bytes(struct gm_part_key *part, uint16_t number)
{
    if (number == 0) return gm_bytes(part->v, part->row_bytes);
    put_big_u16(part->v + part->row_bytes, number);
    return gm_bytes(part->v, part->row_bytes + 2U);
}

static uint32_t crc_of(struct gm_bytes place, const uint8_t *at, size_t size)
{
    return gm_crc32c(gm_crc32c(0, place.at, place.size), at, size);
}

size_t gm_stored_seal(uint8_t *at, struct gm_bytes place, struct gm_bytes value, uint16_t further)
{
    GM_ASSERT(value.size <= GM_PART_BYTES);
    if (value.size > 0) memcpy(at, value.at, value.size);
    gm_put_u16(at + value.size, further);
    gm_put_u32(at + value.size + 2, crc_of(place, at, value.size + 2));
    return value.size + GM_TRAILER_BYTES;
}

enum gm_status gm_stored_open(struct gm_bytes stored, struct gm_bytes place,
                              struct gm_bytes *ret_value, uint16_t *ret_further)
{
    if (stored.size < GM_TRAILER_BYTES || stored.size > GM_STORED_BYTES_MAX) return GM_CORRUPT;
    const size_t size = stored.size - GM_TRAILER_BYTES;
    if (gm_get_u32(stored.at + size + 2) != crc_of(place, stored.at, size + 2)) return GM_CORRUPT;
    *ret_value = gm_bytes(stored.at, size);
    *ret_further = gm_get_u16(stored.at + size);
    return GM_OK;
}

static enum gm_status get_part(MDB_txn *txn, MDB_dbi parts, struct gm_part_key *part,
                               uint16_t number, struct gm_bytes *ret_value)
{
    const struct gm_bytes place = gm_part_key_bytes(part, number);
    MDB_val key = gm_val(place);
    MDB_val stored;
    if (mdb_get(txn, parts, &key, &stored) != 0) return GM_CORRUPT;
    uint16_t further = 0;
    struct gm_bytes value;
    const enum gm_status status = gm_stored_open(gm_bytes_of_val(&stored), place, &value, &further);
    if (status != GM_OK) return status;
    if (further != 0 || value.size == 0) return GM_CORRUPT;
    *ret_value = value;
    return GM_OK;
}

enum gm_status gm_stored_join(MDB_txn *txn, MDB_dbi parts, struct gm_part_key *part,
                              struct gm_bytes stored, struct gm_arena *arena,
                              struct gm_bytes *ret_value, uint16_t *ret_further)
{
    struct gm_bytes first;
    uint16_t further = 0;
    enum gm_status status = gm_stored_open(stored, gm_part_key_bytes(part, 0), &first, &further);
    if (status != GM_OK) return status;
    if (further == 0) {
        *ret_value = first;
        *ret_further = 0;
        return GM_OK;
    }
    if (first.size != GM_PART_BYTES || further > GM_PARTS_MAX) return GM_CORRUPT;

    /* The last one first: all others are full, so it tells the size of the whole. */
    struct gm_bytes last;
    status = get_part(txn, parts, part, further, &last);
    if (status != GM_OK) return status;
    const size_t size = (size_t)further * GM_PART_BYTES + last.size;
    if (size > GM_VALUE_BYTES_MAX) return GM_CORRUPT;

    GM_ASSERT(arena != NULL);
    uint8_t *whole = gm_arena_alloc(arena, size);
    if (whole == NULL) return GM_TOO_LARGE;
    memcpy(whole, first.at, first.size);
    for (uint16_t number = 1; number < further; number++) {
        struct gm_bytes middle;
        status = get_part(txn, parts, part, number, &middle);
        if (status != GM_OK) return status;
        if (middle.size != GM_PART_BYTES) return GM_CORRUPT;
        memcpy(whole + (size_t)number * GM_PART_BYTES, middle.at, middle.size);
    }
    memcpy(whole + (size_t)further * GM_PART_BYTES, last.at, last.size);
    *ret_value = gm_bytes(whole, size);
    *ret_further = further;
    return GM_OK;
}

static const struct gm_bytes stamps_key = {.at = (const uint8_t *)"stamps", .size = 6};

int gm_stamps_put(MDB_txn *txn, MDB_dbi meta, const struct gm_stamps *stamps)
{
    GM_ASSERT(stamps->service[GM_SERVICE_BYTES - 1] == '\0');
    uint8_t row[GM_STAMPS_BYTES];
    gm_put_u32(row, GM_STORE_FORMAT);
    gm_put_u32(row + 4, stamps->schema);
    gm_put_u64(row + 8, stamps->journal_id);
    gm_put_u64(row + 16, stamps->applied);
    gm_put_u64(row + 24, stamps->hash);
    memcpy(row + 32, stamps->service, GM_SERVICE_BYTES);

    struct gm_part_key place;
    gm_part_key_begin(&place, META_TABLE, stamps_key);
    uint8_t stored[GM_STORED_BYTES_MAX];
    const size_t size =
        gm_stored_seal(stored, gm_part_key_bytes(&place, 0), gm_bytes(row, sizeof row), 0);
    MDB_val key = gm_val(stamps_key);
    MDB_val value = {.mv_size = size, .mv_data = stored};
    return mdb_put(txn, meta, &key, &value, 0);
}

enum gm_status gm_stamps_get(MDB_txn *txn, MDB_dbi meta, struct gm_stamps *ret_stamps)
{
    MDB_val key = gm_val(stamps_key);
    MDB_val value;
    const int result = mdb_get(txn, meta, &key, &value);
    if (result != 0) return gm_env_status(result);

    struct gm_part_key place;
    gm_part_key_begin(&place, META_TABLE, stamps_key);
    struct gm_bytes row;
    uint16_t further = 0;
    const enum gm_status status =
        gm_stored_open(gm_bytes_of_val(&value), gm_part_key_bytes(&place, 0), &row, &further);
    if (status != GM_OK) return status;
    if (row.size < 4) return GM_CORRUPT;
    if (gm_get_u32(row.at) > GM_STORE_FORMAT) return GM_NEWER;
    if (row.size != GM_STAMPS_BYTES || row.at[GM_STAMPS_BYTES - 1] != 0) return GM_CORRUPT;

    ret_stamps->schema = gm_get_u32(row.at + 4);
    ret_stamps->journal_id = gm_get_u64(row.at + 8);
    ret_stamps->applied = gm_get_u64(row.at + 16);
    ret_stamps->hash = gm_get_u64(row.at + 24);
    memcpy(ret_stamps->service, row.at + 32, GM_SERVICE_BYTES);
    return GM_OK;
}
