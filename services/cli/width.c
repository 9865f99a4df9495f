#include "cli/width.h"

#include <stdbool.h>

#include <utf8proc.h>

#include "base/text.h"

enum {
    REPLACEMENT = 0xfffd,
    EMOJI_SELECTOR = 0xfe0f, /* the letter before it is shown as an emoji */
    REGION_FIRST = 0x1f1e6,  /* two of these are a flag */
    REGION_LAST = 0x1f1ff,
    WIDE = 2,
};

/* One code point off the front; a byte that begins none is the replacement character. */
static uint32_t take(struct gm_bytes *rest)
{
    uint32_t c;
    if (gm_text_next(rest, &c)) return gm_text_is_control(c) ? REPLACEMENT : c;
    *rest = gm_bytes(rest->at + 1, rest->size - 1);
    return REPLACEMENT;
}

static int width_of(uint32_t c)
{
    if (c == EMOJI_SELECTOR || (c >= REGION_FIRST && c <= REGION_LAST)) return WIDE;
    return utf8proc_charwidth((utf8proc_int32_t)c);
}

size_t cli_width(const char *text)
{
    struct gm_bytes rest = gm_bytes_of_text(text);
    size_t width = 0;
    int cluster = 0; /* the widest of what is drawn in one place */
    utf8proc_int32_t state = 0;
    for (uint32_t before = 0; rest.size > 0;) {
        const uint32_t c = take(&rest);
        const bool begins =
            before == 0 ||
            utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)c, &state);
        if (begins) {
            width += (size_t)cluster;
            cluster = 0;
        }
        const int wide = width_of(c);
        if (wide > cluster) cluster = wide;
        before = c;
    }
    return width + (size_t)cluster;
}

void cli_put_text(FILE *out, const char *text)
{
    struct gm_bytes rest = gm_bytes_of_text(text);
    while (rest.size > 0) {
        uint8_t bytes[4];
        const size_t size = gm_text_encode(take(&rest), bytes);
        fwrite(bytes, 1, size, out);
    }
}
