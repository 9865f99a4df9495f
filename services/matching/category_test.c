#include "matching/category.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

static void a_category_lies_in_itself_and_in_those_above(void **state)
{
    (void)state;
    static const struct {
        uint32_t category, asked;
        bool lies_in;
    } rows[] = {
        {FIXTURE_BOWL, FIXTURE_BOWL, true},
        {FIXTURE_BOWL, FIXTURE_TABLEWARE, true},
        {FIXTURE_TABLEWARE, FIXTURE_TABLEWARE, true},
        {FIXTURE_TABLEWARE, FIXTURE_BOWL, false},
        {FIXTURE_TILE, FIXTURE_TABLEWARE, false},
        {ENGINE_ROW_UNKNOWN, FIXTURE_TABLEWARE, false},
        {ENGINE_ROW_UNKNOWN, ENGINE_ROW_UNKNOWN, false},
        {FIXTURE_CATEGORY_COUNT, FIXTURE_TABLEWARE, false},
    };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(engine_category_lies_in(&f.reference, rows[i].category, rows[i].asked),
                         rows[i].lies_in);
}

static void figures_are_the_nearest_above_each_for_itself(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.categories[FIXTURE_BOWL].co2e_g = engine_some(900);
    struct engine_request_line lines[] = {
        {.category = FIXTURE_BOWL},
        {.category = FIXTURE_TABLEWARE},
        {.category = FIXTURE_TILE, .reference_price = engine_some(1)},
    };

    engine_freeze(&f.reference, FIXTURE_VND, lines, 3);
    assert_true(lines[0].reference_price.is_set);
    assert_int_equal(lines[0].reference_price.value, 80000);
    assert_int_equal(lines[0].reference_co2e_g, 900);
    assert_int_equal(lines[1].reference_price.value, 80000);
    assert_int_equal(lines[1].reference_co2e_g, 1500);
    assert_false(lines[2].reference_price.is_set); /* none: what stood there before is gone */
    assert_int_equal(lines[2].reference_co2e_g, 2000);

    engine_freeze(&f.reference, FIXTURE_EUR, lines, 1);
    assert_int_equal(lines[0].reference_price.value, 300);
    engine_freeze(&f.reference, (struct gm_currency){'U' << 16 | 'S' << 8 | 'D'}, lines, 1);
    assert_false(lines[0].reference_price.is_set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_category_lies_in_itself_and_in_those_above),
        cmocka_unit_test(figures_are_the_nearest_above_each_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
