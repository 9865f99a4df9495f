#include "wire/scan.h"

#include "base/assert.h"

enum { NUMBER_MAX = (1 << 29) - 1, NUMBER_OF_ONE_BYTE_TAG_MAX = 15 };

static void skip(struct gm_scan *scan, size_t size)
{
    scan->rest = gm_bytes(scan->rest.at + size, scan->rest.size - size);
}

static bool take_varint(struct gm_scan *scan, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < GM_VARINT_BYTES_MAX && i < scan->rest.size; i++) {
        const uint8_t byte = scan->rest.at[i];
        if (i == GM_VARINT_BYTES_MAX - 1 && byte > 1) return false; /* bit 64 and above */
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            skip(scan, i + 1);
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* A number type; false where it is cut off, or not one. */
static bool take_number(struct gm_scan *scan, enum gm_wire_type type, uint64_t *ret_value)
{
    if (type == GM_WIRE_VARINT) return take_varint(scan, ret_value);
    if (type == GM_WIRE_FIXED64 && scan->rest.size >= 8) {
        *ret_value = gm_get_u64(scan->rest.at);
        skip(scan, 8);
        return true;
    }
    if (type == GM_WIRE_FIXED32 && scan->rest.size >= 4) {
        *ret_value = gm_get_u32(scan->rest.at);
        skip(scan, 4);
        return true;
    }
    return false;
}

enum gm_status gm_scan_next(struct gm_scan *scan, struct gm_scan_field *ret_field)
{
    if (scan->rest.size == 0) return GM_END;

    uint64_t tag;
    if (!take_varint(scan, &tag)) return GM_MALFORMED;
    const uint64_t number = tag >> 3;
    if (number == 0 || number > NUMBER_MAX) return GM_MALFORMED;

    struct gm_scan_field field = {.number = (uint32_t)number, .type = (enum gm_wire_type)(tag & 7)};
    if (field.type == GM_WIRE_BYTES) {
        uint64_t size;
        if (!take_varint(scan, &size) || size > scan->rest.size) return GM_MALFORMED;
        field.bytes = gm_bytes(scan->rest.at, size);
        skip(scan, size);
    } else if (!take_number(scan, field.type, &field.value)) {
        return GM_MALFORMED;
    }
    *ret_field = field;
    return GM_OK;
}

enum gm_status gm_scan_packed(struct gm_scan *scan, enum gm_wire_type type, uint64_t *ret_value)
{
    GM_ASSERT(type != GM_WIRE_BYTES);
    if (scan->rest.size == 0) return GM_END;
    return take_number(scan, type, ret_value) ? GM_OK : GM_MALFORMED;
}

static uint8_t *put_tag(uint8_t *at, uint32_t number, enum gm_wire_type type)
{
    GM_ASSERT(number >= 1 && number <= NUMBER_OF_ONE_BYTE_TAG_MAX);
    *at = (uint8_t)(number << 3 | (uint32_t)type);
    return at + 1;
}

static uint8_t *put_raw_varint(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at = (uint8_t)value;
    return at + 1;
}

uint8_t *gm_scan_put_varint(uint8_t *at, uint32_t number, uint64_t value)
{
    if (value == 0) return at;
    return put_raw_varint(put_tag(at, number, GM_WIRE_VARINT), value);
}

uint8_t *gm_scan_put_fixed64(uint8_t *at, uint32_t number, uint64_t value)
{
    if (value == 0) return at;
    at = put_tag(at, number, GM_WIRE_FIXED64);
    gm_put_u64(at, value);
    return at + 8;
}

uint8_t *gm_scan_put_bytes(uint8_t *at, uint32_t number, struct gm_bytes bytes)
{
    return bytes.size == 0 ? at : gm_scan_put_message(at, number, bytes);
}

uint8_t *gm_scan_put_message(uint8_t *at, uint32_t number, struct gm_bytes encoded)
{
    at = put_raw_varint(put_tag(at, number, GM_WIRE_BYTES), encoded.size);
    if (encoded.size > 0) memcpy(at, encoded.at, encoded.size);
    return at + encoded.size;
}
