#include "store/sort.h"

#include <string.h>

/* Eight bytes of every key at a time, as numbers: a radix sort that skips the bytes which are the
 * same in all (keys of one table begin alike and ids of one hour too), then each run of equal
 * numbers by the next eight. */
enum { WORD_BYTES = 8, DIGITS = 256, FEW = 32 };

static void insertion_sort(struct gm_sort_item *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct gm_sort_item item = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1].word > item.word; at--) {
            items[at] = items[at - 1];
        }
        items[at] = item;
    }
}

static void radix_pass(const struct gm_sort_item *from, struct gm_sort_item *to, size_t count,
                       int shift)
{
    size_t begin[DIGITS] = {0};
    for (size_t i = 0; i < count; i++) {
        begin[from[i].word >> shift & (DIGITS - 1)]++;
    }
    size_t sum = 0;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        const size_t of_digit = begin[digit];
        begin[digit] = sum;
        sum += of_digit;
    }
    for (size_t i = 0; i < count; i++) {
        to[begin[from[i].word >> shift & (DIGITS - 1)]++] = from[i];
    }
}

static void sort_by_word(struct gm_sort_item *items, struct gm_sort_item *scratch, size_t count)
{
    if (count <= FEW) {
        insertion_sort(items, count);
        return;
    }
    uint64_t differs = 0;
    for (size_t i = 1; i < count; i++) {
        differs |= items[i].word ^ items[0].word;
    }
    struct gm_sort_item *from = items;
    struct gm_sort_item *to = scratch;
    for (int shift = 0; shift < 64; shift += 8) {
        if ((differs >> shift & (DIGITS - 1)) == 0) continue;
        radix_pass(from, to, count, shift);
        struct gm_sort_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != items) memcpy(items, from, count * sizeof *items);
}

/* The key's bytes from depth on as a big-endian number, padded with zeros. */
static uint64_t word_at(const struct gm_overlay_row *row, size_t depth)
{
    const struct gm_bytes key = gm_image_key(row->image);
    uint64_t word = 0;
    const size_t left = key.size - depth;
    memcpy(&word, key.at + depth, left < WORD_BYTES ? left : WORD_BYTES);
    return __builtin_bswap64(word);
}

/* Of keys that are equal up to depth, those that end there come first, the shorter before the
 * longer: only padding makes them look the same. There are nine at most. Returns how many. */
static size_t ended_first(struct gm_sort_item *items, size_t count, size_t depth)
{
    size_t ended = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t size = gm_image_key(items[i].row->image).size;
        if (size > depth) continue;
        const struct gm_sort_item item = items[i];
        items[i] = items[ended];
        size_t at = ended++;
        for (; at > 0 && gm_image_key(items[at - 1].row->image).size > size; at--) {
            items[at] = items[at - 1];
        }
        items[at] = item;
    }
    return ended;
}

/* All keys are equal before depth and reach that far. Depth of recursion: GM_KEY_BYTES_MAX / 8. */
static void sort_keys(struct gm_sort_item *items, struct gm_sort_item *scratch, size_t count,
                      size_t depth)
{
    for (size_t i = 0; i < count; i++) {
        items[i].word = word_at(items[i].row, depth);
    }
    sort_by_word(items, scratch, count);
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && items[end].word == items[begin].word; end++) {
        }
        if (end - begin == 1) continue;
        const size_t ended = ended_first(items + begin, end - begin, depth + WORD_BYTES);
        const size_t left = end - begin - ended;
        if (left > 1) sort_keys(items + begin + ended, scratch, left, depth + WORD_BYTES);
    }
}

void gm_sort_rows(struct gm_sort_item *items, struct gm_sort_item *scratch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        items[i].word = items[i].row->image[0];
    }
    sort_by_word(items, scratch, count);
    for (size_t begin = 0, end; begin < count; begin = end) {
        const uint64_t table = items[begin].word;
        for (end = begin + 1; end < count && items[end].word == table; end++) {
        }
        sort_keys(items + begin, scratch, end - begin, 0);
    }
}
