#include "catalog/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- lines of a reservation ---- */

static const struct gm_member_id seller = {{{1}}};

/* 100 available, tiers 10: 500 and 50: 400, multiples of 5, VND, from VN-BAT-TRANG. */
static struct catalog_offer right_offer(void)
{
    struct catalog_offer offer = {
        .seller = seller,
        .listing = CATALOG_LISTED,
        .available = 100,
        .terms = {.tiers = {{10, 500}, {50, 400}},
                  .min_order = 10,
                  .order_multiple = 5,
                  .ship_from = {"VN-BAT-TRANG"},
                  .tier_count = 2},
    };
    assert_int_equal(gm_currency_parse("VND", &offer.terms.currency), GM_OK);
    return offer;
}

static struct catalog_ask right_ask(void)
{
    struct catalog_ask ask = {.seller = seller, .ship_from = {"VN-BAT-TRANG"}};
    assert_int_equal(gm_currency_parse("VND", &ask.currency), GM_OK);
    return ask;
}

static void a_line_is_checked_at_its_own_quantity(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int64_t quantity, price, demand;
        enum gm_reason reason;
        int64_t available, now;
    } cases[] = {
        {"the minimum", 10, 500, 10, GM_REASON_NONE, 0, 0},
        {"below the minimum", 5, 500, 5, GM_REASON_BELOW_MINIMUM, 10, 0},
        {"below the minimum, though the sum is not", 5, 500, 10, GM_REASON_BELOW_MINIMUM, 10, 0},
        {"no multiple", 11, 500, 11, GM_REASON_NOT_A_MULTIPLE, 5, 0},
        {"no multiple and below the minimum", 9, 500, 9, GM_REASON_NOT_A_MULTIPLE, 5, 0},
        {"last of the first tier", 45, 500, 45, GM_REASON_NONE, 0, 0},
        {"first of the second tier", 50, 400, 50, GM_REASON_NONE, 0, 0},
        {"the first tier's price at the second", 50, 500, 50, GM_REASON_PRICE_CHANGED, 0, 400},
        {"the sum's tier is not the line's", 45, 400, 90, GM_REASON_PRICE_CHANGED, 0, 500},
        {"a price of zero", 10, 0, 10, GM_REASON_PRICE_CHANGED, 0, 500},
        {"all that there is", 100, 400, 100, GM_REASON_NONE, 0, 0},
        {"more than there is", 105, 400, 105, GM_REASON_TOO_FEW_AVAILABLE, 100, 0},
        {"all that there is with other lines", 50, 400, 100, GM_REASON_NONE, 0, 0},
        {"one more than there is with other lines", 50, 400, 101, GM_REASON_TOO_FEW_AVAILABLE, 100,
         0},
        {"price before quantity", 105, 500, 105, GM_REASON_PRICE_CHANGED, 0, 400},
        {"the largest", 1000000000, 400, 1000000000000, GM_REASON_TOO_FEW_AVAILABLE, 100, 0},
    };
    const struct catalog_offer offer = right_offer();
    const struct catalog_ask ask = right_ask();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct catalog_line line = {cases[i].quantity, cases[i].price, cases[i].demand};
        struct gm_refused_line refused = {0};
        const enum gm_reason reason = catalog_check_line(&offer, &ask, &line, &refused);
        if (reason != cases[i].reason || refused.available != cases[i].available ||
            refused.unit_price_minor != cases[i].now)
            fail_msg("%s: reason %d, available %lld, price %lld", cases[i].label, (int)reason,
                     (long long)refused.available, (long long)refused.unit_price_minor);
    }
}

