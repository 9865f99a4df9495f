#include "matching/constraint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

/* ---- fixed: each row changes the matching fixture by one thing ---- */

static void nothing(struct fixture *f)
{
    (void)f;
}
static void withdrawn(struct fixture *f)
{
    f->lot.is_listed = false;
}
static void another_unit(struct fixture *f)
{
    f->lot.base_unit = ENGINE_UNIT_SET;
}
static void another_currency(struct fixture *f)
{
    f->request.currency = FIXTURE_EUR;
}
static void category_beside(struct fixture *f)
{
    f->line.category = FIXTURE_TILE;
}
static void category_below(struct fixture *f)
{
    f->lot.category = FIXTURE_TABLEWARE;
    f->line.category = FIXTURE_BOWL;
}
static void category_unknown(struct fixture *f)
{
    f->lot.category = ENGINE_ROW_UNKNOWN;
}
static void body_asked(struct fixture *f)
{
    f->line.body = FIXTURE_STONEWARE;
}
static void another_body(struct fixture *f)
{
    f->line.body = FIXTURE_CELADON;
}
static void body_not_stated(struct fixture *f)
{
    f->line.body = FIXTURE_STONEWARE;
    f->lot.body = ENGINE_WORD_NONE;
}
static void body_that_none_has(struct fixture *f)
{
    f->line.body = ENGINE_WORD_UNKNOWN;
}
static void glaze_asked(struct fixture *f)
{
    f->line.glaze = FIXTURE_CELADON;
}
static void another_glaze(struct fixture *f)
{
    f->line.glaze = FIXTURE_STONEWARE;
}
static void glaze_not_stated(struct fixture *f)
{
    f->line.glaze = FIXTURE_CELADON;
    f->lot.glaze = ENGINE_WORD_NONE;
}
static void place_unknown(struct fixture *f)
{
    f->lot.ship_from = ENGINE_ROW_UNKNOWN;
}
static void place_beyond_the_table(struct fixture *f)
{
    f->lot.ship_from = FIXTURE_PLACE_COUNT;
}
static void own_goods(struct fixture *f)
{
    f->request.buyer = f->lot.seller;
}
static void excluded(struct fixture *f)
{
    f->line.excluded = f->others;
    f->line.excluded_count = 2;
}
static void another_excluded(struct fixture *f)
{
    excluded(f);
    f->others[1] = fixture_member(3);
}
static void preferred(struct fixture *f)
{
    f->line.preferred = f->others;
    f->line.preferred_count = 2;
}
static void just_the_least_order(struct fixture *f)
{
    f->lot.on_hand = f->lot.reserved + 20;
    f->line.quantity = 20;
}
static void sold_out(struct fixture *f)
{
    f->lot.on_hand = f->lot.reserved + 19;
    f->line.quantity = 20;
}
static void amount_at_limit(struct fixture *f)
{
    f->lot.on_hand = 10000;
    f->line.quantity = 1000;
    f->lot.tiers[1].unit_price = GM_UNIT_PRICE_MAX;
}
static void amount_over_limit(struct fixture *f)
{
    amount_at_limit(f);
    f->line.quantity = 1001;
}

static void a_lot_that_fails_a_fixed_constraint_is_never_shown(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        void (*change)(struct fixture *f);
        bool passes;
    } rows[] = {
        {"the lot as asked for", nothing, true},
        {"withdrawn", withdrawn, false},
        {"another base unit", another_unit, false},
        {"another currency", another_currency, false},
        {"a category beside", category_beside, false},
        {"a category below is asked for", category_below, false},
        {"a category that is not known", category_unknown, false},
        {"the body asked for", body_asked, true},
        {"another body", another_body, false},
        {"a body not stated", body_not_stated, false},
        {"a body that no lot has", body_that_none_has, false},
        {"the glaze asked for", glaze_asked, true},
        {"another glaze", another_glaze, false},
        {"a glaze not stated", glaze_not_stated, false},
        {"a place that is not known", place_unknown, false},
        {"a place beyond the table", place_beyond_the_table, false},
        {"the buyer's own", own_goods, false},
        {"a seller excluded", excluded, false},
        {"another seller excluded", another_excluded, true},
        {"a seller preferred", preferred, true},
        {"just the least order left", just_the_least_order, true},
        {"sold out", sold_out, false},
        {"the largest amount", amount_at_limit, true},
        {"an amount over the limit", amount_over_limit, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        struct fixture f;
        fixture_init(&f);
        rows[i].change(&f);
        assert_int_equal(fixture_try(&f), rows[i].passes);
    }
}

