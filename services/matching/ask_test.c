#include "matching/ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "matching/figures.h"
#include "matching/scene.h"

enum { TODAY = 20781 };

static enum gm_reason ask(struct scene *scene, const Matching__SourcingRequest *message,
                          struct matching_ask *ret_ask, char *ret_field)
{
    return matching_ask(message, (struct gm_member_id){scene->buyer}, TODAY, &scene->arena, ret_ask,
                        ret_field);
}

static struct matching_ask asked(struct scene *scene, const Matching__SourcingRequest *message)
{
    struct matching_ask asked;
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    assert_int_equal(ask(scene, message, &asked, field), GM_REASON_NONE);
    return asked;
}

static void what_is_not_said_has_its_default(void **state)
{
    const struct matching_ask asks = asked(*state, scene_request(*state, 1));
    const struct engine_request *request = &asks.request;
    const struct engine_request_line *line = &request->lines[0];
    static const int64_t weights[ENGINE_CRITERION_COUNT] = {500000, 187500, 250000, 62500};
    assert_memory_equal(request->weights, weights, sizeof weights);
    assert_int_equal(request->split, ENGINE_SPLIT_WHOLE);
    assert_false(request->by_air);
    assert_int_equal(request->matches_max, ENGINE_MATCHES_DEFAULT);
    assert_int_equal(line->over_ppm, 100000);
    assert_int_equal(line->body, ENGINE_WORD_NONE);
    assert_int_equal(line->glaze, ENGINE_WORD_NONE);
    assert_int_equal(line->village, ENGINE_WORD_NONE);
    assert_false(line->price_cap.is_set || line->target_price.is_set || line->needed_by.is_set);
    assert_false(line->co2e_cap.is_set || line->distance_cap.is_set || line->worst_grade.is_set);
    assert_int_equal(line->preferred_count + line->excluded_count, 0);
}

static void what_is_said_is_asked(void **state)
{
    struct scene *scene = *state;
    Matching__SourcingRequest *message = scene_request(scene, 2);
    Matching__SourcingLine *said = message->lines[1];
    Matching__Weights weights = MATCHING__WEIGHTS__INIT;
    weights.price = 1;
    weights.time = 2;
    weights.co2e = 3;
    weights.distance = 999994;
    message->weights = &weights;
    message->split = MATCHING__SPLIT__SPLIT_LINES;
    message->air = true;
    message->currency = "EUR";
    said->category = "vase";
    said->quantity = 7;
    said->base_unit = COMMON__UNIT__SET;
    said->body = "stoneware";
    said->glaze = "ash";
    said->village = "VN-BAT-TRANG";
    said->worst_grade = COMMON__GRADE__SECOND;
    said->price_cap_case = MATCHING__SOURCING_LINE__PRICE_CAP_PRICE_CAP_MINOR;
    said->price_cap_minor = 11;
    said->target_price_case = MATCHING__SOURCING_LINE__TARGET_PRICE_TARGET_PRICE_MINOR;
    said->target_price_minor = 12;
    said->needed_case = MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY;
    said->needed_by = TODAY + 13;
    said->co2e_case = MATCHING__SOURCING_LINE__CO2E_CO2E_CAP_G;
    said->co2e_cap_g = 14;
    said->distance_case = MATCHING__SOURCING_LINE__DISTANCE_DISTANCE_CAP_KM;
    said->distance_cap_km = 15;
    said->over_case = MATCHING__SOURCING_LINE__OVER_OVER_PPM;
    said->over_ppm = 16;
    scene_prefer(scene, said, scene->seller);
    scene_exclude(scene, said, scene->other_seller);

    const struct matching_ask asks = asked(scene, message);
    const struct engine_request *request = &asks.request;
    const struct engine_request_line *line = &request->lines[1];
    static const int64_t expected[ENGINE_CRITERION_COUNT] = {1, 2, 3, 999994};
    struct gm_currency eur;
    assert_int_equal(gm_currency_parse("EUR", &eur), GM_OK);
    assert_memory_equal(request->weights, expected, sizeof expected);
    assert_true(gm_id_equal(request->buyer.id, scene->buyer));
    assert_int_equal(request->deliver_to, matching_place_row("VN-HO-CHI-MINH-CITY"));
    assert_true(gm_currency_equal(request->currency, eur));
    assert_int_equal(request->split, ENGINE_SPLIT_SPLIT);
    assert_true(request->by_air);
    assert_int_equal(request->line_count, 2);
    assert_int_equal(line->category, matching_category_row("vase"));
    assert_int_equal(line->quantity, 7);
    assert_int_equal(line->base_unit, ENGINE_UNIT_SET);
    assert_int_equal(line->body, matching_word(&asks.bodies, "stoneware"));
    assert_int_equal(line->glaze, matching_word(&asks.glazes, "ash"));
    assert_int_equal(line->village, matching_village_word("VN-BAT-TRANG"));
    assert_int_equal(line->worst_grade.value, ENGINE_GRADE_SECOND);
    assert_int_equal(line->price_cap.value, 11);
    assert_int_equal(line->target_price.value, 12);
    assert_int_equal(line->needed_by.value, TODAY + 13);
    assert_int_equal(line->co2e_cap.value, 14);
    assert_int_equal(line->distance_cap.value, 15);
    assert_int_equal(line->over_ppm, 16);
    assert_int_equal(line->preferred_count, 1);
    assert_true(gm_id_equal(line->preferred[0].id, scene->seller));
    assert_int_equal(line->excluded_count, 1);
    assert_true(gm_id_equal(line->excluded[0].id, scene->other_seller));
}

