#include "store/cache.h"

#include "store/fixture.h"

enum { TABLE = 5, SLOTS_MAX = 1 << 12 };

static struct gm_cache_slot slots[SLOTS_MAX];

/* Hashes are given by hand here: with one slot in use every row wants the same one. */
static struct gm_cache one_slot(void)
{
    memset(slots, 0, sizeof slots);
    struct gm_cache cache;
    gm_cache_init(&cache, slots, 1, SLOTS_MAX);
    return cache;
}

static void fill(struct gm_cache *cache, uint32_t number, const char *text)
{
    const struct gm_key key = key_of_u32(number);
    gm_cache_fill(cache, number * UINT64_C(2), TABLE, gm_key_bytes(&key), gm_bytes_of_text(text),
                  9);
}

static bool holds(struct gm_cache *cache, uint32_t number, const char *text)
{
    const struct gm_key key = key_of_u32(number);
    const struct gm_cache_slot *slot =
        gm_cache_find(cache, number * UINT64_C(2), TABLE, gm_key_bytes(&key));
    return slot != NULL && gm_bytes_equal(gm_cache_value(slot), gm_bytes_of_text(text));
}

static void a_row_makes_way_for_another(void **state)
{
    (void)state;
    struct gm_cache cache = one_slot();
    fill(&cache, 1, "one");
    fill(&cache, 2, "two");
    assert_false(holds(&cache, 1, "one"));
    assert_true(holds(&cache, 2, "two"));
}

static void a_row_on_loan_keeps_its_place_until_the_loan_ends(void **state)
{
    (void)state;
    struct gm_cache cache = one_slot();
    fill(&cache, 1, "one");
    assert_true(holds(&cache, 1, "one")); /* lends it */
    fill(&cache, 2, "two");
    assert_true(holds(&cache, 1, "one"));
    gm_cache_end_loans(&cache);
    fill(&cache, 2, "two");
    assert_true(holds(&cache, 2, "two"));
}

static void a_newer_value_replaces_the_older_even_on_loan(void **state)
{
    (void)state;
    struct gm_cache cache = one_slot();
    fill(&cache, 1, "one");
    assert_true(holds(&cache, 1, "one"));
    fill(&cache, 1, "uno");
    assert_true(holds(&cache, 1, "uno"));
}

static void a_value_that_is_too_long_leaves_no_older_one_behind(void **state)
{
    (void)state;
    struct gm_cache cache = one_slot();
    char text[GM_CACHE_IMAGE_BYTES + 1];
    memset(text, 'x', sizeof text);

    text[GM_CACHE_IMAGE_BYTES - GM_IMAGE_HEAD_BYTES - 4] = '\0';
    fill(&cache, 1, text); /* just fits */
    assert_true(holds(&cache, 1, text));
    gm_cache_end_loans(&cache);
    text[GM_CACHE_IMAGE_BYTES - GM_IMAGE_HEAD_BYTES - 4] = 'x';
    text[GM_CACHE_IMAGE_BYTES - GM_IMAGE_HEAD_BYTES - 3] = '\0';
    fill(&cache, 1, text);
    const struct gm_key key = key_of_u32(1);
    assert_null(gm_cache_find(&cache, 2, TABLE, gm_key_bytes(&key)));
}

static void only_the_row_itself_is_dropped(void **state)
{
    (void)state;
    struct gm_cache cache = one_slot();
    fill(&cache, 1, "one");
    struct gm_key key = key_of_u32(2);
    gm_cache_drop(&cache, 4, TABLE, gm_key_bytes(&key));
    assert_true(holds(&cache, 1, "one"));
    key = key_of_u32(1);
    gm_cache_drop(&cache, 2, TABLE + 1, gm_key_bytes(&key));
    assert_true(holds(&cache, 1, "one"));
    gm_cache_drop(&cache, 2, TABLE, gm_key_bytes(&key));
    assert_false(holds(&cache, 1, "one"));
}

static void it_grows_under_pressure_and_never_shows_what_is_old(void **state)
{
    (void)state;
    enum { ROWS = 4 * SLOTS_MAX };
    static uint32_t versions[ROWS];
    struct gm_cache cache = one_slot();
    uint64_t dice = 4;
    char text[24];
    assert_false(gm_cache_prepare(&cache)); /* nobody needs it */
    for (int i = 0; i < 200000; i++) {
        const uint32_t number = (uint32_t)dice_below(&dice, ROWS);
        snprintf(text, sizeof text, "%u", versions[number]);
        const struct gm_key key = key_of_u32(number);
        const struct gm_cache_slot *slot =
            gm_cache_find(&cache, number * UINT64_C(2), TABLE, gm_key_bytes(&key));
        if (slot != NULL) {
            assert_true(gm_bytes_equal(gm_cache_value(slot), gm_bytes_of_text(text)));
        }
        gm_cache_end_loans(&cache);
        versions[number]++;
        snprintf(text, sizeof text, "%u", versions[number]);
        fill(&cache, number, text);
        if (i % 100 == 0) gm_cache_prepare(&cache);
    }
    assert_int_equal(cache.count, SLOTS_MAX);
    assert_false(gm_cache_prepare(&cache)); /* at its largest */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_makes_way_for_another),
        cmocka_unit_test(a_row_on_loan_keeps_its_place_until_the_loan_ends),
        cmocka_unit_test(a_newer_value_replaces_the_older_even_on_loan),
        cmocka_unit_test(a_value_that_is_too_long_leaves_no_older_one_behind),
        cmocka_unit_test(only_the_row_itself_is_dropped),
        cmocka_unit_test(it_grows_under_pressure_and_never_shows_what_is_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
