#include "store/sort.h"

#include "store/fixture.h"

enum { COUNT = 3000, ROUNDS = 20, KEY_BYTES = 40 };

struct row {
    uint64_t sum;
    uint32_t value_size;
    uint32_t room;
    uint8_t image[GM_IMAGE_HEAD_BYTES + KEY_BYTES];
};
_Static_assert(offsetof(struct row, image) == offsetof(struct gm_overlay_row, image), "the same");

static int compare(const void *left, const void *right)
{
    const uint8_t *a = ((const struct gm_sort_item *)left)->row->image;
    const uint8_t *b = ((const struct gm_sort_item *)right)->row->image;
    return a[0] != b[0] ? a[0] - b[0] : gm_bytes_compare(gm_image_key(a), gm_image_key(b));
}

/* Keys of 1 to KEY_BYTES bytes of few letters, many with long common beginnings and many that are
 * the beginning of another; equal ones are dropped, since a half has none. */
static size_t roll_rows(uint64_t *dice, struct row *rows, struct gm_sort_item *items, size_t count)
{
    static const uint8_t letters[] = {0x00, 0x00, 0x00, 0x01, 0xff};
    for (size_t i = 0; i < count; i++) {
        uint8_t key[KEY_BYTES];
        const size_t size = 1 + dice_below(dice, KEY_BYTES);
        const size_t common = dice_below(dice, KEY_BYTES);
        for (size_t at = 0; at < size; at++) {
            key[at] = at < common ? 0 : letters[dice_below(dice, sizeof letters)];
        }
        gm_image_begin(rows[i].image, (uint8_t)(1 + dice_below(dice, 3)), gm_bytes(key, size));
        items[i].row = (struct gm_overlay_row *)&rows[i];
    }
    qsort(items, count, sizeof *items, compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare(&items[i], &items[kept - 1]) != 0) items[kept++] = items[i];
    }
    return kept;
}

static void rows_come_by_table_then_by_the_bytes_of_the_key(void **state)
{
    (void)state;
    static struct row rows[COUNT];
    static struct gm_sort_item expected[COUNT];
    static struct gm_sort_item items[COUNT];
    static struct gm_sort_item scratch[COUNT];
    uint64_t dice = 3;
    for (int round = 0; round < ROUNDS; round++) {
        const size_t rolled = round == 0 ? 1 : 1 + dice_below(&dice, COUNT);
        const size_t count = roll_rows(&dice, rows, expected, rolled);
        memcpy(items, expected, count * sizeof *items);
        for (size_t i = count; i > 1; i--) { /* shuffled */
            const size_t other = dice_below(&dice, i);
            const struct gm_sort_item swap = items[i - 1];
            items[i - 1] = items[other];
            items[other] = swap;
        }
        gm_sort_rows(items, scratch, count);
        for (size_t i = 0; i < count; i++) {
            assert_ptr_equal(items[i].row, expected[i].row);
        }
    }
}

static void nothing_sorts_to_nothing(void **state)
{
    (void)state;
    struct gm_sort_item item = {.word = 7};
    gm_sort_rows(&item, NULL, 0);
    assert_int_equal(item.word, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_by_table_then_by_the_bytes_of_the_key),
        cmocka_unit_test(nothing_sorts_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
