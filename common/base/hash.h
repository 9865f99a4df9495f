/* base/hash.h - the three hashes and what each is for: CRC32C finds damage, SipHash sums tables,
 * BLAKE2b names content and chains history. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"

enum { GM_HASH_BYTES = 32 };

/* BLAKE2b-256. */
struct gm_hash {
    uint8_t v[GM_HASH_BYTES];
};

/* CRC32C (Castagnoli), hardware where there is one. Chain pieces through crc, beginning with 0. */
uint32_t gm_crc32c(uint32_t crc, const void *at, size_t size);
/* The same without the instruction: what a machine that has none uses. */
uint32_t gm_crc32c_portable(uint32_t crc, const void *at, size_t size);

/* SipHash-2-4 keyed by a constant of the format; never against an adversary. */
uint64_t gm_siphash(const void *at, size_t size);

/* BLAKE2b-256 of the pieces end to end. */
struct gm_hash gm_blake2b(const struct gm_bytes *pieces, size_t count);

/* BLAKE2b-128 of (number, body): the identity of a command's content. */
struct gm_id gm_content_hash(uint16_t number, struct gm_bytes body);

static inline int gm_hash_compare(const struct gm_hash *a, const struct gm_hash *b)
{
    return memcmp(a->v, b->v, GM_HASH_BYTES);
}
