#include "matching/distance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define VN ('V' << 8 | 'N')
#define CN ('C' << 8 | 'N')
#define NL ('N' << 8 | 'L')

static const struct engine_place gia_lam = {21019510, 105936940, VN, ENGINE_WORD_NONE};
static const struct engine_place da_nang = {16067780, 108220830, VN, ENGINE_WORD_NONE};
static const struct engine_place ho_chi_minh_city = {10823020, 106629650, VN, ENGINE_WORD_NONE};
static const struct engine_place kunming = {25042000, 102712000, CN, ENGINE_WORD_NONE};
static const struct engine_place rotterdam = {51922500, 4479170, NL, ENGINE_WORD_NONE};

static void places_lie_as_far_apart_as_the_rules_say(void **state)
{
    (void)state;
    static const struct engine_place north_pole = {90000000, 0, 0, 0};
    static const struct engine_place south_pole = {-90000000, 77000000, 0, 0};
    static const struct engine_place zero = {0, 0, 0, 0};
    static const struct engine_place antipode = {0, 180000000, 0, 0};
    static const struct engine_place west_of_date_line = {0, 179999999, 0, 0};
    static const struct engine_place east_of_date_line = {0, -179999999, 0, 0};
    static const struct engine_place half_a_km_less = {0, 4496, 0, 0};
    static const struct engine_place half_a_km_more = {0, 4497, 0, 0};
    static const struct {
        const struct engine_place *a, *b;
        int32_t km;
    } rows[] = {
        {&gia_lam, &ho_chi_minh_city, 1136},
        {&gia_lam, &da_nang, 601},
        {&gia_lam, &rotterdam, 8932},
        {&gia_lam, &gia_lam, 0},
        {&zero, &half_a_km_less, 0},
        {&zero, &half_a_km_more, 1},
        {&west_of_date_line, &east_of_date_line, 0},
        {&zero, &antipode, 20015},
        {&north_pole, &south_pole, 20015},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(engine_distance_km(rows[i].a, rows[i].b), rows[i].km);
        assert_int_equal(engine_distance_km(rows[i].b, rows[i].a), rows[i].km);
    }
}

static void the_way_is_by_road_where_there_is_one(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        const struct engine_place *from, *to;
        int64_t km;
        bool by_air;
        enum engine_mode mode;
    } rows[] = {
        {"inside a country", &gia_lam, &da_nang, 601, false, ENGINE_MODE_ROAD},
        {"over a land border", &gia_lam, &kunming, 550, false, ENGINE_MODE_ROAD},
        {"back over it", &kunming, &gia_lam, 550, false, ENGINE_MODE_ROAD},
        {"else by sea", &gia_lam, &rotterdam, 8932, false, ENGINE_MODE_SEA},
        {"near, though air is allowed", &gia_lam, &da_nang, 500, true, ENGINE_MODE_ROAD},
        {"far, and air is allowed", &gia_lam, &da_nang, 501, true, ENGINE_MODE_AIR},
        {"near but over the sea, and air is allowed", &gia_lam, &rotterdam, 1, true,
         ENGINE_MODE_AIR},
    };
    static const struct engine_border borders[] = {{{VN, 'L' << 8 | 'A'}}, {{CN, VN}}};
    struct engine_reference reference = engine_reference_defaults();
    reference.borders = borders;
    reference.border_count = 2;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        const struct engine_way way =
            engine_way(&reference, rows[i].from, rows[i].to, rows[i].km, rows[i].by_air);
        assert_int_equal(way.mode, rows[i].mode);
        assert_int_equal(way.km, rows[i].km);
    }
}

static void a_way_takes_its_detour_and_whole_days(void **state)
{
    (void)state;
    static const struct {
        enum engine_mode mode;
        int64_t km, mode_km, days;
    } rows[] = {
        {ENGINE_MODE_ROAD, 1136, 1477, 4}, {ENGINE_MODE_ROAD, 0, 0, 1},
        {ENGINE_MODE_ROAD, 1, 2, 2},       {ENGINE_MODE_ROAD, 384, 500, 2},
        {ENGINE_MODE_ROAD, 385, 501, 3},   {ENGINE_MODE_SEA, 400, 600, 11},
        {ENGINE_MODE_SEA, 401, 602, 12},   {ENGINE_MODE_SEA, 8932, 13398, 33},
        {ENGINE_MODE_AIR, 7619, 8000, 4},  {ENGINE_MODE_AIR, 7620, 8001, 5},
        {ENGINE_MODE_AIR, 8932, 9379, 5},
    };
    const struct engine_reference reference = engine_reference_defaults();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool road = rows[i].mode == ENGINE_MODE_ROAD;
        const struct engine_way way = engine_way(&reference, &gia_lam, road ? &da_nang : &rotterdam,
                                                 rows[i].km, rows[i].mode == ENGINE_MODE_AIR);
        assert_int_equal(way.mode, rows[i].mode);
        assert_int_equal(way.mode_km, rows[i].mode_km);
        assert_int_equal(way.transit_days, rows[i].days);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_lie_as_far_apart_as_the_rules_say),
        cmocka_unit_test(the_way_is_by_road_where_there_is_one),
        cmocka_unit_test(a_way_takes_its_detour_and_whole_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