/* Everything is wrong; what stands first is told, and mended, until nothing is wrong. */
static void reasons_of_a_line_stand_in_their_order(void **state)
{
    (void)state;
    struct catalog_offer offer = right_offer();
    const struct catalog_ask ask = right_ask();
    struct catalog_line line = {7, 1, 105};
    struct gm_refused_line refused = {0};
    offer.seller = (struct gm_member_id){{{2}}};
    offer.terms.currency = (struct gm_currency){0};
    offer.listing = CATALOG_WITHDRAWN;

    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_LOT_ELSEWHERE);
    offer.seller = seller;
    offer.terms.ship_from = catalog_code_of("VN-KIM-LAN");
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_LOT_ELSEWHERE);
    offer.terms.ship_from = catalog_code_of("VN-BAT-TRANG");
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_CURRENCY_MIXED);
    offer.terms.currency = ask.currency;
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_WITHDRAWN);
    offer.listing = CATALOG_LISTED;
    assert_int_equal(refused.available, 0);
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_NOT_A_MULTIPLE);
    line.quantity = 5;
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_BELOW_MINIMUM);
    line.quantity = 10;
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_PRICE_CHANGED);
    line.unit_price_minor = 500;
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused),
                     GM_REASON_TOO_FEW_AVAILABLE);
    line.demand = 100;
    refused = (struct gm_refused_line){.available = -1, .unit_price_minor = -1};
    assert_int_equal(catalog_check_line(&offer, &ask, &line, &refused), GM_REASON_NONE);
    assert_int_equal(refused.available, -1);
    assert_int_equal(refused.unit_price_minor, -1);
}

/* ---- stock ---- */

static void an_adjustment_stays_between_reserved_and_on_hand(void **state)
{
    (void)state;
    enum { COUNTED = CATALOG__ADJUST_REASON__COUNTED, BROKEN = CATALOG__ADJUST_REASON__BROKEN };
    static const struct {
        const char *label;
        int reason;
        enum gm_reason refusal;
        int64_t quantity;
        int64_t delta, limit;
    } cases[] = {
        {"a count that is right", COUNTED, GM_REASON_NONE, 100, 0, -1},
        {"a count that finds", COUNTED, GM_REASON_NONE, 101, 1, -1},
        {"a count that finds as much as a lot holds", COUNTED, GM_REASON_NONE, GM_QUANTITY_MAX,
         GM_QUANTITY_MAX - 100, -1},
        {"a count down to what is reserved", COUNTED, GM_REASON_NONE, 30, -70, -1},
        {"a count below what is reserved", COUNTED, GM_REASON_BELOW_RESERVED, 29, -1, 30},
        {"none broken", BROKEN, GM_REASON_NONE, 0, 0, -1},
        {"all that is free is broken", BROKEN, GM_REASON_NONE, 70, -70, -1},
        {"one of the reserved is broken", BROKEN, GM_REASON_BELOW_RESERVED, 71, -1, 30},
        {"all is broken", BROKEN, GM_REASON_BELOW_RESERVED, 100, -1, 30},
        {"more than there was is broken", BROKEN, GM_REASON_TOO_FEW_AVAILABLE, 101, -1, 100},
        {"lost", CATALOG__ADJUST_REASON__LOST, GM_REASON_NONE, 1, -1, -1},
        {"a sample", CATALOG__ADJUST_REASON__SAMPLE, GM_REASON_NONE, 1, -1, -1},
    };
    const struct catalog_lot_row row = {.on_hand = 100, .reserved = 30, .received = 100};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t delta = -1;
        int64_t limit = -1;
        const enum gm_reason refusal = catalog_check_adjust(
            &row, (Catalog__AdjustReason)cases[i].reason, cases[i].quantity, &delta, &limit);
        if (refusal != cases[i].refusal || delta != cases[i].delta || limit != cases[i].limit)
            fail_msg("%s: reason %d, delta %lld, limit %lld", cases[i].label, (int)refusal,
                     (long long)delta, (long long)limit);
    }
}

/* ---- terms of a lot ---- */