/* ---- relaxable: each row sets one figure ---- */

static void quantity(struct fixture *f, int64_t value)
{
    f->line.quantity = value;
}
static void quantity_of_split(struct fixture *f, int64_t value)
{
    f->request.split = ENGINE_SPLIT_SPLIT;
    f->line.quantity = value;
}
static void least_order(struct fixture *f, int64_t value)
{
    f->lot.min_order = value;
    f->lot.tiers[0].from = value;
}
static void least_order_of_split(struct fixture *f, int64_t value)
{
    f->request.split = ENGINE_SPLIT_SPLIT;
    least_order(f, value);
}
static void needed_in(struct fixture *f, int64_t value)
{
    f->line.needed_by = engine_some(FIXTURE_TODAY + value);
}
static void price_cap(struct fixture *f, int64_t value)
{
    f->line.price_cap = engine_some(value);
}
static void co2e_cap(struct fixture *f, int64_t value)
{
    f->line.co2e_cap = engine_some(value);
}
static void distance_cap(struct fixture *f, int64_t value)
{
    f->line.distance_cap = engine_some(value);
}
static void grade_when_b_is_asked(struct fixture *f, int64_t value)
{
    f->line.worst_grade = engine_some(ENGINE_GRADE_B);
    f->lot.grade = (enum engine_grade)value;
}
static void village(struct fixture *f, int64_t value)
{
    f->line.village = (uint32_t)value;
}

static void a_relaxable_constraint_says_by_how_much_it_fails(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        void (*set)(struct fixture *f, int64_t value);
        int64_t value;
        enum engine_constraint constraint;
        int64_t excess; /* 0: a match */
        int64_t limit;
    } rows[] = {
        {"all that there is", quantity, 460, ENGINE_CONSTRAINT_QUANTITY, 0, 0},
        {"one more", quantity, 461, ENGINE_CONSTRAINT_QUANTITY, 1, 461},
        {"far more", quantity, 1000000000, ENGINE_CONSTRAINT_QUANTITY, 999999540, 1000000000},
        {"one more, split", quantity_of_split, 461, ENGINE_CONSTRAINT_QUANTITY, 0, 0},
        {"a least order of the surplus", least_order, 110, ENGINE_CONSTRAINT_MINIMUM, 0, 0},
        {"a least order above it", least_order, 120, ENGINE_CONSTRAINT_MINIMUM, 10, 110},
        {"the same, split", least_order_of_split, 120, ENGINE_CONSTRAINT_MINIMUM, 10, 110},
        {"needed the day it arrives", needed_in, 7, ENGINE_CONSTRAINT_DATE, 0, 0},
        {"needed a day before", needed_in, 6, ENGINE_CONSTRAINT_DATE, 1, 6},
        {"needed today", needed_in, 0, ENGINE_CONSTRAINT_DATE, 7, 0},
        {"a cap of the price", price_cap, 90000, ENGINE_CONSTRAINT_PRICE, 0, 0},
        {"a dong less", price_cap, 89999, ENGINE_CONSTRAINT_PRICE, 1, 89999},
        {"for nothing", price_cap, 0, ENGINE_CONSTRAINT_PRICE, 90000, 0},
        {"a cap of its grams", co2e_cap, 463, ENGINE_CONSTRAINT_CO2E, 0, 0},
        {"a gram less", co2e_cap, 462, ENGINE_CONSTRAINT_CO2E, 1, 462},
        {"a cap of its distance", distance_cap, 1136, ENGINE_CONSTRAINT_DISTANCE, 0, 0},
        {"a km less", distance_cap, 1135, ENGINE_CONSTRAINT_DISTANCE, 1, 1135},
        {"a better grade", grade_when_b_is_asked, ENGINE_GRADE_A, ENGINE_CONSTRAINT_GRADE, 0, 0},
        {"the worst accepted", grade_when_b_is_asked, ENGINE_GRADE_B, ENGINE_CONSTRAINT_GRADE, 0,
         0},
        {"a step below", grade_when_b_is_asked, ENGINE_GRADE_SECOND, ENGINE_CONSTRAINT_GRADE, 1, 1},
        {"two", grade_when_b_is_asked, ENGINE_GRADE_BYPRODUCT, ENGINE_CONSTRAINT_GRADE, 2, 1},
        {"its village", village, FIXTURE_BAT_TRANG, ENGINE_CONSTRAINT_VILLAGE, 0, 0},
        {"another village", village, 99, ENGINE_CONSTRAINT_VILLAGE, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        struct fixture f;
        fixture_init(&f);
        rows[i].set(&f, rows[i].value);
        assert_true(fixture_try(&f));
        struct engine_failure failure = {.excess = -1};
        const enum engine_verdict verdict = engine_judge(&f.trial, &failure);
        if (rows[i].excess == 0) {
            assert_int_equal(verdict, ENGINE_VERDICT_MATCH);
            assert_int_equal(failure.excess, -1);
            continue;
        }
        assert_int_equal(verdict, ENGINE_VERDICT_NEAR_MISS);
        assert_int_equal(failure.constraint, rows[i].constraint);
        assert_int_equal(failure.excess, rows[i].excess);
        assert_int_equal(failure.limit, rows[i].limit);
    }
}

