#include "proto/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common.pb-c.h"

static void every_code_is_found_by_its_name(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < gm_place_count; i++)
        assert_ptr_equal(gm_place_find(gm_places[i].code), &gm_places[i]);
    for (uint32_t i = 0; i < gm_category_count; i++)
        assert_ptr_equal(gm_category_find(gm_categories[i].slug), &gm_categories[i]);
    for (uint32_t i = 0; i < gm_body_count; i++)
        assert_ptr_equal(gm_body_find(gm_bodies[i].slug), &gm_bodies[i]);
}

static void a_code_that_is_not_listed_is_not_found(void **state)
{
    (void)state;
    static const char *const codes[] = {"", "VN", "VN-HANO", "VN-HANOI-", "ZZ-ZZ", "vn-hanoi"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_null(gm_place_find(codes[i]));
    assert_null(gm_category_find(""));
    assert_null(gm_category_find("bowls"));
    assert_null(gm_energy_find(0));
    assert_null(gm_energy_find(gm_energy_count + 1));
}

static void the_villages_lie_in_themselves(void **state)
{
    (void)state;
    unsigned villages = 0;
    for (uint32_t i = 0; i < gm_place_count; i++)
        if (gm_places[i].kind == GM_PLACE_VILLAGE) {
            assert_string_equal(gm_places[i].village, gm_places[i].code);
            villages++;
        }
    assert_int_equal(villages, 6);
    const struct gm_place *place = gm_place_find("VN-BAT-TRANG");
    assert_non_null(place);
    assert_string_equal(place->name, "Bát Tràng");
    assert_string_equal(place->country, "VN");
    assert_string_equal(place->subdivision, "VN-HN");
    assert_string_equal(gm_place_find("VN-HANOI")->village, "");
}

static void places_stand_where_the_rules_say(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int32_t latitude, longitude;
    } cases[] = {
        {"VN-TRAU-QUY", 21019510, 105936940},
        {"VN-HO-CHI-MINH-CITY", 10823020, 106629650},
        {"VN-DA-NANG", 16067780, 108220830},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct gm_place *place = gm_place_find(cases[i].code);
        assert_non_null(place);
        assert_int_equal(place->latitude, cases[i].latitude);
        assert_int_equal(place->longitude, cases[i].longitude);
    }
    assert_non_null(gm_place_find("NL-ROTTERDAM"));
}

static void a_category_stands_below_its_parent(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < gm_category_count; i++)
        assert_true(gm_categories[i].parent <= i);
    const struct gm_category *bowl = gm_category_find("bowl");
    assert_string_equal(gm_categories[bowl->parent].slug, "dinnerware");
    assert_int_equal(bowl->reference_price_vnd, 69000);
    assert_int_equal(gm_category_find("ceramic")->reference_co2e_g, GM_CODES_NO_FIGURE);
    assert_ptr_equal(&gm_categories[gm_category_find("ceramic")->parent],
                     gm_category_find("ceramic"));
}

static void a_body_that_is_not_listed_is_held_for_the_worst(void **state)
{
    (void)state;
    const struct gm_body *unlisted = gm_body_find("moon-clay");
    assert_ptr_equal(unlisted, gm_body_find(""));
    for (uint32_t i = 0; i < gm_body_count; i++)
        assert_true(gm_bodies[i].production_g_per_kg <= unlisted->production_g_per_kg);
    assert_int_equal(gm_body_find("stoneware")->production_g_per_kg, 1500);
}

static void factors_are_those_of_the_rules(void **state)
{
    (void)state;
    assert_int_equal(gm_energy_find(COMMON__ENERGY__LPG)->microgram, 3288653);
    assert_int_equal(gm_energy_find(COMMON__ENERGY__ELECTRICITY)->microgram, 659200);
    assert_int_equal(gm_energy_find(COMMON__ENERGY__WOOD)->biogenic_microgram, 1436230);
    for (uint32_t i = 0; i < gm_energy_count; i++)
        assert_string_equal(
            protobuf_c_enum_descriptor_get_value(&common__energy__descriptor, (int)(i + 1))->name,
            gm_energies[i].name);
    assert_int_equal(gm_transports[GM_TRANSPORT_ROAD].mg_per_tkm, 125220);
    assert_int_equal(gm_transports[GM_TRANSPORT_SEA].mg_per_tkm, 19770);
    assert_int_equal(gm_transports[GM_TRANSPORT_AIR].mg_per_tkm, 1034550);
    assert_int_equal(gm_transports[GM_TRANSPORT_AIR].rec19, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_is_found_by_its_name),
        cmocka_unit_test(a_code_that_is_not_listed_is_not_found),
        cmocka_unit_test(the_villages_lie_in_themselves),
        cmocka_unit_test(places_stand_where_the_rules_say),
        cmocka_unit_test(a_category_stands_below_its_parent),
        cmocka_unit_test(a_body_that_is_not_listed_is_held_for_the_worst),
        cmocka_unit_test(factors_are_those_of_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
