#include "matching/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "matching/fixture.h"

enum { ARENA_BYTES = 1 << 20, LOTS_MAX = 400 };

/* Lots that are handed out in turn, then a status. */
struct lots {
    struct engine_lots lots;
    struct engine_lot rows[LOTS_MAX];
    size_t count;
    size_t at;
    enum gm_status end;
};

static enum gm_status next_row(struct engine_lots *lots, struct engine_lot *ret_lot)
{
    struct lots *of = (struct lots *)lots; /* its first member */
    if (of->at == of->count) return of->end;
    *ret_lot = of->rows[of->at++];
    return GM_OK;
}

struct world {
    struct fixture f;
    struct lots lots;
    struct gm_arena arena;
    struct engine_answer answer;
};

static int set_up(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    fixture_init(&world.f);
    world.lots.lots.next = next_row;
    world.lots.end = GM_END;
    assert_int_equal(gm_arena_init(&world.arena, ARENA_BYTES), GM_OK);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    gm_arena_release(&w->arena);
    return 0;
}

/* One more lot as the fixture's, of that number and seller. */
static struct engine_lot *add(struct world *w, uint8_t lot, uint8_t seller)
{
    assert_true(w->lots.count < LOTS_MAX);
    struct engine_lot *row = &w->lots.rows[w->lots.count++];
    *row = w->f.lot;
    row->id = fixture_lot_id(lot);
    row->seller = fixture_member(seller);
    return row;
}

GM_CHECKED static enum gm_status find(struct world *w)
{
    w->lots.at = 0;
    return engine_find(&w->lots.lots, &w->f.reference, &w->f.request, FIXTURE_TODAY, &w->arena,
                       &w->answer);
}

static void a_match_carries_all_its_figures(void **state)
{
    struct world *w = *state;
    add(w, 5, 6);
    assert_int_equal(find(w), GM_OK);
    assert_int_equal(w->answer.reference_version, 7);
    assert_int_equal(w->answer.lots_seen, 1);
    assert_int_equal(w->answer.line_count, 1);
    const struct engine_line_answer *line = &w->answer.lines[0];
    assert_int_equal(line->match_count, 1);
    assert_int_equal(line->matches_found, 1);
    assert_int_equal(line->suppliers_found, 1);
    assert_int_equal(line->near_miss_count, 0);
    assert_int_equal(line->gain_count, 0);

    const struct engine_match *match = &line->matches[0];
    assert_true(gm_id_equal(match->lot.id, fixture_lot_id(5).id));
    assert_true(gm_id_equal(match->seller.id, fixture_member(6).id));
    assert_int_equal(match->t, 100);
    assert_int_equal(match->n, 100);
    assert_int_equal(match->unit_price, 90000);
    assert_int_equal(match->amount, 9000000);
    assert_int_equal(match->freight, 0);
    assert_int_equal(match->landed, 9000000);
    assert_int_equal(match->unit_landed, 90000);
    assert_int_equal(match->arrival, FIXTURE_TODAY + 3 + 4);
    assert_int_equal(match->km, 1136); /* measured, not the fixture's */
    assert_int_equal(match->mode, ENGINE_MODE_ROAD);
    assert_int_equal(match->mode_km, 1477);
    assert_int_equal(match->transit_days, 4);
    assert_int_equal(match->production_g, 370);
    assert_int_equal(match->transport_g, 93);
    assert_int_equal(match->co2e_g, 463);
    assert_int_equal(match->shares[ENGINE_CRITERION_PRICE], 175000);
    assert_int_equal(match->shares[ENGINE_CRITERION_TIME], 132499);
    assert_int_equal(match->shares[ENGINE_CRITERION_CO2E], 241966);
    assert_int_equal(match->shares[ENGINE_CRITERION_DISTANCE], 68760);
    assert_int_equal(match->score, 175000 + 132499 + 241966 + 68760);
    assert_int_equal(match->note_count, 1);
    assert_int_equal(match->notes[0].kind, ENGINE_NOTE_FREIGHT_BY_BUYER);
}

static void every_place_is_measured_from(void **state)
{
    struct world *w = *state;
    static const int64_t km[FIXTURE_PLACE_COUNT] = {
        [FIXTURE_GIA_LAM] = 1136,
        [FIXTURE_HO_CHI_MINH_CITY] = 0,
        [FIXTURE_ROTTERDAM] = 9878,
    };
    for (int i = 0; i < FIXTURE_PLACE_COUNT; i++)
        add(w, (uint8_t)i, 1)->ship_from = (uint32_t)i;
    w->f.request.weights[ENGINE_CRITERION_PRICE] = 0; /* by distance alone */
    w->f.request.weights[ENGINE_CRITERION_TIME] = 0;
    w->f.request.weights[ENGINE_CRITERION_CO2E] = 0;
    w->f.request.weights[ENGINE_CRITERION_DISTANCE] = GM_PPM;
    assert_int_equal(find(w), GM_OK);
    const struct engine_line_answer *line = &w->answer.lines[0];
    assert_int_equal(line->match_count, FIXTURE_PLACE_COUNT);
    assert_int_equal(line->matches[0].km, km[FIXTURE_HO_CHI_MINH_CITY]);
    assert_int_equal(line->matches[1].km, km[FIXTURE_GIA_LAM]);
    assert_int_equal(line->matches[2].km, km[FIXTURE_ROTTERDAM]);
}

