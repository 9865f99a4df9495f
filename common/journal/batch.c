#include "journal/entry.h"

#include <sodium.h>

#include "base/assert.h"

/* Where the fields of the header stand, as drawn in entry.h. */
enum {
    AT_FORMAT = 0,
    AT_FOLD_VERSION = 4,
    AT_JOURNAL_ID = 8,
    AT_BATCH_ID = 16,
    AT_EPOCH = 32,
    AT_FIRST_SEQ = 40,
    AT_COUNT = 48,
    AT_ENTRY_BYTES = 52,
    AT_STATE_HASH = 56,
    AT_STATE_KNOWN = 64,
    AT_ZERO = 65,
    AT_PREVIOUS = 72,
    AT_HASH = 104,
};
_Static_assert(AT_PREVIOUS + GM_HASH_BYTES == GM_BATCH_HEAD_BYTES, "the hash of what is before it");

/* The part of the header that is stored before the hash. */
static void put_head(const struct gm_batch *batch, uint8_t *at)
{
    memset(at, 0, GM_BATCH_HEAD_BYTES);
    gm_put_u32(at + AT_FORMAT, GM_BATCH_FORMAT);
    gm_put_u32(at + AT_FOLD_VERSION, batch->fold_version);
    gm_put_u64(at + AT_JOURNAL_ID, batch->journal_id);
    memcpy(at + AT_BATCH_ID, batch->batch_id.v, GM_ID_BYTES);
    gm_put_u64(at + AT_EPOCH, batch->epoch);
    gm_put_u64(at + AT_FIRST_SEQ, batch->first_seq);
    gm_put_u32(at + AT_COUNT, batch->count);
    gm_put_u32(at + AT_ENTRY_BYTES, (uint32_t)batch->entries.size);
    gm_put_u64(at + AT_STATE_HASH, batch->state_hash);
    at[AT_STATE_KNOWN] = batch->state_known ? 1 : 0;
    memcpy(at + AT_PREVIOUS, batch->previous.v, GM_HASH_BYTES);
}

bool gm_batch_within_limits(const struct gm_batch *batch)
{
    return batch->count >= 1 && batch->count <= GM_BATCH_ENTRIES_MAX && batch->first_seq >= 1 &&
           batch->first_seq <= UINT64_MAX - GM_BATCH_ENTRIES_MAX &&
           batch->entries.size <= GM_BATCH_BYTES_MAX;
}

/* The hash over header and entry hashes; GM_CORRUPT where the entries are not as the header says.
 */
static enum gm_status hash_of(const struct gm_batch *batch, struct gm_hash *ret_hash)
{
    if (!gm_batch_within_limits(batch)) return GM_CORRUPT;

    uint8_t head[GM_BATCH_HEAD_BYTES];
    put_head(batch, head);
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, GM_HASH_BYTES);
    crypto_generichash_update(&state, head, sizeof head);

    struct gm_bytes rest = batch->entries;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!gm_entry_intact(rest)) return GM_CORRUPT;
        if (gm_entry_peek_seq(rest) != batch->first_seq + i) return GM_CORRUPT;
        const size_t size = gm_entry_peek(rest);
        const struct gm_hash entry_hash = gm_entry_hash(gm_bytes(rest.at, size));
        crypto_generichash_update(&state, entry_hash.v, GM_HASH_BYTES);
        rest = gm_bytes(rest.at + size, rest.size - size);
    }
    if (rest.size != 0) return GM_CORRUPT;

    crypto_generichash_final(&state, ret_hash->v, GM_HASH_BYTES);
    return GM_OK;
}

void gm_batch_seal(struct gm_batch *batch)
{
    const enum gm_status status = hash_of(batch, &batch->hash);
    GM_ASSERT(status == GM_OK);
}

void gm_batch_encode_head(const struct gm_batch *batch, uint8_t ret[GM_BATCH_STORED_BYTES])
{
    put_head(batch, ret);
    memcpy(ret + AT_HASH, batch->hash.v, GM_HASH_BYTES);
}

static bool all_zero(const uint8_t *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (at[i] != 0) return false;
    }
    return true;
}

enum gm_status gm_batch_decode_head(struct gm_bytes head, struct gm_batch *ret_batch,
                                    uint32_t *ret_entry_bytes)
{
    if (head.size < AT_FORMAT + sizeof(uint32_t)) return GM_CORRUPT;
    const uint8_t *at = head.at;
    const uint32_t format = gm_get_u32(at + AT_FORMAT);
    if (format > GM_BATCH_FORMAT) return GM_NEWER;
    if (format < GM_BATCH_FORMAT || head.size != GM_BATCH_STORED_BYTES) return GM_CORRUPT;
    /* What put_head would not write again would escape the hash. */
    if (at[AT_STATE_KNOWN] > 1) return GM_CORRUPT;
    if (!all_zero(at + AT_ZERO, AT_PREVIOUS - AT_ZERO)) return GM_CORRUPT;

    struct gm_batch batch = {
        .fold_version = gm_get_u32(at + AT_FOLD_VERSION),
        .journal_id = gm_get_u64(at + AT_JOURNAL_ID),
        .epoch = gm_get_u64(at + AT_EPOCH),
        .first_seq = gm_get_u64(at + AT_FIRST_SEQ),
        .count = gm_get_u32(at + AT_COUNT),
        .state_hash = gm_get_u64(at + AT_STATE_HASH),
        .state_known = at[AT_STATE_KNOWN] == 1,
        .entries = gm_bytes(NULL, gm_get_u32(at + AT_ENTRY_BYTES)),
    };
    memcpy(batch.batch_id.v, at + AT_BATCH_ID, GM_ID_BYTES);
    memcpy(batch.previous.v, at + AT_PREVIOUS, GM_HASH_BYTES);
    memcpy(batch.hash.v, at + AT_HASH, GM_HASH_BYTES);
    if (!gm_batch_within_limits(&batch)) return GM_CORRUPT;

    *ret_entry_bytes = (uint32_t)batch.entries.size;
    batch.entries = gm_bytes(NULL, 0);
    *ret_batch = batch;
    return GM_OK;
}

enum gm_status gm_batch_verify(const struct gm_batch *batch)
{
    struct gm_hash hash;
    const enum gm_status status = hash_of(batch, &hash);
    if (status != GM_OK) return status;
    return gm_hash_compare(&hash, &batch->hash) == 0 ? GM_OK : GM_CORRUPT;
}
