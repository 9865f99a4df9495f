/* base/id.h - ids: 16 bytes, a UUIDv7 (RFC 9562) on the wire and on disk; TypeID text for people:
 * prefix, '_' and 26 characters of Crockford base 32 (`lot_01h2xcejqtf2nbrexx3vqjhp41`). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum {
    GM_ID_BYTES = 16,
    GM_ID_TEXT_MAX = 3 + 1 + 26 + 1, /* prefix, '_', 26 digits, NUL */
};

/* Any id, where the kind does not matter (keys, envelopes). Each kind has a type of its own. */
struct gm_id {
    uint8_t v[GM_ID_BYTES];
};

#define GM_ID_KINDS(X) \
    X(member, "mbr")   \
    X(place, "plc")    \
    X(product, "prd")  \
    X(lot, "lot")      \
    X(request, "srq")  \
    X(order, "ord")    \
    X(command, "cmd")

/* struct gm_lot_id { struct gm_id id; } and so on: two kinds cannot be swapped. */
#define GM_ID_TYPE(kind, prefix) \
    struct gm_##kind##_id {      \
        struct gm_id id;         \
    };
GM_ID_KINDS(GM_ID_TYPE)
#undef GM_ID_TYPE

#define GM_ID_ENUM(kind, prefix) GM_ID_##kind,
enum gm_id_kind { GM_ID_KINDS(GM_ID_ENUM) GM_ID_KIND_COUNT };
#undef GM_ID_ENUM

static inline bool gm_id_equal(struct gm_id a, struct gm_id b)
{
    return memcmp(a.v, b.v, GM_ID_BYTES) == 0;
}

static inline bool gm_id_is_zero(struct gm_id id)
{
    return gm_id_equal(id, (struct gm_id){{0}});
}

/* Order of the bytes, which for UUIDv7 is the order of time. */
static inline int gm_id_compare(struct gm_id a, struct gm_id b)
{
    return memcmp(a.v, b.v, GM_ID_BYTES);
}

/* A UUIDv7 of this time (UTC ms, 0 to 2^48-1) and these random bytes (74 bits of them are used). */
struct gm_id gm_id_v7(int64_t time_ms, const uint8_t random[10]);

/* The n-th id that belongs to another: the same time, the rest a hash of (id, n). So decide names
 * new entities, and effects their command ids, without a clock or dice. n = 0 is not id itself. */
struct gm_id gm_id_derive(struct gm_id id, uint32_t n);

/* A UUIDv7 of this time whose rest is a hash of the content: the same content at the same time is
 * the same id. */
struct gm_id gm_id_of_content(int64_t time_ms, struct gm_bytes content);

/* Version and variant bits as UUIDv7 has them. */
bool gm_id_is_v7(struct gm_id id);
int64_t gm_id_time_ms(struct gm_id id);

/* The prefix of a kind: "lot". */
const char *gm_id_prefix(enum gm_id_kind kind);

/* Writes TypeID text with its NUL; ret has room for GM_ID_TEXT_MAX. Returns ret. */
char *gm_id_text(enum gm_id_kind kind, struct gm_id id, char ret[GM_ID_TEXT_MAX]);

/* Reads TypeID text of that kind; GM_MALFORMED for another prefix, another length, a digit outside
 * the alphabet (lower case only) or more than 128 bits. */
GM_CHECKED enum gm_status gm_id_parse(enum gm_id_kind kind, struct gm_bytes text,
                                      struct gm_id *ret_id);
