#include "base/text.h"

#include <utf8proc.h>

#include "base/assert.h"

enum {
    CODE_POINT_MAX = 0x10ffff,
    SURROGATE_FIRST = 0xd800,
    SURROGATE_LAST = 0xdfff,
};

/* By leading byte: how many follow, which bits of it count, and the lowest code point that needs so
 * many (a lower one would be overlong). */
static const struct sequence {
    uint8_t mask, leading, following;
    uint32_t lowest;
} sequences[] = {
    {0x80, 0x00, 0, 0x0000},
    {0xe0, 0xc0, 1, 0x0080},
    {0xf0, 0xe0, 2, 0x0800},
    {0xf8, 0xf0, 3, 0x10000},
};

static const struct sequence *sequence_of(uint8_t leading)
{
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if ((leading & sequences[i].mask) == sequences[i].leading) return &sequences[i];
    }
    return NULL;
}

static bool is_scalar(uint32_t code_point)
{
    return code_point <= CODE_POINT_MAX &&
           (code_point < SURROGATE_FIRST || code_point > SURROGATE_LAST);
}

bool gm_text_next(struct gm_bytes *rest, uint32_t *ret_code_point)
{
    if (rest->size == 0) return false;
    const struct sequence *sequence = sequence_of(rest->at[0]);
    if (sequence == NULL || rest->size <= sequence->following) return false;

    uint32_t code_point = rest->at[0] & (uint8_t)~sequence->mask;
    for (size_t i = 1; i <= sequence->following; i++) {
        if ((rest->at[i] & 0xc0) != 0x80) return false;
        code_point = code_point << 6 | (rest->at[i] & 0x3f);
    }
    if (code_point < sequence->lowest || !is_scalar(code_point)) return false;

    const size_t taken = 1 + (size_t)sequence->following;
    *rest = gm_bytes(rest->at + taken, rest->size - taken);
    *ret_code_point = code_point;
    return true;
}

size_t gm_text_encode(uint32_t code_point, uint8_t ret[4])
{
    GM_ASSERT(is_scalar(code_point));
    size_t kind = 3;
    while (code_point < sequences[kind].lowest) {
        kind--;
    }
    const size_t following = sequences[kind].following;
    for (size_t i = following; i > 0; i--, code_point >>= 6) {
        ret[i] = (uint8_t)(0x80 | (code_point & 0x3f));
    }
    ret[0] = (uint8_t)(sequences[kind].leading | code_point);
    return 1 + following;
}

bool gm_text_is_utf8(struct gm_bytes text)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    uint32_t code_point;
    do {
        /* Most text is ASCII: eight bytes at a time. */
        while (text.size >= sizeof(uint64_t) && (gm_get_u64(text.at) & high_bits) == 0) {
            text = gm_bytes(text.at + sizeof(uint64_t), text.size - sizeof(uint64_t));
        }
    } while (gm_text_next(&text, &code_point));
    return text.size == 0;
}

bool gm_text_is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

bool gm_text_is_space(uint32_t code_point)
{
    switch (code_point) {
    case 0x20:
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
        return true;
    default:
        return (code_point >= 0x09 && code_point <= 0x0d) ||
               (code_point >= 0x2000 && code_point <= 0x200a);
    }
}

static bool is_refused(uint32_t code_point, enum gm_text_kind kind)
{
    if (code_point == '\n') return kind != GM_TEXT_BLOCK;
    return gm_text_is_control(code_point) || code_point == 0x2028 || code_point == 0x2029;
}

/* Printable ASCII without outer spaces: stored as it stands. */
static bool is_plain(struct gm_bytes text)
{
    if (text.size == 0) return true;
    if (text.at[0] == ' ' || text.at[text.size - 1] == ' ') return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < 0x20 || text.at[i] > 0x7e) return false;
    }
    return true;
}

/* What lies between the outer white space. text is UTF-8. */
static struct gm_bytes trimmed(struct gm_bytes text)
{
    const uint8_t *first = text.at;
    const uint8_t *end = text.at;
    bool begun = false;
    uint32_t code_point;
    for (struct gm_bytes rest = text, before = text; gm_text_next(&rest, &code_point);
         before = rest) {
        if (gm_text_is_space(code_point)) continue;
        if (!begun) first = before.at;
        begun = true;
        end = rest.at;
    }
    return gm_bytes(first, (size_t)(end - first));
}

/* text is UTF-8; the result lies in the arena. */
static enum gm_status nfc(struct gm_arena *arena, struct gm_bytes text, struct gm_bytes *ret_text)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const size_t mark = gm_arena_mark(arena);
    const utf8proc_ssize_t count =
        utf8proc_decompose(text.at, (utf8proc_ssize_t)text.size, NULL, 0, options);
    GM_ASSERT(count >= 0);
    /* One more, in which reencode writes the NUL that it adds. */
    utf8proc_int32_t *points =
        gm_arena_alloc(arena, ((size_t)count + 1) * sizeof(utf8proc_int32_t));
    if (points == NULL) return GM_TOO_LARGE;
    const utf8proc_ssize_t written =
        utf8proc_decompose(text.at, (utf8proc_ssize_t)text.size, points, count, options);
    GM_ASSERT(written == count);
    const utf8proc_ssize_t size = utf8proc_reencode(points, count, options);
    GM_ASSERT(size >= 0);

    /* The bytes lie where the code points did: keep only so much. */
    gm_arena_rewind(arena, mark);
    const uint8_t *bytes = gm_arena_alloc(arena, (size_t)size);
    GM_ASSERT(bytes == (const uint8_t *)points);
    *ret_text = gm_bytes(bytes, (size_t)size);
    return GM_OK;
}

enum gm_status gm_text_clean(struct gm_arena *arena, struct gm_bytes text, enum gm_text_kind kind,
                             struct gm_bytes *ret_text)
{
    if (is_plain(text)) {
        *ret_text = text;
        return GM_OK;
    }
    if (!gm_text_is_utf8(text)) return GM_MALFORMED;
    const struct gm_bytes inner = trimmed(text);
    bool ascii = true;
    uint32_t code_point;
    for (struct gm_bytes rest = inner; gm_text_next(&rest, &code_point);) {
        if (is_refused(code_point, kind)) return GM_MALFORMED;
        ascii = ascii && code_point < 0x80;
    }
    if (!ascii) return nfc(arena, inner, ret_text);
    *ret_text = inner;
    return GM_OK;
}

static bool is_code_character(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '/' ||
           c == '-';
}

enum gm_status gm_text_code(struct gm_arena *arena, struct gm_bytes text, struct gm_bytes *ret_code)
{
    if (!gm_text_is_utf8(text)) return GM_MALFORMED;
    const struct gm_bytes inner = trimmed(text);
    if (inner.size < 1 || inner.size > GM_CODE_BYTES_MAX) return GM_MALFORMED;

    uint8_t upper[GM_CODE_BYTES_MAX];
    for (size_t i = 0; i < inner.size; i++) {
        const uint8_t c = inner.at[i];
        upper[i] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
        if (!is_code_character(upper[i])) return GM_MALFORMED;
    }
    if (memcmp(upper, inner.at, inner.size) == 0) {
        *ret_code = inner;
        return GM_OK;
    }
    const uint8_t *copy = gm_arena_copy(arena, upper, inner.size);
    if (copy == NULL) return GM_TOO_LARGE;
    *ret_code = gm_bytes(copy, inner.size);
    return GM_OK;
}
