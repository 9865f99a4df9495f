#include "base/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void sums_and_products_that_overflow_are_refused_and_leave_the_result_alone(void **state)
{
    (void)state;
    int64_t result = 42;
    assert_true(gm_add(INT64_MAX - 1, 1, &result));
    assert_true(result == INT64_MAX);
    assert_true(gm_mul(INT64_MAX / 2, 2, &result));
    assert_true(result == INT64_MAX - 1);
    result = 42;
    assert_false(gm_add(INT64_MAX, 1, &result));
    assert_false(gm_add(INT64_MIN, -1, &result));
    assert_false(gm_mul(INT64_MAX / 2 + 1, 2, &result));
    assert_false(gm_mul(INT64_MIN, -1, &result));
    assert_true(result == 42);
}

static void divisions_round_as_their_names_say(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b, divisor, floor, half_up, ceil;
    } rows[] = {
        {0, 0, 1, 0, 0, 0},
        {0, 7, 3, 0, 0, 0},
        {6, 1, 3, 2, 2, 2},
        {1, 1, 3, 0, 0, 1},
        {2, 1, 3, 0, 1, 1},
        {1, 1, 2, 0, 1, 1}, /* a tie goes up */
        {3, 1, 2, 1, 2, 2},
        {49, 1, 100, 0, 0, 1},
        {50, 1, 100, 0, 1, 1},
        {51, 1, 100, 0, 1, 1},
        {INT64_MAX, 1, 1, INT64_MAX, INT64_MAX, INT64_MAX},
        {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
        {INT64_MAX - 1, INT64_MAX, INT64_MAX, INT64_MAX - 1, INT64_MAX - 1, INT64_MAX - 1},
        {INT64_MAX, 1, INT64_MAX, 1, 1, 1},
        {1, 1, INT64_MAX, 0, 0, 1},
        {INT64_MAX / 2, 1, INT64_MAX, 0, 0, 1},
        {INT64_MAX / 2 + 1, 1, INT64_MAX, 0, 1, 1},
        /* over: clamped */
        {INT64_MAX, 2, 1, INT64_MAX, INT64_MAX, INT64_MAX},
        {INT64_MAX, INT64_MAX, 1, INT64_MAX, INT64_MAX, INT64_MAX},
        {INT64_MAX, 3, 2, INT64_MAX, INT64_MAX, INT64_MAX},
        /* the product passes 64 bits, the quotient does not */
        {INT64_C(1000000000000000), 123456, 1000000, INT64_C(123456000000000),
         INT64_C(123456000000000), INT64_C(123456000000000)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (gm_mul_div_floor(rows[i].a, rows[i].b, rows[i].divisor) != rows[i].floor ||
            gm_mul_div_half_up(rows[i].a, rows[i].b, rows[i].divisor) != rows[i].half_up ||
            gm_mul_div_ceil(rows[i].a, rows[i].b, rows[i].divisor) != rows[i].ceil) {
            fail_msg("row %zu", i);
        }
    }
}

static void roundings_agree_with_their_definition_on_small_numbers(void **state)
{
    (void)state;
    for (int64_t product = 0; product < 400; product++) {
        for (int64_t divisor = 1; divisor < 60; divisor++) {
            const int64_t floor = gm_mul_div_floor(product, 1, divisor);
            assert_true(floor * divisor <= product && product < (floor + 1) * divisor);
            const int64_t ceil = gm_mul_div_ceil(1, product, divisor);
            assert_true((ceil - 1) * divisor < product && product <= ceil * divisor);
            /* The nearest: 2 x product lies in [(2h - 1) divisor, (2h + 1) divisor). */
            const int64_t half_up = gm_mul_div_half_up(product, 1, divisor);
            assert_true((2 * half_up - 1) * divisor <= 2 * product);
            assert_true(2 * product < (2 * half_up + 1) * divisor);
        }
    }
}

static void an_amount_over_its_limit_is_refused(void **state)
{
    (void)state;
    int64_t amount = 42;
    assert_true(gm_amount(0, GM_UNIT_PRICE_MAX, &amount));
    assert_true(amount == 0);
    assert_true(gm_amount(1000, GM_UNIT_PRICE_MAX, &amount));
    assert_true(amount == GM_AMOUNT_MAX);
    amount = 42;
    assert_false(gm_amount(1001, GM_UNIT_PRICE_MAX, &amount));
    assert_false(gm_amount(1, GM_AMOUNT_MAX + 1, &amount));
    assert_false(gm_amount(GM_QUANTITY_MAX, GM_UNIT_PRICE_MAX, &amount)); /* past 64 bits */
    assert_true(amount == 42);
}

static void the_limits_are_the_powers_of_ten_they_are_named_after(void **state)
{
    (void)state;
    int64_t power = 1;
    for (int i = 0; i < GM_AMOUNT_MAX_LOG10; i++) {
        if (i == GM_UNIT_PRICE_MAX_LOG10) assert_true(power == GM_UNIT_PRICE_MAX);
        power *= 10;
    }
    assert_true(power == GM_AMOUNT_MAX);
}

static struct gm_currency currency(const char *code)
{
    struct gm_currency currency = {0};
    assert_int_equal(gm_currency_parse(code, &currency), GM_OK);
    return currency;
}

static void a_currency_is_three_capital_letters(void **state)
{
    (void)state;
    char text[4];
    assert_int_equal(currency("VND").code, 'V' << 16 | 'N' << 8 | 'D');
    assert_string_equal(gm_currency_text(currency("VND"), text), "VND");
    assert_string_equal(gm_currency_text(currency("AZZ"), text), "AZZ");
    assert_string_equal(gm_currency_text((struct gm_currency){0}, text), "");

    static const char *const malformed[] = {"",    "V",   "VN",  "VNDX", "vnd",
                                            "VN1", "V D", "@ND", "[ND",  "VN\xc3\x90"};
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        struct gm_currency kept = {7};
        if (gm_currency_parse(malformed[i], &kept) != GM_MALFORMED) fail_msg("%s", malformed[i]);
        assert_int_equal(kept.code, 7);
    }
}

