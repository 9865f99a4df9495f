/* store/stored.h - rows as they lie in LMDB: values with their trailers, cut into parts, and the
 * stamps. The layouts are drawn in store/store.h and, for the stamps, below. Pure but for
 * gm_stored_join, which reads LMDB. */
#pragma once

#include <lmdb.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "store/key.h"
#include "store/store.h"

enum {
    GM_TRAILER_BYTES = 6,
    GM_STORED_BYTES_MAX = GM_PART_BYTES + GM_TRAILER_BYTES,
    GM_PARTS_MAX = (GM_VALUE_BYTES_MAX - 1) / GM_PART_BYTES, /* further parts, behind the first */
    GM_PART_KEY_BYTES_MAX = 2 + GM_KEY_BYTES_MAX + 2,
};
_Static_assert(GM_PART_KEY_BYTES_MAX <= 511, "keys of parts fit LMDB's limit");
_Static_assert(GM_PARTS_MAX <= UINT16_MAX, "the number of a part is two bytes");

/* Where the parts of a row lie: table and number big endian, so that they follow each other. Its
 * first bytes, without the number, stand for the row itself in the row's CRC. */
struct gm_part_key {
    uint16_t row_bytes; /* without the number */
    uint8_t v[GM_PART_KEY_BYTES_MAX];
};
void gm_part_key_begin(struct gm_part_key *part, uint8_t table, struct gm_bytes key);
/* number 0: the row itself. */
struct gm_bytes gm_part_key_bytes(struct gm_part_key *part, uint16_t number);

/* Further parts that a value needs. */
static inline uint16_t gm_stored_parts(size_t value_size)
{
    return (uint16_t)(value_size == 0 ? 0 : (value_size - 1) / GM_PART_BYTES);
}

/* Writes a row's or part's value with its trailer to at, which has room for GM_STORED_BYTES_MAX;
 * returns its size. place: gm_part_key_bytes. */
size_t gm_stored_seal(uint8_t *at, struct gm_bytes place, struct gm_bytes value, uint16_t further);
/* Takes the trailer off; GM_CORRUPT. Borrows. */
GM_CHECKED enum gm_status gm_stored_open(struct gm_bytes stored, struct gm_bytes place,
                                         struct gm_bytes *ret_value, uint16_t *ret_further);

/* The whole value of a row, of which LMDB gave `stored`, and how many further parts it has. One
 * part is borrowed from LMDB, more are put together in the arena. GM_CORRUPT; GM_TOO_LARGE where
 * the arena is full; asserts an arena where there are parts. */
GM_CHECKED enum gm_status gm_stored_join(MDB_txn *txn, MDB_dbi parts, struct gm_part_key *part,
                                         struct gm_bytes stored, struct gm_arena *arena,
                                         struct gm_bytes *ret_value, uint16_t *ret_further);

/* The one row of "meta", under the key "stamps" of table 0, sealed like any other:
 *
 *   offset size  field
 *   0      4     format, 1
 *   4      4     schema: row formats
 *   8      8     journal id
 *   16     8     applied_seq
 *   24     8     state hash at applied_seq
 *   32     32    service, zero-padded
 */
enum { GM_STORE_FORMAT = 1, GM_SERVICE_BYTES = 32, GM_STAMPS_BYTES = 64 };
struct gm_stamps {
    uint32_t schema;
    uint64_t journal_id;
    uint64_t applied;
    uint64_t hash;
    char service[GM_SERVICE_BYTES]; /* ends with a zero */
};
GM_CHECKED int gm_stamps_put(MDB_txn *txn, MDB_dbi meta, const struct gm_stamps *stamps);
/* GM_NOT_FOUND, GM_CORRUPT, GM_NEWER for a later format. */
GM_CHECKED enum gm_status gm_stamps_get(MDB_txn *txn, MDB_dbi meta, struct gm_stamps *ret_stamps);

static inline MDB_val gm_val(struct gm_bytes bytes)
{
    return (MDB_val){.mv_size = bytes.size, .mv_data = (void *)(uintptr_t)bytes.at};
}

static inline struct gm_bytes gm_bytes_of_val(const MDB_val *val)
{
    return gm_bytes(val->mv_data, val->mv_size);
}
