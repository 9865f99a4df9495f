/* catalog/splice.h - replies made of stored documents as they stand: protobuf fields written around
 * encoded bytes, so that a document is neither decoded nor encoded again. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Fields go to at in the order in which they are put; the caller has made room (asserted). */
struct catalog_splice {
    uint8_t *at;
    size_t used;     /* bytes */
    size_t capacity; /* bytes */
};

/* A varint field; 0 is absent, as in proto3. For fields of type int64, uint64 and enum, 0 or more.
 */
void catalog_splice_number(struct catalog_splice *splice, unsigned field, uint64_t value);
/* A field of bytes, text or an encoded message, empty ones too. */
void catalog_splice_bytes(struct catalog_splice *splice, unsigned field, struct gm_bytes bytes);
/* Its head alone: the next `size` bytes that are put are the field. */
void catalog_splice_open(struct catalog_splice *splice, unsigned field, size_t size);
/* Encoded fields as they stand. */
void catalog_splice_raw(struct catalog_splice *splice, struct gm_bytes bytes);

/* Bytes that the above write. */
size_t catalog_number_bytes(unsigned field, uint64_t value);
size_t catalog_bytes_bytes(unsigned field, size_t size);