static void a_near_miss_carries_what_fails(void **state)
{
    struct world *w = *state;
    add(w, 5, 6);
    w->f.line.quantity = 470;
    assert_int_equal(find(w), GM_OK);
    const struct engine_line_answer *line = &w->answer.lines[0];
    assert_int_equal(line->match_count, 0);
    assert_int_equal(line->suppliers_found, 0);
    assert_int_equal(line->near_miss_count, 1);
    assert_int_equal(line->near_misses_found, 1);

    const struct engine_near_miss *near_miss = &line->near_misses[0];
    assert_true(gm_id_equal(near_miss->lot.id, fixture_lot_id(5).id));
    assert_true(gm_id_equal(near_miss->seller.id, fixture_member(6).id));
    assert_int_equal(near_miss->t, 470);
    assert_int_equal(near_miss->n, 460);
    assert_int_equal(near_miss->constraint, ENGINE_CONSTRAINT_QUANTITY);
    assert_int_equal(near_miss->excess, 10);
    assert_int_equal(near_miss->limit, 470);
    /* The price of 460 units, 80,000, is that of the second tier. */
    assert_int_equal(near_miss->score, 200000 + 132499 + 241966 + 68760);

    assert_int_equal(line->gain_count, 1);
    assert_int_equal(line->gains[0].constraint, ENGINE_CONSTRAINT_QUANTITY);
    assert_int_equal(line->gains[0].relax, 10);
    assert_int_equal(line->gains[0].suppliers_added, 1);
}

static void no_lots_are_an_answer(void **state)
{
    struct world *w = *state;
    assert_int_equal(find(w), GM_OK);
    assert_int_equal(w->answer.lots_seen, 0);
    assert_int_equal(w->answer.lines[0].match_count, 0);
    assert_int_equal(w->answer.lines[0].near_miss_count, 0);
    assert_int_equal(w->answer.lines[0].gain_count, 0);
}

static void as_many_matches_are_shown_as_asked_and_all_are_counted(void **state)
{
    struct world *w = *state;
    for (uint8_t i = 0; i < 30; i++)
        add(w, (uint8_t)(200 - i), i / 2 + 1);
    w->f.request.matches_max = 4;
    assert_int_equal(find(w), GM_OK);
    const struct engine_line_answer *line = &w->answer.lines[0];
    assert_int_equal(line->match_count, 4);
    assert_int_equal(line->matches_found, 30);
    assert_int_equal(line->suppliers_found, 15);
    for (uint8_t i = 0; i < 4; i++) /* all alike: by id */
        assert_true(gm_id_equal(line->matches[i].lot.id, fixture_lot_id(171 + i).id));
}

/* Five that are late, five too dear, five with too much CO2e, five of a grade too low. */
static void ten_near_misses_are_shown_and_no_more_than_three_alike(void **state)
{
    struct world *w = *state;
    w->f.line.needed_by = engine_some(FIXTURE_TODAY + 100);
    w->f.line.price_cap = engine_some(100000);
    w->f.line.co2e_cap = engine_some(1000);
    w->f.line.worst_grade = engine_some(ENGINE_GRADE_SECOND);
    uint8_t lot = 1;
    for (int64_t i = 1; i <= 5; i++) {
        add(w, lot++, 1)->lead_time_days = 96 + i;                         /* i of 100 */
        add(w, lot++, 1)->tiers[0].unit_price = 100000 + i;                /* i of 100,000 */
        add(w, lot++, 1)->firing_sources[0].quantity = 367000 + 10000 * i; /* 23, 48, 73 of 1,000 */
        add(w, lot++, 1)->grade = ENGINE_GRADE_BYPRODUCT;                  /* 1 of 1 */
    }
    assert_int_equal(find(w), GM_OK);
    const struct engine_line_answer *line = &w->answer.lines[0];
    assert_int_equal(line->near_misses_found, 20);
    assert_int_equal(line->near_miss_count, ENGINE_NEAR_MISSES_MAX);
    static const struct {
        enum engine_constraint constraint;
        uint8_t lot;
    } expected[] = {
        {ENGINE_CONSTRAINT_PRICE, 2}, {ENGINE_CONSTRAINT_PRICE, 6}, {ENGINE_CONSTRAINT_PRICE, 10},
        {ENGINE_CONSTRAINT_DATE, 1},  {ENGINE_CONSTRAINT_DATE, 5},  {ENGINE_CONSTRAINT_CO2E, 3},
        {ENGINE_CONSTRAINT_DATE, 9},  {ENGINE_CONSTRAINT_CO2E, 7},  {ENGINE_CONSTRAINT_CO2E, 11},
        {ENGINE_CONSTRAINT_GRADE, 4},
    };
    for (size_t i = 0; i < ENGINE_NEAR_MISSES_MAX; i++) {
        assert_int_equal(line->near_misses[i].constraint, expected[i].constraint);
        assert_true(gm_id_equal(line->near_misses[i].lot.id, fixture_lot_id(expected[i].lot).id));
    }
}