static void a_village_is_not_that_of_a_place_without_one(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.places[FIXTURE_GIA_LAM].village = ENGINE_WORD_NONE;
    f.line.village = FIXTURE_BAT_TRANG;
    assert_true(fixture_try(&f));
    struct engine_failure failure;
    assert_int_equal(engine_judge(&f.trial, &failure), ENGINE_VERDICT_NEAR_MISS);
    assert_int_equal(failure.constraint, ENGINE_CONSTRAINT_VILLAGE);
}

static void too_little_is_not_also_too_much(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.lot.order_multiple = 230;
    f.lot.min_order = 230;
    f.lot.tiers[0].from = 230;
    f.lot.tiers[1].from = 231;
    f.line.quantity = 470; /* 690 would have to be taken of 460, when 517 are taken at most */
    assert_true(fixture_try(&f));
    assert_int_equal(f.trial.quantities.t, 690);
    struct engine_failure failure;
    assert_int_equal(engine_judge(&f.trial, &failure), ENGINE_VERDICT_NEAR_MISS);
    assert_int_equal(failure.constraint, ENGINE_CONSTRAINT_QUANTITY);
    assert_int_equal(failure.excess, 10);
}

static void two_failures_are_no_near_miss(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    price_cap(&f, 89999);
    co2e_cap(&f, 462);
    assert_true(fixture_try(&f));
    struct engine_failure failure = {.excess = -1};
    assert_int_equal(engine_judge(&f.trial, &failure), ENGINE_VERDICT_NO_MATCH);
    assert_int_equal(failure.excess, -1);
}

static void an_excess_is_measured_by_its_limit(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int64_t excess, limit, other_excess, other_limit;
        int order;
    } rows[] = {
        {"the same", 1, 3, 1, 3, 0},
        {"a third is less than a half", 1, 3, 1, 2, -1},
        {"more of a larger limit", 2, 6, 1, 3, 0},
        {"what the floor cuts does not count", 333333, 1000000, 1, 3, 0},
        {"what it leaves does", 333332, 1000000, 1, 3, -1},
        {"a whole limit more", 4, 3, 1, 3, 1},
        {"several times the limit, and a part", 7, 3, 5, 2, -1},
        {"a limit of nothing is taken as one", 7, 0, 7, 1, 0},
        {"beyond what a product holds", INT64_MAX, 0, INT64_MAX - 1, 0, 1},
        {"the same, of the largest limit", INT64_MAX - 1, INT64_MAX, 999999, 1000000, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        assert_int_equal(engine_excess_compare(rows[i].excess, rows[i].limit, rows[i].other_excess,
                                               rows[i].other_limit),
                         rows[i].order);
        assert_int_equal(engine_excess_compare(rows[i].other_excess, rows[i].other_limit,
                                               rows[i].excess, rows[i].limit),
                         -rows[i].order);
    }
}

static void every_constraint_has_its_own_name(void **state)
{
    (void)state;
    for (int i = 0; i < ENGINE_CONSTRAINT_COUNT; i++) {
        const char *name = engine_constraint_name((enum engine_constraint)i);
        assert_non_null(name);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, engine_constraint_name((enum engine_constraint)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lot_that_fails_a_fixed_constraint_is_never_shown),
        cmocka_unit_test(a_relaxable_constraint_says_by_how_much_it_fails),
        cmocka_unit_test(a_village_is_not_that_of_a_place_without_one),
        cmocka_unit_test(too_little_is_not_also_too_much),
        cmocka_unit_test(two_failures_are_no_near_miss),
        cmocka_unit_test(an_excess_is_measured_by_its_limit),
        cmocka_unit_test(every_constraint_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