/* A cap of nothing is not the same as none. */
static void a_figure_of_zero_is_a_figure(void **state)
{
    Matching__SourcingRequest *message = scene_request(*state, 1);
    Matching__SourcingLine *said = message->lines[0];
    said->price_cap_case = MATCHING__SOURCING_LINE__PRICE_CAP_PRICE_CAP_MINOR;
    said->co2e_case = MATCHING__SOURCING_LINE__CO2E_CO2E_CAP_G;
    said->distance_case = MATCHING__SOURCING_LINE__DISTANCE_DISTANCE_CAP_KM;
    said->over_case = MATCHING__SOURCING_LINE__OVER_OVER_PPM;
    said->worst_grade = COMMON__GRADE__A;
    const struct engine_request_line *line = asked(*state, message).request.lines;
    assert_true(line->price_cap.is_set && line->price_cap.value == 0);
    assert_true(line->co2e_cap.is_set && line->co2e_cap.value == 0);
    assert_true(line->distance_cap.is_set && line->distance_cap.value == 0);
    assert_true(line->worst_grade.is_set && line->worst_grade.value == ENGINE_GRADE_A);
    assert_int_equal(line->over_ppm, 0);
    assert_false(line->target_price.is_set || line->needed_by.is_set);
}

static void a_line_has_the_figures_of_its_category_or_of_one_above(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *category;
        const char *currency;
        bool has_price;
        int64_t price;
        int64_t co2e_g;
    } cases[] = {
        {"bowl", "VND", true, 69000, 1125},
        {"bowl", "EUR", false, 0, 1125}, /* known in VND alone */
        {"tureen", "VND", false, 0, 4500},
        {"dinnerware", "VND", false, 0, 2000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Matching__SourcingRequest *message = scene_request(scene, 1);
        message->currency = cases[i].currency;
        message->lines[0]->category = cases[i].category;
        const struct engine_request_line *line = asked(scene, message).request.lines;
        assert_int_equal(line->reference_price.is_set, cases[i].has_price);
        assert_int_equal(line->reference_price.value, cases[i].price);
        assert_int_equal(line->reference_co2e_g, cases[i].co2e_g);
    }
}

