#include "matching/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

/* The fixture's price 90,000, arrival in 7 days, 463 g, 1,136 km. */

static void caps(struct fixture *f)
{
    f->line.price_cap = engine_some(120000);
    f->line.target_price = engine_some(1); /* a cap goes before it */
    f->line.needed_by = engine_some(FIXTURE_TODAY + 10);
    f->line.co2e_cap = engine_some(926);
    f->line.distance_cap = engine_some(2272);
}
static void exact_fits(struct fixture *f)
{
    f->line.price_cap = engine_some(90000);
    f->line.needed_by = engine_some(FIXTURE_TODAY + 7);
    f->line.co2e_cap = engine_some(463);
    f->line.distance_cap = engine_some(1136);
}
static void no_caps(struct fixture *f)
{
    (void)f;
}
static void target(struct fixture *f)
{
    f->line.target_price = engine_some(60000);
}
static void target_of_half_the_price(struct fixture *f)
{
    f->line.target_price = engine_some(45000);
}
static void no_price_to_score_by(struct fixture *f)
{
    f->line.reference_price.is_set = false;
}
static void worse_than_every_scale(struct fixture *f)
{
    f->line.price_cap = engine_some(0);
    f->line.needed_by = engine_some(FIXTURE_TODAY);
    f->line.co2e_cap = engine_some(0);
    f->line.distance_cap = engine_some(0);
}
static void as_good_as_a_scale_of_nothing(struct fixture *f)
{
    worse_than_every_scale(f);
    f->lot.tiers[0].unit_price = 0;
    f->lot.ship_from = FIXTURE_HO_CHI_MINH_CITY;
}
static void beyond_the_near_scale(struct fixture *f)
{
    f->km[FIXTURE_GIA_LAM] = 5000;
}
static void nowhere_near(struct fixture *f)
{
    f->km[FIXTURE_GIA_LAM] = 20000;
}

static void each_criterion_falls_from_the_whole_to_nothing_at_its_scale(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        void (*change)(struct fixture *f);
        int64_t price, time, co2e, distance; /* utilities in ppm; -1: not looked at */
    } rows[] = {
        {"by the line's caps", caps, 250000, 300000, 500000, 500000},
        {"an exact fit scores nothing", exact_fits, 0, 0, 0, 0},
        {"a scale of nothing neither", worse_than_every_scale, 0, 0, 0, 0},
        {"nor what is as good", as_good_as_a_scale_of_nothing, 0, 0, 0, 0},
        /* (160,000 - 90,000) / 160,000; 53 / 60; 1,037 / 1,500; (432,000 + 943,200) / 2 */
        {"by the category's figures", no_caps, 437500, 883333, 691333, 687600},
        {"by twice the target", target, 250000, 883333, 691333, 687600},
        {"twice the target is an exact fit", target_of_half_the_price, 0, 883333, 691333, 687600},
        {"without any price", no_price_to_score_by, 0, 883333, 691333, 687600},
        {"beyond 2,000 km", beyond_the_near_scale, 437500, -1, -1, 375000},
        {"beyond 20,000 km", nowhere_near, 437500, -1, -1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        struct fixture f;
        fixture_init(&f);
        rows[i].change(&f);
        assert_true(fixture_try(&f));
        const int64_t expected[ENGINE_CRITERION_COUNT] = {
            [ENGINE_CRITERION_PRICE] = rows[i].price,
            [ENGINE_CRITERION_TIME] = rows[i].time,
            [ENGINE_CRITERION_CO2E] = rows[i].co2e,
            [ENGINE_CRITERION_DISTANCE] = rows[i].distance,
        };
        for (int j = 0; j < ENGINE_CRITERION_COUNT; j++) {
            if (expected[j] < 0) continue;
            for (int k = 0; k < ENGINE_CRITERION_COUNT; k++)
                f.request.weights[k] = k == j ? GM_PPM : 0;
            const struct engine_score score = engine_score(&f.trial);
            print_message("  %s\n", engine_criterion_name((enum engine_criterion)j));
            assert_int_equal(score.shares[j], expected[j]);
            assert_int_equal(score.total, expected[j]);
        }
    }
}

static void a_score_is_the_sum_of_its_floored_shares(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.request.weights[ENGINE_CRITERION_PRICE] = 333333;
    f.request.weights[ENGINE_CRITERION_TIME] = 333333;
    f.request.weights[ENGINE_CRITERION_CO2E] = 333334;
    f.request.weights[ENGINE_CRITERION_DISTANCE] = 0;
    assert_true(fixture_try(&f));
    const struct engine_score score = engine_score(&f.trial);
    assert_int_equal(score.shares[ENGINE_CRITERION_PRICE], 145833); /* 333,333 x 0.4375, .19 */
    assert_int_equal(score.shares[ENGINE_CRITERION_TIME], 294444);  /* 333,333 x 0.883333, .04 */
    assert_int_equal(score.shares[ENGINE_CRITERION_CO2E], 230444);  /* 333,334 x 0.691333, .79 */
    assert_int_equal(score.shares[ENGINE_CRITERION_DISTANCE], 0);
    assert_int_equal(score.total, 145833 + 294444 + 230444);
}

static void the_price_scale_is_cap_then_target_then_category(void **state)
{
    (void)state;
    struct engine_request_line line = {
        .price_cap = engine_some(3),
        .target_price = engine_some(50),
        .reference_price = engine_some(700),
    };
    assert_int_equal(engine_price_scale(&line).value, 3);
    line.price_cap.is_set = false;
    assert_int_equal(engine_price_scale(&line).value, 100);
    line.target_price.is_set = false;
    assert_int_equal(engine_price_scale(&line).value, 1400);
    line.reference_price.is_set = false;
    assert_false(engine_price_scale(&line).is_set);
}

static void what_is_better_never_scores_lower(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    int64_t before[4] = {0};
    for (int64_t step = 200; step >= 0; step--) {
        f.lot.tiers[0].unit_price = 1000 * step;
        f.lot.lead_time_days = step;
        f.lot.firing_sources[0].quantity = 1000 * step + 1;
        f.km[FIXTURE_GIA_LAM] = (int32_t)(101 * step);
        assert_true(fixture_try(&f));
        const struct engine_score score = engine_score(&f.trial);
        for (int j = 0; j < ENGINE_CRITERION_COUNT; j++) {
            assert_true(score.shares[j] >= before[j]);
            before[j] = score.shares[j];
        }
        assert_true(score.total <= GM_PPM);
    }
    assert_int_equal(before[ENGINE_CRITERION_PRICE], f.request.weights[ENGINE_CRITERION_PRICE]);
    assert_int_equal(before[ENGINE_CRITERION_DISTANCE],
                     f.request.weights[ENGINE_CRITERION_DISTANCE]);
}

static void every_criterion_has_its_own_name(void **state)
{
    (void)state;
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++) {
        const char *name = engine_criterion_name((enum engine_criterion)i);
        assert_non_null(name);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, engine_criterion_name((enum engine_criterion)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_criterion_falls_from_the_whole_to_nothing_at_its_scale),
        cmocka_unit_test(a_score_is_the_sum_of_its_floored_shares),
        cmocka_unit_test(the_price_scale_is_cap_then_target_then_category),
        cmocka_unit_test(what_is_better_never_scores_lower),
        cmocka_unit_test(every_criterion_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
