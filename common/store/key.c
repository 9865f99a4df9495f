#include "store/key.h"

#define SIGN_BIT (UINT64_C(1) << 63)

static void append(struct gm_key *key, const void *at, size_t size)
{
    if (key->full || size > sizeof key->v - key->size) {
        key->full = true;
        return;
    }
    if (size > 0) memcpy(key->v + key->size, at, size);
    key->size = (uint16_t)(key->size + size);
}

void gm_key_u8(struct gm_key *key, uint8_t value)
{
    append(key, &value, sizeof value);
}

void gm_key_u16(struct gm_key *key, uint16_t value)
{
    const uint16_t big = __builtin_bswap16(value);
    append(key, &big, sizeof big);
}

void gm_key_u32(struct gm_key *key, uint32_t value)
{
    const uint32_t big = __builtin_bswap32(value);
    append(key, &big, sizeof big);
}

void gm_key_u64(struct gm_key *key, uint64_t value)
{
    const uint64_t big = __builtin_bswap64(value);
    append(key, &big, sizeof big);
}

void gm_key_i64(struct gm_key *key, int64_t value)
{
    gm_key_u64(key, (uint64_t)value ^ SIGN_BIT);
}

void gm_key_id(struct gm_key *key, struct gm_id id)
{
    append(key, id.v, sizeof id.v);
}

void gm_key_text(struct gm_key *key, struct gm_bytes text)
{
    static const uint8_t escaped_zero[] = {0x00, 0xff};
    static const uint8_t close[] = {0x00, 0x00};

    size_t begin = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] != 0) continue;
        append(key, text.at + begin, i - begin);
        append(key, escaped_zero, sizeof escaped_zero);
        begin = i + 1;
    }
    if (begin < text.size) append(key, text.at + begin, text.size - begin);
    append(key, close, sizeof close);
}

static bool take(struct gm_key_reader *reader, void *ret, size_t size)
{
    if (reader->rest.size < size) return false;
    memcpy(ret, reader->rest.at, size);
    reader->rest = gm_bytes(reader->rest.at + size, reader->rest.size - size);
    return true;
}

enum gm_status gm_key_read_u8(struct gm_key_reader *reader, uint8_t *ret)
{
    return take(reader, ret, sizeof *ret) ? GM_OK : GM_MALFORMED;
}

enum gm_status gm_key_read_u16(struct gm_key_reader *reader, uint16_t *ret)
{
    uint16_t big;
    if (!take(reader, &big, sizeof big)) return GM_MALFORMED;
    *ret = __builtin_bswap16(big);
    return GM_OK;
}

enum gm_status gm_key_read_u32(struct gm_key_reader *reader, uint32_t *ret)
{
    uint32_t big;
    if (!take(reader, &big, sizeof big)) return GM_MALFORMED;
    *ret = __builtin_bswap32(big);
    return GM_OK;
}

enum gm_status gm_key_read_u64(struct gm_key_reader *reader, uint64_t *ret)
{
    uint64_t big;
    if (!take(reader, &big, sizeof big)) return GM_MALFORMED;
    *ret = __builtin_bswap64(big);
    return GM_OK;
}

enum gm_status gm_key_read_i64(struct gm_key_reader *reader, int64_t *ret)
{
    uint64_t flipped;
    const enum gm_status status = gm_key_read_u64(reader, &flipped);
    if (status == GM_OK) *ret = (int64_t)(flipped ^ SIGN_BIT);
    return status;
}

enum gm_status gm_key_read_id(struct gm_key_reader *reader, struct gm_id *ret)
{
    return take(reader, ret->v, sizeof ret->v) ? GM_OK : GM_MALFORMED;
}

/* Where text closes: the offset of its 0x00 0x00, or SIZE_MAX where it does not. */
static size_t text_end(struct gm_bytes rest)
{
    size_t i = 0;
    while (i + 1 < rest.size) {
        if (rest.at[i] != 0) {
            i += 1;
        } else if (rest.at[i + 1] == 0xff) {
            i += 2;
        } else {
            return rest.at[i + 1] == 0 ? i : SIZE_MAX;
        }
    }
    return SIZE_MAX;
}

enum gm_status gm_key_read_text(struct gm_key_reader *reader, uint8_t *ret_text, size_t *ret_size)
{
    const struct gm_bytes rest = reader->rest;
    const size_t end = text_end(rest);
    if (end == SIZE_MAX) return GM_MALFORMED;

    size_t size = 0;
    for (size_t i = 0; i < end; i++) {
        ret_text[size++] = rest.at[i];
        if (rest.at[i] == 0) i++; /* the 0xff after an escaped zero */
    }
    *ret_size = size;
    reader->rest = gm_bytes(rest.at + end + 2, rest.size - end - 2);
    return GM_OK;
}

bool gm_key_after_prefix(struct gm_key *key)
{
    size_t size = key->size;
    while (size > 0 && key->v[size - 1] == 0xff)
        size--;
    if (size == 0) return false;
    key->v[size - 1]++;
    key->size = (uint16_t)size;
    return true;
}