static void a_stored_request_is_scored_by_its_own_figures(void **state)
{
    struct matching_ask asks = asked(*state, scene_request(*state, 2));
    Matching__LineReference with = MATCHING__LINE_REFERENCE__INIT;
    Matching__LineReference without = MATCHING__LINE_REFERENCE__INIT;
    Matching__LineReference *const references[] = {&with, &without};
    with.price_case = MATCHING__LINE_REFERENCE__PRICE_PRICE_MINOR;
    with.price_minor = 31;
    with.co2e_g = 32;
    without.co2e_g = 33;
    matching_ask_by(&asks, 34, references, 2);
    assert_int_equal(asks.reference.version, 34);
    assert_true(asks.request.lines[0].reference_price.is_set);
    assert_int_equal(asks.request.lines[0].reference_price.value, 31);
    assert_int_equal(asks.request.lines[0].reference_co2e_g, 32);
    assert_false(asks.request.lines[1].reference_price.is_set);
    assert_int_equal(asks.request.lines[1].reference_co2e_g, 33);
}

static void a_line_is_needed_between_today_and_two_years_on(void **state)
{
    struct scene *scene = *state;
    static const struct {
        int32_t needed_by;
        enum gm_reason reason;
    } cases[] = {
        {TODAY - 1, GM_REASON_OUT_OF_RANGE},
        {TODAY, GM_REASON_NONE},
        {TODAY + 730, GM_REASON_NONE},
        {TODAY + 731, GM_REASON_OUT_OF_RANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct matching_ask ret_ask;
        char field[GM_FIELD_PATH_BYTES_MAX + 1] = "";
        Matching__SourcingRequest *message = scene_request(scene, 100);
        message->lines[99]->needed_case = MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY;
        message->lines[99]->needed_by = cases[i].needed_by;
        assert_int_equal(ask(scene, message, &ret_ask, field), cases[i].reason);
        assert_string_equal(field, cases[i].reason == GM_REASON_NONE ? "" : "lines[99].needed_by");
    }
}

/* Everything that can be wrong is; the first in the order of precedence is said, then put right. */
static void refusals_come_in_their_order_with_their_field(void **state)
{
    struct scene *scene = *state;
    Matching__SourcingRequest *message = scene_request(scene, 3);
    Matching__Weights weights = MATCHING__WEIGHTS__INIT;
    weights.price = 999999;
    message->weights = &weights;
    message->deliver_to = "VN-NOWHERE";
    message->lines[1]->category = "spaceship";
    message->lines[1]->village = "VN-NOWHERE";
    message->lines[2]->category = "boat";
    message->lines[2]->needed_case = MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY;

    static const struct matching_ask untouched;
    struct matching_ask ret_ask = untouched;
    const struct {
        enum gm_reason reason;
        const char *field;
        const char **text; /* put right by this */
        const char *right;
    } cases[] = {
        {GM_REASON_PLACE_UNKNOWN, "deliver_to", &message->deliver_to, "VN-DA-NANG"},
        {GM_REASON_CATEGORY_UNKNOWN, "lines[1].category", &message->lines[1]->category, "tile"},
        {GM_REASON_PLACE_UNKNOWN, "lines[1].village", &message->lines[1]->village, "VN-KIM-LAN"},
        {GM_REASON_CATEGORY_UNKNOWN, "lines[2].category", &message->lines[2]->category, "tile"},
        {GM_REASON_OUT_OF_RANGE, "lines[2].needed_by", NULL, NULL},
    };
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(ask(scene, message, &ret_ask, field), cases[i].reason);
        assert_string_equal(field, cases[i].field);
        assert_memory_equal(&ret_ask, &untouched, sizeof untouched);
        if (cases[i].text != NULL) *cases[i].text = cases[i].right;
    }
    message->lines[2]->needed_by = TODAY;
    assert_int_equal(ask(scene, message, &ret_ask, field), GM_REASON_WEIGHTS_NOT_WHOLE);
    assert_string_equal(field, "weights");
    weights.distance = 1;
    assert_int_equal(ask(scene, message, &ret_ask, field), GM_REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(what_is_not_said_has_its_default),
        SCENE_TEST(what_is_said_is_asked),
        SCENE_TEST(a_figure_of_zero_is_a_figure),
        SCENE_TEST(a_line_has_the_figures_of_its_category_or_of_one_above),
        SCENE_TEST(a_stored_request_is_scored_by_its_own_figures),
        SCENE_TEST(a_line_is_needed_between_today_and_two_years_on),
        SCENE_TEST(refusals_come_in_their_order_with_their_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
