#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void the_generator_is_xoshiro256_starstar(void **state)
{
    (void)state;
    /* The authors' reference program, started at 1, 2, 3, 4. */
    struct gm_random random = {{1, 2, 3, 4}};
    static const uint64_t expected[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240),
                                        UINT64_C(1216172134540287360)};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(gm_random_u64(&random) == expected[i]);
    }
}

static void a_seed_gives_the_same_numbers_for_ever(void **state)
{
    (void)state;
    struct gm_random random;
    gm_random_seed(&random, 0);
    assert_true(gm_random_u64(&random) == UINT64_C(11091344671253066420));
    assert_true(gm_random_u64(&random) == UINT64_C(13793997310169335082));
    gm_random_seed(&random, 42);
    assert_true(gm_random_u64(&random) == UINT64_C(1546998764402558742));
}

static void below_gives_every_number_and_none_beyond(void **state)
{
    (void)state;
    struct gm_random random;
    gm_random_seed(&random, 1);
    for (uint64_t bound = 1; bound <= 20; bound++) {
        int seen[20] = {0};
        for (int i = 0; i < 2000; i++) {
            const uint64_t drawn = gm_random_below(&random, bound);
            assert_true(drawn < bound);
            seen[drawn]++;
        }
        for (uint64_t i = 0; i < bound; i++) {
            /* far from the mean of 2000 / bound, yet within reach of no fair generator */
            assert_true(seen[i] > 2000 / (int)bound / 3);
        }
    }
}

/* A quarter of all 64-bit draws lies in the incomplete run of this bound: without throwing it away
 * the lowest third of the results would come up twice as often as the others. */
static void below_is_fair_where_the_bound_does_not_divide_the_range(void **state)
{
    (void)state;
    struct gm_random random;
    gm_random_seed(&random, 2);
    const uint64_t bound = (UINT64_C(1) << 63) + (UINT64_C(1) << 62);
    int low = 0;
    for (int i = 0; i < 3000; i++) {
        low += gm_random_below(&random, bound) < bound / 3;
    }
    assert_in_range(low, 900, 1100);
}

static void between_includes_both_ends(void **state)
{
    (void)state;
    struct gm_random random;
    gm_random_seed(&random, 3);
    bool low = false, high = false;
    for (int i = 0; i < 200; i++) {
        const int64_t drawn = gm_random_between(&random, -1, 1);
        assert_true(drawn >= -1 && drawn <= 1);
        low = low || drawn == -1;
        high = high || drawn == 1;
    }
    assert_true(low && high);
    assert_true(gm_random_between(&random, 7, 7) == 7);
    assert_true(gm_random_between(&random, INT64_MAX, INT64_MAX) == INT64_MAX);
    bool negative = false, positive = false;
    for (int i = 0; i < 64; i++) {
        const int64_t drawn = gm_random_between(&random, INT64_MIN, INT64_MAX);
        negative = negative || drawn < 0;
        positive = positive || drawn > 0;
    }
    assert_true(negative && positive);
}

static void chance_is_in_parts_per_million_and_always_one_draw(void **state)
{
    (void)state;
    struct gm_random random, other;
    gm_random_seed(&random, 4);
    gm_random_seed(&other, 4);
    int hits = 0;
    for (int i = 0; i < 4000; i++) {
        assert_false(gm_random_chance(&random, 0));
        assert_true(gm_random_chance(&other, 1000000));
        hits += gm_random_chance(&random, 250000);
        gm_random_chance(&other, 999999);
    }
    assert_in_range(hits, 900, 1100);
    assert_true(gm_random_u64(&random) == gm_random_u64(&other));
}

static void bytes_are_the_drawn_numbers_and_stop_at_the_size(void **state)
{
    (void)state;
    struct gm_random random, same;
    gm_random_seed(&random, 5);
    gm_random_seed(&same, 5);
    uint8_t bytes[13];
    memset(bytes, 0xaa, sizeof bytes);
    gm_random_bytes(&random, bytes, 11);
    const uint64_t drawn[2] = {gm_random_u64(&same), gm_random_u64(&same)};
    assert_memory_equal(bytes, drawn, 11);
    assert_int_equal(bytes[11], 0xaa);
    gm_random_bytes(&random, bytes, 0);
    assert_true(gm_random_u64(&random) == gm_random_u64(&same));
}

static void the_systems_bytes_are_not_twice_the_same(void **state)
{
    (void)state;
    uint8_t a[600] = {0}, b[600] = {0}; /* over the 256 that one call is sure to give */
    gm_random_system(a, sizeof a);
    gm_random_system(b, sizeof b);
    assert_memory_not_equal(a, b, 32);
    assert_memory_not_equal(a + 568, b + 568, 32);
    gm_random_system(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_xoshiro256_starstar),
        cmocka_unit_test(a_seed_gives_the_same_numbers_for_ever),
        cmocka_unit_test(below_gives_every_number_and_none_beyond),
        cmocka_unit_test(below_is_fair_where_the_bound_does_not_divide_the_range),
        cmocka_unit_test(between_includes_both_ends),
        cmocka_unit_test(chance_is_in_parts_per_million_and_always_one_draw),
        cmocka_unit_test(bytes_are_the_drawn_numbers_and_stop_at_the_size),
        cmocka_unit_test(the_systems_bytes_are_not_twice_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
