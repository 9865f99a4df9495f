#include "matching/price.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct engine_lot lot_of_three_tiers(void)
{
    return (struct engine_lot){
        .min_order = 20,
        .order_multiple = 10,
        .tier_count = 3,
        .tiers = {{20, 90000}, {95, 80000}, {200, 40000}},
    };
}

static void the_tier_reached_prices_all_units(void **state)
{
    (void)state;
    static const struct {
        int64_t n, unit_price;
    } rows[] = {{20, 90000}, {94, 90000}, {95, 80000}, {199, 80000}, {200, 40000}, {1000, 40000}};

    const struct engine_lot lot = lot_of_three_tiers();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct engine_price price;
        assert_true(engine_price(&lot, rows[i].n, &price));
        assert_int_equal(price.unit_price, rows[i].unit_price);
        assert_int_equal(price.amount, rows[i].n * rows[i].unit_price);
        assert_int_equal(price.freight, 0);
        assert_int_equal(price.landed, price.amount);
        assert_int_equal(price.unit_landed, rows[i].unit_price);
    }
}

static void an_amount_over_its_limit_has_no_price(void **state)
{
    (void)state;
    const struct engine_lot lot = {
        .min_order = 1,
        .order_multiple = 1,
        .tier_count = 1,
        .tiers = {{1, GM_UNIT_PRICE_MAX}},
    };
    struct engine_price price;
    assert_true(engine_price(&lot, 1000, &price));
    assert_int_equal(price.amount, GM_AMOUNT_MAX);

    struct engine_price untouched = {.unit_price = -1};
    assert_false(engine_price(&lot, 1001, &untouched));
    assert_false(engine_price(&lot, GM_QUANTITY_MAX, &untouched));
    assert_int_equal(untouched.unit_price, -1);
}

static void the_buyer_carries_under_both_rules_of_delivery(void **state)
{
    (void)state;
    struct engine_lot lot = lot_of_three_tiers();
    for (int i = 0; i < ENGINE_INCOTERM_COUNT; i++) {
        lot.incoterm = (enum engine_incoterm)i;
        assert_true(engine_is_freight_by_buyer(&lot));
    }
}

/* Up to 90 units at 90,000; the tier of 95 rounds up to 100 units, 8,000,000 dong. */
static void more_units_can_cost_less(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int64_t last_price, sellable, n, cheaper_at;
    } rows[] = {
        {"the next tier costs less", 40000, 1000, 90, 100},
        {"and is just to be had", 40000, 100, 90, 100},
        {"or not to be had", 40000, 90, 90, 0},
        {"the next costs more, the last does not", 30000, 1000, 80, 200},
        {"and is just to be had", 30000, 200, 80, 200},
        {"or not to be had", 30000, 199, 80, 0},
        {"as much is not less", 36000, 1000, 80, 0},
        {"a dong a unit less is", 35999, 1000, 80, 200},
        {"from the middle tier to the last", 40000, 1000, 110, 200},
        {"in the last tier there is no higher one", 40000, 1000, 250, 0},
        {"few units cost less than any tier", 40000, 1000, 20, 0},
    };

    struct engine_lot lot = lot_of_three_tiers();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        lot.tiers[2].unit_price = rows[i].last_price;
        assert_int_equal(engine_cheaper_at(&lot, rows[i].sellable, rows[i].n), rows[i].cheaper_at);
    }
}

static void a_higher_tier_over_the_limit_is_not_cheaper(void **state)
{
    (void)state;
    const struct engine_lot lot = {
        .min_order = 1,
        .order_multiple = 1,
        .tier_count = 2,
        .tiers = {{1, GM_UNIT_PRICE_MAX}, {GM_QUANTITY_MAX, GM_UNIT_PRICE_MAX - 1}},
    };
    assert_int_equal(engine_cheaper_at(&lot, GM_QUANTITY_MAX, 1000), 0);
    assert_int_equal(engine_cheaper_at(&lot, GM_QUANTITY_MAX, 1001),
                     0); /* than what has no price */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tier_reached_prices_all_units),
        cmocka_unit_test(an_amount_over_its_limit_has_no_price),
        cmocka_unit_test(the_buyer_carries_under_both_rules_of_delivery),
        cmocka_unit_test(more_units_can_cost_less),
        cmocka_unit_test(a_higher_tier_over_the_limit_is_not_cheaper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
