#include "matching/co2e.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

static const struct engine_way by_road = {.mode = ENGINE_MODE_ROAD, .mode_km = 1477};

static void the_worked_example_holds(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    const struct engine_co2e co2e = engine_co2e(&f.reference, &f.lot, &by_road);
    assert_int_equal(co2e.production_g, 370);
    assert_int_equal(co2e.transport_g, 93);
    assert_false(co2e.is_default);
}

static void sources_of_a_firing_add_up_before_rounding(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.lot.mass_g = 1;
    f.lot.firing_output_g = 1000000;
    f.lot.firing_source_count = 2;
    f.energies[FIXTURE_LPG] = 1;
    f.energies[FIXTURE_GRID_VN] = 2;
    /* 10^12 microgram over a million grams of ware: a gram, to the last unit. */
    f.lot.firing_sources[0] = (struct engine_energy_use){FIXTURE_LPG, 400000000000};
    f.lot.firing_sources[1] = (struct engine_energy_use){FIXTURE_GRID_VN, 300000000000};
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &by_road).production_g, 1);
    f.lot.firing_sources[0].quantity++;
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &by_road).production_g, 2);
}

static void ware_that_is_lost_counts_on_what_came_out(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.lot.firing_output_g = 300000;
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &by_road).production_g, 740);
}

static void the_largest_firing_keeps_its_figure(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.lot.mass_g = 1000;
    f.lot.firing_output_g = 1;
    f.lot.firing_source_count = 4;
    f.energies[FIXTURE_LPG] = 10000000;
    for (size_t i = 0; i < 4; i++)
        f.lot.firing_sources[i] = (struct engine_energy_use){FIXTURE_LPG, 1000000000000};
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &by_road).production_g, 40000000000000000);
    f.lot.mass_g = 500000;
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &by_road).production_g, ENGINE_CO2E_MAX_G);
}

static void a_firing_that_nobody_stated_costs_the_default(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        uint32_t body;
        int64_t mass_g, production_g;
    } rows[] = {
        {"a body of the table", FIXTURE_STONEWARE, 450, 675},
        {"another", FIXTURE_PORCELAIN, 450, 1350},
        {"rounded up", FIXTURE_STONEWARE, 1, 2},
        {"no body", ENGINE_WORD_NONE, 450, 900},
        {"a body that is not listed", FIXTURE_CELADON, 450, 900},
    };
    struct fixture f;
    fixture_init(&f);
    f.lot.firing_source_count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        f.lot.body = rows[i].body;
        f.lot.mass_g = rows[i].mass_g;
        const struct engine_co2e co2e = engine_co2e(&f.reference, &f.lot, &by_road);
        assert_true(co2e.is_default);
        assert_int_equal(co2e.production_g, rows[i].production_g);
    }
}

static void a_firing_with_an_unknown_source_counts_as_not_stated(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.lot.firing_source_count = 2;
    f.lot.firing_sources[1] = (struct engine_energy_use){ENGINE_ROW_UNKNOWN, 1};
    assert_true(engine_co2e(&f.reference, &f.lot, &by_road).is_default);
    f.lot.firing_sources[1].energy = FIXTURE_ENERGY_COUNT; /* beyond the table by one */
    const struct engine_co2e co2e = engine_co2e(&f.reference, &f.lot, &by_road);
    assert_true(co2e.is_default);
    assert_int_equal(co2e.production_g, 675);
}

static void a_unit_weighs_its_part_of_the_pack(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int64_t mass_g, pack_units, pack_gross_g, gross_g;
    } rows[] = {
        {"shared out", 450, 10, 5000, 500},
        {"rounded up", 450, 10, 5001, 501},
        {"no pack: 15 % more", 100, 0, 0, 115},
        {"no pack, rounded up", 1, 0, 0, 2},
    };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        f.lot.mass_g = rows[i].mass_g;
        f.lot.pack_units = rows[i].pack_units;
        f.lot.pack_gross_g = rows[i].pack_gross_g;
        assert_int_equal(engine_unit_gross_g(&f.reference, &f.lot), rows[i].gross_g);
    }
}

static void transport_is_rounded_up_once(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.reference.modes[ENGINE_MODE_SEA].mg_per_tkm = 1000;
    const struct engine_way exact = {.mode = ENGINE_MODE_SEA, .mode_km = 2000};
    const struct engine_way one_more = {.mode = ENGINE_MODE_SEA, .mode_km = 2001};
    const struct engine_way nowhere = {.mode = ENGINE_MODE_SEA, .mode_km = 0};
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &exact).transport_g, 1);
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &one_more).transport_g, 2);
    assert_int_equal(engine_co2e(&f.reference, &f.lot, &nowhere).transport_g, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example_holds),
        cmocka_unit_test(sources_of_a_firing_add_up_before_rounding),
        cmocka_unit_test(ware_that_is_lost_counts_on_what_came_out),
        cmocka_unit_test(the_largest_firing_keeps_its_figure),
        cmocka_unit_test(a_firing_that_nobody_stated_costs_the_default),
        cmocka_unit_test(a_firing_with_an_unknown_source_counts_as_not_stated),
        cmocka_unit_test(a_unit_weighs_its_part_of_the_pack),
        cmocka_unit_test(transport_is_rounded_up_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
