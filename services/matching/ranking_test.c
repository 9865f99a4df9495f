#include "matching/ranking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

static struct engine_match match(int64_t score, int64_t unit_landed, int64_t arrival, uint8_t lot)
{
    return (struct engine_match){
        .lot = fixture_lot_id(lot),
        .score = score,
        .unit_landed = unit_landed,
        .arrival = arrival,
    };
}

static struct engine_near_miss near_miss(int64_t excess, int64_t limit, uint8_t lot)
{
    return (struct engine_near_miss){
        .lot = fixture_lot_id(lot),
        .excess = excess,
        .limit = limit,
    };
}

static void matches_stand_by_score_price_arrival_id(void **state)
{
    (void)state;
    const struct engine_match in_order[] = {
        match(900, 50, 9, 9), match(800, 10, 9, 9), match(800, 20, 3, 9),
        match(800, 20, 4, 1), match(800, 20, 4, 2), match(0, 0, 0, 0),
    };
    const size_t count = sizeof in_order / sizeof *in_order;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            const int order = engine_match_compare(&in_order[i], &in_order[j]);
            assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
        }
    }
}

static void near_misses_stand_by_how_far_over_their_limit_then_id(void **state)
{
    (void)state;
    const struct engine_near_miss in_order[] = {
        near_miss(1, 3000000, 9),             /* 0 ppm */
        near_miss(1, 1000000, 1),             /* 1 */
        near_miss(1999999, 1000000000000, 2), /* 1, floored */
        near_miss(1, 3, 5),                   /* 333,333 */
        near_miss(1, 1, 6),
        near_miss(1, 0, 7),
        near_miss(2, 1, 1),
    };
    const size_t count = sizeof in_order / sizeof *in_order;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            const int order = engine_near_miss_compare(&in_order[i], &in_order[j]);
            assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
        }
    }
}

static struct engine_ranking ranking_of(size_t max)
{
    return (struct engine_ranking){
        .compare = engine_match_compare,
        .row_bytes = sizeof(struct engine_match),
        .max = max,
    };
}

static void the_best_are_kept_in_whatever_order_they_come(void **state)
{
    (void)state;
    enum { OFFERS = 11 };
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 1 << 20), GM_OK);
    for (size_t max = 1; max <= OFFERS + 1; max++) {
        for (size_t stride = 1; stride < OFFERS; stride++) {
            struct engine_ranking ranking = ranking_of(max);
            for (size_t i = 0; i < OFFERS; i++) {
                const struct engine_match row = match((int64_t)(i * stride % OFFERS), 0, 0, 1);
                assert_int_equal(engine_ranking_offer(&ranking, &arena, &row), GM_OK);
            }
            assert_int_equal(ranking.count, max < OFFERS ? max : OFFERS);
            const struct engine_match *rows = (const struct engine_match *)ranking.rows;
            for (size_t i = 0; i < ranking.count; i++)
                assert_int_equal(rows[i].score, OFFERS - 1 - i);
            gm_arena_reset(&arena);
        }
    }
    gm_arena_release(&arena);
}

static void a_full_arena_is_said(void **state)
{
    (void)state;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 1024), GM_OK);
    struct engine_ranking ranking = ranking_of(100);
    const struct engine_match row = match(1, 1, 1, 1);
    assert_int_equal(engine_ranking_offer(&ranking, &arena, &row), GM_TOO_LARGE);
    assert_int_equal(ranking.count, 0);
    gm_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_stand_by_score_price_arrival_id),
        cmocka_unit_test(near_misses_stand_by_how_far_over_their_limit_then_id),
        cmocka_unit_test(the_best_are_kept_in_whatever_order_they_come),
        cmocka_unit_test(a_full_arena_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