static void tiers_rise_in_quantity_and_never_in_price(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int64_t min_order, multiple;
        size_t count;
        int64_t tiers[3][2];
        const char *ship_from;
        enum gm_reason reason;
        const char *field;
    } cases[] = {
        {"one tier", 10, 5, 1, {{10, 500}}, "VN-HANOI", GM_REASON_NONE, ""},
        {"three tiers", 10, 5, 3, {{10, 500}, {11, 500}, {12, 0}}, "VN-HANOI", GM_REASON_NONE, ""},
        {"the minimum is no multiple",
         12,
         5,
         1,
         {{12, 500}},
         "VN-HANOI",
         GM_REASON_NOT_A_MULTIPLE,
         "terms.min_order"},
        {"above the minimum",
         10,
         5,
         1,
         {{11, 500}},
         "VN-HANOI",
         GM_REASON_TIERS_NOT_ORDERED,
         "terms.tiers[0].from_quantity"},
        {"below the minimum",
         10,
         5,
         1,
         {{9, 500}},
         "VN-HANOI",
         GM_REASON_TIERS_NOT_ORDERED,
         "terms.tiers[0].from_quantity"},
        {"a quantity twice",
         10,
         5,
         3,
         {{10, 500}, {20, 400}, {20, 300}},
         "VN-HANOI",
         GM_REASON_TIERS_NOT_ORDERED,
         "terms.tiers[2].from_quantity"},
        {"a price that rises",
         10,
         5,
         3,
         {{10, 500}, {20, 400}, {30, 401}},
         "VN-HANOI",
         GM_REASON_TIERS_NOT_ORDERED,
         "terms.tiers[2].unit_price_minor"},
        {"no such place",
         10,
         5,
         1,
         {{10, 500}},
         "VN-HANO",
         GM_REASON_PLACE_UNKNOWN,
         "terms.ship_from"},
        {"multiple, then tiers, then place",
         12,
         5,
         1,
         {{10, 500}},
         "NOWHERE",
         GM_REASON_NOT_A_MULTIPLE,
         "terms.min_order"},
        {"tiers, then place",
         10,
         5,
         1,
         {{11, 500}},
         "NOWHERE",
         GM_REASON_TIERS_NOT_ORDERED,
         "terms.tiers[0].from_quantity"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Common__PriceTier tiers[3];
        Common__PriceTier *pointers[3];
        Catalog__LotTerms terms = CATALOG__LOT_TERMS__INIT;
        struct gm_decision decision = {0};
        for (size_t t = 0; t < cases[i].count; t++) {
            tiers[t] = (Common__PriceTier)COMMON__PRICE_TIER__INIT;
            tiers[t].from_quantity = cases[i].tiers[t][0];
            tiers[t].unit_price_minor = cases[i].tiers[t][1];
            pointers[t] = &tiers[t];
        }
        terms.n_tiers = cases[i].count;
        terms.tiers = pointers;
        terms.min_order = cases[i].min_order;
        terms.order_multiple = cases[i].multiple;
        terms.ship_from = cases[i].ship_from;
        const enum gm_reason reason = catalog_check_lot_terms(&terms, &decision);
        if (reason != cases[i].reason || strcmp(decision.refusal.field, cases[i].field) != 0)
            fail_msg("%s: reason %d at '%s'", cases[i].label, (int)reason, decision.refusal.field);
    }
}

/* ---- terms of a product ---- */

static void a_product_says_its_set_its_languages_once_and_its_category(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int unit;
        uint32_t set_pieces;
        const char *languages[2];
        const char *category;
        enum gm_reason reason;
        const char *field;
    } cases[] = {
        {"a piece", COMMON__UNIT__C62, 0, {"vi", "en"}, "bowl", GM_REASON_NONE, ""},
        {"a set", COMMON__UNIT__SET, 6, {"vi", "en"}, "tea-coffee-set", GM_REASON_NONE, ""},
        {"a set of none",
         COMMON__UNIT__SET,
         0,
         {"vi", "en"},
         "bowl",
         GM_REASON_FIELD_MISSING,
         "terms.set_pieces"},
        {"a pair of six",
         COMMON__UNIT__PR,
         6,
         {"vi", "en"},
         "bowl",
         GM_REASON_OUT_OF_RANGE,
         "terms.set_pieces"},
        {"a language twice",
         COMMON__UNIT__C62,
         0,
         {"vi", "VI"},
         "bowl",
         GM_REASON_TOO_MANY,
         "terms.names[1].language"},
        {"no such category",
         COMMON__UNIT__C62,
         0,
         {"vi", "en"},
         "bowls",
         GM_REASON_CATEGORY_UNKNOWN,
         "terms.category"},
        {"set, then language, then category",
         COMMON__UNIT__SET,
         0,
         {"vi", "vi"},
         "bowls",
         GM_REASON_FIELD_MISSING,
         "terms.set_pieces"},
        {"language, then category",
         COMMON__UNIT__SET,
         6,
         {"vi", "vi"},
         "bowls",
         GM_REASON_TOO_MANY,
         "terms.names[1].language"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Common__LocalText names[2] = {COMMON__LOCAL_TEXT__INIT, COMMON__LOCAL_TEXT__INIT};
        Common__LocalText *pointers[2] = {&names[0], &names[1]};
        Catalog__ProductTerms terms = CATALOG__PRODUCT_TERMS__INIT;
        struct gm_decision decision = {0};
        names[0].language = cases[i].languages[0];
        names[1].language = cases[i].languages[1];
        terms.n_names = 2;
        terms.names = pointers;
        terms.base_unit = (Common__Unit)cases[i].unit;
        terms.set_pieces = cases[i].set_pieces;
        terms.category = cases[i].category;
        const enum gm_reason reason = catalog_check_product_terms(&terms, &decision);
        if (reason != cases[i].reason || strcmp(decision.refusal.field, cases[i].field) != 0)
            fail_msg("%s: reason %d at '%s'", cases[i].label, (int)reason, decision.refusal.field);
    }
}

