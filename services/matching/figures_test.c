#include "matching/figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "proto/codes.h"

enum { BODIES_MAX = 64, ARENA_BYTES = 1024 * 1024 };

struct listed {
    struct gm_arena arena;
    struct matching_words bodies;
    struct engine_reference reference;
};

static int setup(void **state)
{
    static struct listed listed;
    const char *bodies[BODIES_MAX + 1];
    assert_int_equal(gm_arena_init(&listed.arena, ARENA_BYTES), GM_OK);
    const size_t count = matching_listed_bodies(bodies, BODIES_MAX);
    assert_in_range(count, 2, BODIES_MAX);
    bodies[count] = "a-body-of-my-own";
    listed.bodies = matching_words_of(bodies, count + 1, &listed.arena);
    listed.reference = matching_reference(&listed.bodies, &listed.arena);
    *state = &listed;
    return 0;
}

static int teardown(void **state)
{
    struct listed *listed = *state;
    gm_arena_release(&listed->arena);
    return 0;
}

static void a_place_lies_where_the_list_says(void **state)
{
    const struct engine_reference *reference = &((struct listed *)*state)->reference;
    assert_int_equal(reference->place_count, gm_place_count);
    const uint32_t row = matching_place_row("VN-DA-NANG");
    assert_in_range(row, 0, reference->place_count - 1);
    assert_int_equal(reference->places[row].latitude, 16067780);
    assert_int_equal(reference->places[row].longitude, 108220830);
    assert_int_equal(reference->places[row].country, 'V' << 8 | 'N');
    assert_int_equal(matching_place_row("VN-NOWHERE"), ENGINE_ROW_UNKNOWN);
    assert_int_equal(matching_place_row(""), ENGINE_ROW_UNKNOWN);
    assert_int_equal(matching_place_row(gm_places[gm_place_count - 1].code), gm_place_count - 1);
}

static void a_craft_village_is_a_word(void **state)
{
    const struct engine_reference *reference = &((struct listed *)*state)->reference;
    const uint32_t bat_trang = matching_village_word("VN-BAT-TRANG");
    assert_int_not_equal(bat_trang, ENGINE_WORD_NONE);
    assert_int_not_equal(bat_trang, ENGINE_WORD_UNKNOWN);
    assert_int_equal(reference->places[matching_place_row("VN-BAT-TRANG")].village, bat_trang);
    assert_int_not_equal(reference->places[matching_place_row("VN-KIM-LAN")].village, bat_trang);
    assert_int_equal(reference->places[matching_place_row("VN-DA-NANG")].village, ENGINE_WORD_NONE);
    assert_int_equal(matching_village_word(""), ENGINE_WORD_NONE);
    assert_int_equal(matching_village_word("VN-NOWHERE"), ENGINE_WORD_UNKNOWN);
}

static void borders_are_those_of_the_list(void **state)
{
    const struct engine_reference *reference = &((struct listed *)*state)->reference;
    assert_int_equal(reference->border_count, gm_border_count);
    unsigned with_vietnam = 0;
    for (size_t i = 0; i < reference->border_count; i++)
        with_vietnam += reference->borders[i].countries[0] == ('V' << 8 | 'N') ||
                        reference->borders[i].countries[1] == ('V' << 8 | 'N');
    assert_int_equal(with_vietnam, 3); /* CN, KH, LA */
}

static void a_category_has_its_figures_and_its_parent(void **state)
{
    const struct engine_reference *reference = &((struct listed *)*state)->reference;
    const uint32_t bowl = matching_category_row("bowl");
    const uint32_t dinnerware = matching_category_row("dinnerware");
    struct gm_currency vnd;
    assert_int_equal(gm_currency_parse("VND", &vnd), GM_OK);
    assert_int_equal(reference->category_count, gm_category_count);
    assert_int_equal(reference->categories[bowl].parent, dinnerware);
    assert_int_equal(reference->categories[bowl].price_count, 1);
    assert_int_equal(reference->categories[bowl].prices[0].minor, 69000);
    assert_true(gm_currency_equal(reference->categories[bowl].prices[0].currency, vnd));
    assert_int_equal(reference->categories[bowl].co2e_g.value, 1125);
    assert_int_equal(reference->categories[dinnerware].price_count, 0);
    assert_false(reference->categories[dinnerware].co2e_g.is_set);
    assert_int_equal(matching_category_row("bowls"), ENGINE_ROW_UNKNOWN);
}

static int64_t g_per_kg(const struct engine_reference *reference, uint32_t body)
{
    for (size_t i = 0; i < reference->body_count; i++)
        if (reference->bodies[i].body == body) return reference->bodies[i].g_per_kg;
    return reference->other_body_g_per_kg;
}

static void a_body_that_is_not_listed_counts_as_not_stated(void **state)
{
    const struct listed *listed = *state;
    const struct engine_reference *reference = &listed->reference;
    assert_int_equal(g_per_kg(reference, matching_word(&listed->bodies, "stoneware")), 1500);
    assert_int_equal(g_per_kg(reference, matching_word(&listed->bodies, "terracotta")), 850);
    assert_int_equal(g_per_kg(reference, ENGINE_WORD_NONE), 2500);
    assert_int_equal(g_per_kg(reference, matching_word(&listed->bodies, "a-body-of-my-own")), 2500);
    assert_int_equal(g_per_kg(reference, matching_word(&listed->bodies, "glass")), 2500);
}

static void factors_are_those_of_the_lists(void **state)
{
    const struct engine_reference *reference = &((struct listed *)*state)->reference;
    assert_int_equal(reference->version, GM_CODES_VERSION);
    assert_int_equal(reference->energies[matching_energy_row(3)], 3288653); /* LPG */
    assert_int_equal(matching_energy_row(0), ENGINE_ROW_UNKNOWN);
    assert_int_equal(matching_energy_row((uint32_t)reference->energy_count + 1),
                     ENGINE_ROW_UNKNOWN);
    assert_int_equal(reference->modes[ENGINE_MODE_ROAD].mg_per_tkm, 125220);
    assert_int_equal(reference->modes[ENGINE_MODE_SEA].mg_per_tkm, 19770);
    assert_int_equal(reference->modes[ENGINE_MODE_AIR].mg_per_tkm, 1034550);
    assert_int_equal(reference->modes[ENGINE_MODE_AIR].km_a_day, 8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_lies_where_the_list_says),
        cmocka_unit_test(a_craft_village_is_a_word),
        cmocka_unit_test(borders_are_those_of_the_list),
        cmocka_unit_test(a_category_has_its_figures_and_its_parent),
        cmocka_unit_test(a_body_that_is_not_listed_counts_as_not_stated),
        cmocka_unit_test(factors_are_those_of_the_lists),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
