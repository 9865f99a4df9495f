/* store/key.h - order-preserving keys: the order of the bytes is the order of the parts. A key is
 * its parts end to end, each of which ends itself:
 *
 *   u8, u16, u32, u64   big endian
 *   i64                 big endian with the sign bit flipped
 *   id                  16 bytes as they stand
 *   text                bytes, 0x00 as 0x00 0xff, closed by 0x00 0x00: "a" before "aa" before "b"
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/status.h"

/* LMDB's limit is 511; a part number (2 bytes) and a table number (2 bytes) are added to it. */
enum { GM_KEY_BYTES_MAX = 500 };

/* Owns its bytes; small enough for the stack. */
struct gm_key {
    uint16_t size;
    bool full; /* a part did not fit: a bug of the caller, asserted where the key is used */
    uint8_t v[GM_KEY_BYTES_MAX];
};

/* Only size is set: the bytes need no clearing. */
static inline void gm_key_begin(struct gm_key *key)
{
    key->size = 0;
    key->full = false;
}

void gm_key_u8(struct gm_key *key, uint8_t value);
void gm_key_u16(struct gm_key *key, uint16_t value);
void gm_key_u32(struct gm_key *key, uint32_t value);
void gm_key_u64(struct gm_key *key, uint64_t value);
void gm_key_i64(struct gm_key *key, int64_t value);
void gm_key_id(struct gm_key *key, struct gm_id id);
void gm_key_text(struct gm_key *key, struct gm_bytes text);

static inline struct gm_bytes gm_key_bytes(const struct gm_key *key)
{
    return gm_bytes(key->v, key->size);
}

/* Reads the parts back, front to back. GM_MALFORMED where the rest is no such part; nothing is
 * taken then. Text is written unescaped to ret_text (room for size bytes of the rest). */
struct gm_key_reader {
    struct gm_bytes rest;
};
GM_CHECKED enum gm_status gm_key_read_u8(struct gm_key_reader *reader, uint8_t *ret);
GM_CHECKED enum gm_status gm_key_read_u16(struct gm_key_reader *reader, uint16_t *ret);
GM_CHECKED enum gm_status gm_key_read_u32(struct gm_key_reader *reader, uint32_t *ret);
GM_CHECKED enum gm_status gm_key_read_u64(struct gm_key_reader *reader, uint64_t *ret);
GM_CHECKED enum gm_status gm_key_read_i64(struct gm_key_reader *reader, int64_t *ret);
GM_CHECKED enum gm_status gm_key_read_id(struct gm_key_reader *reader, struct gm_id *ret);
GM_CHECKED enum gm_status gm_key_read_text(struct gm_key_reader *reader, uint8_t *ret_text,
                                           size_t *ret_size);

/* The smallest key above every key that begins with this one; false where there is none (all 0xff).
 */
bool gm_key_after_prefix(struct gm_key *key);