static void exponents_are_those_of_iso_4217(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int exponent;
    } rows[] = {
        {"AED", 2}, {"VND", 0}, {"JPY", 0}, {"KRW", 0}, {"EUR", 2},
        {"USD", 2}, {"KWD", 3}, {"TND", 3}, {"CLF", 4}, {"ZWG", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(gm_currency_known(currency(rows[i].code)));
        assert_int_equal(gm_currency_exponent(currency(rows[i].code)), rows[i].exponent);
    }
}

static void what_is_no_money_is_not_known(void **state)
{
    (void)state;
    static const char *const unknown[] = {"XXX", "XTS", "XAU", "AAA", "ZZZ", "DEM"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_false(gm_currency_known(currency(unknown[i])));
        assert_int_equal(gm_currency_exponent(currency(unknown[i])), 0);
    }
    assert_false(gm_currency_known((struct gm_currency){0}));
    assert_false(gm_currency_known((struct gm_currency){UINT32_MAX}));
}

/* A row out of order would be invisible to the binary search; so would a doubled one. */
static void every_listed_currency_is_found(void **state)
{
    (void)state;
    int known = 0;
    char code[4] = "AAA";
    for (code[0] = 'A'; code[0] <= 'Z'; code[0]++) {
        for (code[1] = 'A'; code[1] <= 'Z'; code[1]++) {
            for (code[2] = 'A'; code[2] <= 'Z'; code[2]++) {
                known += gm_currency_known(currency(code));
            }
        }
    }
    assert_int_equal(known, 166);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_products_that_overflow_are_refused_and_leave_the_result_alone),
        cmocka_unit_test(divisions_round_as_their_names_say),
        cmocka_unit_test(roundings_agree_with_their_definition_on_small_numbers),
        cmocka_unit_test(an_amount_over_its_limit_is_refused),
        cmocka_unit_test(the_limits_are_the_powers_of_ten_they_are_named_after),
        cmocka_unit_test(a_currency_is_three_capital_letters),
        cmocka_unit_test(exponents_are_those_of_iso_4217),
        cmocka_unit_test(what_is_no_money_is_not_known),
        cmocka_unit_test(every_listed_currency_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
