#include "base/id.h"

#include "base/assert.h"
#include "base/hash.h"

enum {
    TIME_BYTES = 6,
    VERSION_AT = 6, /* high four bits: 7 */
    VARIANT_AT = 8, /* high two bits: binary 10 */
    PREFIX_LENGTH = 3,
    DIGITS_AT = PREFIX_LENGTH + 1,
    DIGIT_COUNT = 26,
    DIGIT_BITS = 5,
};
_Static_assert(GM_ID_TEXT_MAX == DIGITS_AT + DIGIT_COUNT + 1, "prefix, '_', digits, NUL");

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

#define PREFIX(kind, prefix) [GM_ID_##kind] = (prefix),
static const char *const prefixes[GM_ID_KIND_COUNT] = {GM_ID_KINDS(PREFIX)};
#undef PREFIX

#define PREFIX_FITS(kind, prefix) \
    _Static_assert(sizeof(prefix) == PREFIX_LENGTH + 1, "every prefix is three letters");
GM_ID_KINDS(PREFIX_FITS)
#undef PREFIX_FITS

static void stamp(struct gm_id *id)
{
    id->v[VERSION_AT] = (uint8_t)((id->v[VERSION_AT] & 0x0f) | 0x70);
    id->v[VARIANT_AT] = (uint8_t)((id->v[VARIANT_AT] & 0x3f) | 0x80);
}

static void put_time(struct gm_id *id, int64_t time_ms)
{
    GM_ASSERT(time_ms >= 0);
    GM_ASSERT(time_ms < INT64_C(1) << 48);
    for (int i = 0; i < TIME_BYTES; i++) {
        id->v[i] = (uint8_t)(time_ms >> 8 * (TIME_BYTES - 1 - i));
    }
}

struct gm_id gm_id_v7(int64_t time_ms, const uint8_t random[10])
{
    struct gm_id id;
    put_time(&id, time_ms);
    memcpy(id.v + TIME_BYTES, random, GM_ID_BYTES - TIME_BYTES);
    stamp(&id);
    return id;
}

/* A hash of the pieces with version and variant; the time is for the caller to put in. */
static struct gm_id hashed(const struct gm_bytes *pieces, size_t count)
{
    const struct gm_hash hash = gm_blake2b(pieces, count);
    struct gm_id id = {{0}};
    memcpy(id.v + TIME_BYTES, hash.v, GM_ID_BYTES - TIME_BYTES);
    stamp(&id);
    return id;
}

/* The labels keep the two kinds of hashed ids apart. */
struct gm_id gm_id_derive(struct gm_id id, uint32_t n)
{
    uint8_t number[sizeof n];
    gm_put_u32(number, n);
    const struct gm_bytes pieces[] = {
        gm_bytes_of_text("gomnet.id.derive"),
        gm_bytes(id.v, sizeof id.v),
        gm_bytes(number, sizeof number),
    };
    struct gm_id derived = hashed(pieces, 3);
    memcpy(derived.v, id.v, TIME_BYTES);
    return derived;
}

struct gm_id gm_id_of_content(int64_t time_ms, struct gm_bytes content)
{
    const struct gm_bytes pieces[] = {gm_bytes_of_text("gomnet.id.content"), content};
    struct gm_id id = hashed(pieces, 2);
    put_time(&id, time_ms);
    return id;
}

bool gm_id_is_v7(struct gm_id id)
{
    return id.v[VERSION_AT] >> 4 == 7 && id.v[VARIANT_AT] >> 6 == 2;
}

int64_t gm_id_time_ms(struct gm_id id)
{
    int64_t time_ms = 0;
    for (int i = 0; i < TIME_BYTES; i++) {
        time_ms = time_ms << 8 | id.v[i];
    }
    return time_ms;
}

const char *gm_id_prefix(enum gm_id_kind kind)
{
    GM_ASSERT(kind < GM_ID_KIND_COUNT);
    return prefixes[kind];
}

char *gm_id_text(enum gm_id_kind kind, struct gm_id id, char ret[GM_ID_TEXT_MAX])
{
    unsigned __int128 number = 0;
    for (int i = 0; i < GM_ID_BYTES; i++) {
        number = number << 8 | id.v[i];
    }
    memcpy(ret, gm_id_prefix(kind), PREFIX_LENGTH);
    ret[PREFIX_LENGTH] = '_';
    for (int i = DIGIT_COUNT - 1; i >= 0; i--, number >>= DIGIT_BITS) {
        ret[DIGITS_AT + i] = digits[number & 31];
    }
    ret[DIGITS_AT + DIGIT_COUNT] = '\0';
    return ret;
}

enum gm_status gm_id_parse(enum gm_id_kind kind, struct gm_bytes text, struct gm_id *ret_id)
{
    if (text.size != DIGITS_AT + DIGIT_COUNT) return GM_MALFORMED;
    if (memcmp(text.at, gm_id_prefix(kind), PREFIX_LENGTH) != 0) return GM_MALFORMED;
    if (text.at[PREFIX_LENGTH] != '_') return GM_MALFORMED;
    /* 26 digits are 130 bits: the first may use three of its five. */
    if (text.at[DIGITS_AT] > '7') return GM_MALFORMED;

    unsigned __int128 number = 0;
    for (int i = 0; i < DIGIT_COUNT; i++) {
        const char *digit = memchr(digits, text.at[DIGITS_AT + i], sizeof digits - 1);
        if (digit == NULL) return GM_MALFORMED;
        number = number << DIGIT_BITS | (unsigned)(digit - digits);
    }
    for (int i = GM_ID_BYTES - 1; i >= 0; i--, number >>= 8) {
        ret_id->v[i] = (uint8_t)number;
    }
    return GM_OK;
}
