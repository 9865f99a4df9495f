#include "catalog/splice.h"

#include "base/assert.h"

enum {
    WIRE_VARINT = 0,
    WIRE_BYTES = 2,
};

static size_t varint_bytes(uint64_t value)
{
    size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

static uint64_t tag_of(unsigned field, unsigned wire)
{
    return (uint64_t)field << 3 | wire;
}

static void put_varint(struct catalog_splice *splice, uint64_t value)
{
    GM_ASSERT(varint_bytes(value) <= splice->capacity - splice->used);
    while (value >= 0x80) {
        splice->at[splice->used++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    splice->at[splice->used++] = (uint8_t)value;
}

void catalog_splice_number(struct catalog_splice *splice, unsigned field, uint64_t value)
{
    if (value == 0) return;
    put_varint(splice, tag_of(field, WIRE_VARINT));
    put_varint(splice, value);
}

void catalog_splice_open(struct catalog_splice *splice, unsigned field, size_t size)
{
    put_varint(splice, tag_of(field, WIRE_BYTES));
    put_varint(splice, size);
}

void catalog_splice_raw(struct catalog_splice *splice, struct gm_bytes bytes)
{
    GM_ASSERT(bytes.size <= splice->capacity - splice->used);
    if (bytes.size > 0) memcpy(splice->at + splice->used, bytes.at, bytes.size);
    splice->used += bytes.size;
}

void catalog_splice_bytes(struct catalog_splice *splice, unsigned field, struct gm_bytes bytes)
{
    catalog_splice_open(splice, field, bytes.size);
    catalog_splice_raw(splice, bytes);
}

size_t catalog_number_bytes(unsigned field, uint64_t value)
{
    return value == 0 ? 0 : varint_bytes(tag_of(field, WIRE_VARINT)) + varint_bytes(value);
}

size_t catalog_bytes_bytes(unsigned field, size_t size)
{
    return varint_bytes(tag_of(field, WIRE_BYTES)) + varint_bytes(size) + size;
}
