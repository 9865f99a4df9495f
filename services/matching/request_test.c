#include "matching/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

struct asked {
    struct engine_request request;
    struct engine_request_line lines[ENGINE_LINES_MAX + 1];
};

static void nothing(struct asked *a)
{
    (void)a;
}
static void needed_yesterday(struct asked *a)
{
    a->lines[1].needed_by = engine_some(FIXTURE_TODAY - 1);
}
static void needed_today(struct asked *a)
{
    a->lines[1].needed_by = engine_some(FIXTURE_TODAY);
}
static void needed_at_the_horizon(struct asked *a)
{
    a->lines[1].needed_by = engine_some(FIXTURE_TODAY + ENGINE_NEEDED_BY_DAYS_MAX);
}
static void needed_beyond_it(struct asked *a)
{
    a->lines[1].needed_by = engine_some(FIXTURE_TODAY + ENGINE_NEEDED_BY_DAYS_MAX + 1);
}
static void no_units(struct asked *a)
{
    a->lines[1].quantity = 0;
}
static void the_most_units(struct asked *a)
{
    a->lines[1].quantity = GM_QUANTITY_MAX;
}
static void more_units(struct asked *a)
{
    a->lines[1].quantity = GM_QUANTITY_MAX + 1;
}
static void surplus_below_nothing(struct asked *a)
{
    a->lines[1].over_ppm = -1;
}
static void surplus_over_the_limit(struct asked *a)
{
    a->lines[1].over_ppm = ENGINE_OVER_PPM_MAX + INT64_C(1);
}
static void caps_of_nothing(struct asked *a)
{
    a->lines[1].price_cap = engine_some(0);
    a->lines[1].target_price = engine_some(0);
    a->lines[1].co2e_cap = engine_some(0);
    a->lines[1].distance_cap = engine_some(0);
}
static void negative_price_cap(struct asked *a)
{
    a->lines[1].price_cap = engine_some(-1);
}
static void negative_target(struct asked *a)
{
    a->lines[1].target_price = engine_some(-1);
}
static void negative_co2e_cap(struct asked *a)
{
    a->lines[1].co2e_cap = engine_some(-1);
}
static void negative_distance_cap(struct asked *a)
{
    a->lines[1].distance_cap = engine_some(-1);
}
static void no_such_grade(struct asked *a)
{
    a->lines[1].worst_grade = engine_some(ENGINE_GRADE_COUNT);
}
static void negative_weight(struct asked *a)
{
    a->request.weights[ENGINE_CRITERION_PRICE] = -1;
    a->request.weights[ENGINE_CRITERION_TIME] = GM_PPM + 1;
}
static void weights_one_short(struct asked *a)
{
    a->request.weights[ENGINE_CRITERION_PRICE]--;
}
static void weights_one_over(struct asked *a)
{
    a->request.weights[ENGINE_CRITERION_PRICE]++;
}
static void the_most_lines(struct asked *a)
{
    a->request.line_count = ENGINE_LINES_MAX;
}
static void a_line_more(struct asked *a)
{
    a->request.line_count = ENGINE_LINES_MAX + 1;
}
static void no_matches(struct asked *a)
{
    a->request.matches_max = 0;
}
static void the_most_matches(struct asked *a)
{
    a->request.matches_max = ENGINE_MATCHES_MAX;
}
static void a_match_more(struct asked *a)
{
    a->request.matches_max = ENGINE_MATCHES_MAX + 1;
}
static void everything_wrong(struct asked *a)
{
    weights_one_short(a);
    a_match_more(a);
    no_units(a);
}
static void too_many_and_weights(struct asked *a)
{
    weights_one_short(a);
    a_line_more(a);
}

/* Which line is named: the one that the rows change, or none. */
enum { LINE = 1, NO_LINE = -1 };

static void a_request_out_of_range_is_refused_as_a_whole(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        void (*change)(struct asked *a);
        enum gm_reason reason;
        int line;
    } rows[] = {
        {"as it should be", nothing, GM_REASON_NONE, NO_LINE},
        {"needed yesterday", needed_yesterday, GM_REASON_OUT_OF_RANGE, LINE},
        {"needed today", needed_today, GM_REASON_NONE, NO_LINE},
        {"needed at the horizon", needed_at_the_horizon, GM_REASON_NONE, NO_LINE},
        {"needed beyond it", needed_beyond_it, GM_REASON_OUT_OF_RANGE, LINE},
        {"no units", no_units, GM_REASON_OUT_OF_RANGE, LINE},
        {"the most units", the_most_units, GM_REASON_NONE, NO_LINE},
        {"more units", more_units, GM_REASON_OUT_OF_RANGE, LINE},
        {"a surplus below nothing", surplus_below_nothing, GM_REASON_OUT_OF_RANGE, LINE},
        {"a surplus over the limit", surplus_over_the_limit, GM_REASON_OUT_OF_RANGE, LINE},
        {"caps of nothing", caps_of_nothing, GM_REASON_NONE, NO_LINE},
        {"a negative price cap", negative_price_cap, GM_REASON_OUT_OF_RANGE, LINE},
        {"a negative target", negative_target, GM_REASON_OUT_OF_RANGE, LINE},
        {"a negative CO2e cap", negative_co2e_cap, GM_REASON_OUT_OF_RANGE, LINE},
        {"a negative distance cap", negative_distance_cap, GM_REASON_OUT_OF_RANGE, LINE},
        {"no such grade", no_such_grade, GM_REASON_OUT_OF_RANGE, LINE},
        {"a negative weight", negative_weight, GM_REASON_OUT_OF_RANGE, NO_LINE},
        {"weights one short", weights_one_short, GM_REASON_WEIGHTS_NOT_WHOLE, NO_LINE},
        {"weights one over", weights_one_over, GM_REASON_WEIGHTS_NOT_WHOLE, NO_LINE},
        {"the most lines", the_most_lines, GM_REASON_NONE, NO_LINE},
        {"a line more", a_line_more, GM_REASON_TOO_MANY, NO_LINE},
        {"no matches", no_matches, GM_REASON_TOO_MANY, NO_LINE},
        {"the most matches", the_most_matches, GM_REASON_NONE, NO_LINE},
        {"a match more", a_match_more, GM_REASON_TOO_MANY, NO_LINE},
        {"range before number and weights", everything_wrong, GM_REASON_OUT_OF_RANGE, LINE},
        {"number before weights", too_many_and_weights, GM_REASON_TOO_MANY, NO_LINE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        struct fixture f;
        fixture_init(&f);
        struct asked a = {.request = f.request};
        for (size_t j = 0; j < sizeof a.lines / sizeof *a.lines; j++)
            a.lines[j] = f.line;
        a.request.lines = a.lines;
        a.request.line_count = 3;
        rows[i].change(&a);

        size_t line;
        assert_int_equal(engine_check(&a.request, FIXTURE_TODAY, &line), rows[i].reason);
        assert_int_equal(line, rows[i].line == LINE ? (size_t)LINE : a.request.line_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_out_of_range_is_refused_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