static void each_line_is_matched_as_if_alone(void **state)
{
    struct world *w = *state;
    add(w, 1, 1);
    add(w, 2, 4)->grade = ENGINE_GRADE_B;
    struct engine_request_line lines[] = {w->f.line, w->f.line, w->f.line};
    lines[0].worst_grade = engine_some(ENGINE_GRADE_A);
    lines[1].category = FIXTURE_TILE;
    lines[2].excluded = w->f.others;
    lines[2].excluded_count = 2;
    w->f.request.lines = lines;
    w->f.request.line_count = 3;
    assert_int_equal(find(w), GM_OK);
    assert_int_equal(w->answer.lots_seen, 2);
    assert_int_equal(w->answer.line_count, 3);
    assert_int_equal(w->answer.lines[0].match_count, 1);
    assert_int_equal(w->answer.lines[0].near_miss_count, 1);
    assert_int_equal(w->answer.lines[1].match_count, 0);
    assert_int_equal(w->answer.lines[1].near_miss_count, 0);
    assert_int_equal(w->answer.lines[2].match_count, 1);
    assert_true(gm_id_equal(w->answer.lines[2].matches[0].lot.id, fixture_lot_id(2).id));
}

static void a_failure_of_the_lots_is_the_answer(void **state)
{
    struct world *w = *state;
    add(w, 1, 1);
    w->lots.end = GM_CORRUPT;
    w->answer.lots_seen = 99;
    assert_int_equal(find(w), GM_CORRUPT);
    assert_int_equal(w->answer.lots_seen, 99);
}

/* Every size up to what suffices: too large or the same answer, never less of it. */
static void a_full_arena_is_too_large_and_never_a_shorter_answer(void **state)
{
    struct world *w = *state;
    for (uint8_t i = 1; i <= 20; i++)
        add(w, i, i)->lead_time_days = i;
    w->f.line.needed_by = engine_some(FIXTURE_TODAY + 14);

    enum gm_status status = GM_TOO_LARGE;
    size_t refused = 0;
    for (size_t bytes = 16; status != GM_OK; bytes += 16, refused++) {
        struct gm_arena small;
        assert_int_equal(gm_arena_init(&small, bytes), GM_OK);
        w->lots.at = 0;
        w->answer.lots_seen = 99;
        status = engine_find(&w->lots.lots, &w->f.reference, &w->f.request, FIXTURE_TODAY, &small,
                             &w->answer);
        if (status == GM_OK) {
            assert_int_equal(w->answer.lots_seen, 20);
            assert_int_equal(w->answer.lines[0].match_count, 10);
            assert_int_equal(w->answer.lines[0].near_miss_count, 3);
        } else {
            assert_int_equal(status, GM_TOO_LARGE);
            assert_int_equal(w->answer.lots_seen, 99);
        }
        gm_arena_release(&small);
        assert_true(bytes < ARENA_BYTES);
    }
    assert_true(refused > 100);
}

/* As the header states it: by places, lines, matches shown and sellers, not by lots. */
static void memory_is_bounded_by_sellers_not_by_lots(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < LOTS_MAX; i++)
        add(w, (uint8_t)i, (uint8_t)(i % 8))->lead_time_days = i;
    w->f.line.needed_by = engine_some(FIXTURE_TODAY + 200);
    assert_int_equal(find(w), GM_OK);
    assert_true(w->arena.used <= 5120 + 280 * ENGINE_MATCHES_DEFAULT + 128 * 8 + 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_match_carries_all_its_figures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_place_is_measured_from, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_near_miss_carries_what_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_lots_are_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_many_matches_are_shown_as_asked_and_all_are_counted,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(ten_near_misses_are_shown_and_no_more_than_three_alike,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_line_is_matched_as_if_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_of_the_lots_is_the_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_arena_is_too_large_and_never_a_shorter_answer,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_is_bounded_by_sellers_not_by_lots, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
