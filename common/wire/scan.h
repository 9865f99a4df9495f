/* wire/scan.h - the encoding of protobuf messages, field by field: what the header codec and the
 * message check walk with, and the few bytes that the header codec writes. Pure, no heap.
 *
 * A field is a tag, a varint of (number << 3 | wire type), and a value; a varint is groups of seven
 * bits, the lowest first, the top bit set in all bytes but the last. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum { GM_VARINT_BYTES_MAX = 10 };

/* Groups (3 and 4) are no part of proto3. */
enum gm_wire_type {
    GM_WIRE_VARINT = 0,
    GM_WIRE_FIXED64 = 1, /* 8 bytes, little endian */
    GM_WIRE_BYTES = 2,   /* a varint of the size, then so many bytes */
    GM_WIRE_FIXED32 = 5, /* 4 bytes, little endian */
};

/* What is left; begin with the bytes of one message. */
struct gm_scan {
    struct gm_bytes rest;
};

struct gm_scan_field {
    uint32_t number; /* 1 to 2^29 - 1 */
    enum gm_wire_type type;
    uint64_t value;        /* of the three number types */
    struct gm_bytes bytes; /* of GM_WIRE_BYTES, borrowed */
};

/* GM_END behind the last field; GM_MALFORMED for a field that is cut off, a varint of more than 64
 * bits, a group, a number out of range. The scan ends with the first status that is not GM_OK. */
GM_CHECKED enum gm_status gm_scan_next(struct gm_scan *scan, struct gm_scan_field *ret_field);

/* One item of a packed field; the same statuses. type is one of the three number types. */
GM_CHECKED enum gm_status gm_scan_packed(struct gm_scan *scan, enum gm_wire_type type,
                                         uint64_t *ret_value);

/* Write one field to at and return the place behind it; nothing where the value is 0 or empty, as
 * proto3 has it. There is room: the caller knows its maximum. number is 1 to 15, so that a tag is
 * one byte (asserted). */
uint8_t *gm_scan_put_varint(uint8_t *at, uint32_t number, uint64_t value);
uint8_t *gm_scan_put_fixed64(uint8_t *at, uint32_t number, uint64_t value);
uint8_t *gm_scan_put_bytes(uint8_t *at, uint32_t number, struct gm_bytes bytes);
/* An item of a repeated message: written where it is empty too. */
uint8_t *gm_scan_put_message(uint8_t *at, uint32_t number, struct gm_bytes encoded);