/* ---- states ---- */

static void only_what_is_listed_is_revised_withdrawn_or_offered(void **state)
{
    (void)state;
    for (int action = 0; action < CATALOG_LISTING_ACTION_COUNT; action++) {
        assert_true(catalog_listing_permits(CATALOG_LISTED, (enum catalog_listing_action)action));
        assert_false(
            catalog_listing_permits(CATALOG_WITHDRAWN, (enum catalog_listing_action)action));
        assert_false(
            catalog_listing_permits(CATALOG_LISTING_NONE, (enum catalog_listing_action)action));
    }
}

static void a_reservation_takes_its_legal_ways_alone(void **state)
{
    (void)state;
    static const bool legal[CATALOG_RESERVATION_COUNT][CATALOG_RESERVATION_ACTION_COUNT] = {
        /* reserve, consume, release */
        {true, false, true},   /* none */
        {false, true, true},   /* HELD */
        {false, false, false}, /* CONSUMED */
        {false, false, false}, /* RELEASED */
    };
    for (int from = 0; from < CATALOG_RESERVATION_COUNT; from++)
        for (int action = 0; action < CATALOG_RESERVATION_ACTION_COUNT; action++)
            assert_int_equal(catalog_reservation_permits((enum catalog_reservation)from,
                                                         (enum catalog_reservation_action)action),
                             legal[from][action]);
}

static void numbers_of_states_are_those_of_the_wire(void **state)
{
    (void)state;
    assert_int_equal(CATALOG_LISTED, CATALOG__LISTING_STATE__LISTED);
    assert_int_equal(CATALOG_WITHDRAWN, CATALOG__LISTING_STATE__WITHDRAWN);
    assert_int_equal(CATALOG_LISTING_COUNT, catalog__listing_state__descriptor.n_values);
    assert_int_equal(CATALOG_HELD, CATALOG__RESERVATION_STATE__HELD);
    assert_int_equal(CATALOG_CONSUMED, CATALOG__RESERVATION_STATE__CONSUMED);
    assert_int_equal(CATALOG_RELEASED, CATALOG__RESERVATION_STATE__RELEASED);
    assert_int_equal(CATALOG_RESERVATION_COUNT, catalog__reservation_state__descriptor.n_values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_checked_at_its_own_quantity),
        cmocka_unit_test(reasons_of_a_line_stand_in_their_order),
        cmocka_unit_test(an_adjustment_stays_between_reserved_and_on_hand),
        cmocka_unit_test(tiers_rise_in_quantity_and_never_in_price),
        cmocka_unit_test(a_product_says_its_set_its_languages_once_and_its_category),
        cmocka_unit_test(only_what_is_listed_is_revised_withdrawn_or_offered),
        cmocka_unit_test(a_reservation_takes_its_legal_ways_alone),
        cmocka_unit_test(numbers_of_states_are_those_of_the_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
