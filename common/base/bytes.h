/* base/bytes.h - a borrowed run of bytes, and the little-endian fields of formats on disk and wire.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Borrowed: who hands it out says for how long. at may be NULL where size is 0. */
struct gm_bytes {
    const uint8_t *at;
    size_t size;
};

static inline struct gm_bytes gm_bytes(const void *at, size_t size)
{
    return (struct gm_bytes){.at = (const uint8_t *)at, .size = size};
}

static inline struct gm_bytes gm_bytes_of_text(const char *text)
{
    return gm_bytes(text, strlen(text));
}

static inline bool gm_bytes_equal(struct gm_bytes a, struct gm_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

/* As memcmp, a prefix before the longer. */
static inline int gm_bytes_compare(struct gm_bytes a, struct gm_bytes b)
{
    const size_t shorter = a.size < b.size ? a.size : b.size;
    const int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* The formats are little endian and so are the machines that Gomnet is built for. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "formats are copied as they stand");

static inline uint16_t gm_get_u16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t gm_get_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t gm_get_u64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline void gm_put_u16(uint8_t *at, uint16_t value)
{
    memcpy(at, &value, sizeof value);
}

static inline void gm_put_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static inline void gm_put_u64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof value);
}
