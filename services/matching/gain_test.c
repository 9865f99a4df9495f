#include "matching/gain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

enum { ROWS_MAX = 8, GAINS_EXPECTED_MAX = 4 };

/* A match has excess 0; it stands before the near misses or after them. */
struct offer {
    uint8_t seller;
    enum engine_constraint constraint;
    int64_t excess, unit_landed;
};

struct expected {
    enum engine_constraint constraint;
    int64_t relax, suppliers_added, unit_landed;
    int64_t saving_ppm; /* NOT_SET where nothing matches */
};

#define NOT_SET  INT64_MIN
#define QUANTITY ENGINE_CONSTRAINT_QUANTITY
#define DATE     ENGINE_CONSTRAINT_DATE
#define PRICE    ENGINE_CONSTRAINT_PRICE

struct row {
    const char *label;
    struct offer offers[ROWS_MAX];
    struct expected gains[GAINS_EXPECTED_MAX]; /* up to the first of relax 0 */
};

static const struct row rows[] = {
    {"nothing at all", {{0}}, {{0}}},
    {"matches alone", {{1, DATE, 0, 100}}, {{0}}},
    {"a near miss where nothing matches", {{1, DATE, 3, 100}}, {{DATE, 3, 1, 100, NOT_SET}}},
    {"the nearest of several sellers, and a cheaper one further on",
     {{1, DATE, 3, 100}, {2, DATE, 5, 90}, {3, DATE, 9, 95}},
     {{DATE, 3, 1, 100, NOT_SET}, {DATE, 5, 2, 90, NOT_SET}}},
    {"several lots of a seller are one supplier",
     {{1, DATE, 3, 100}, {1, DATE, 3, 120}, {1, DATE, 2, 110}, {2, DATE, 1, 200}},
     {{DATE, 1, 1, 200, NOT_SET}, {DATE, 3, 2, 100, NOT_SET}}},
    {"of the cheapest the nearest",
     {{1, DATE, 1, 100}, {2, DATE, 7, 90}, {3, DATE, 4, 90}},
     {{DATE, 1, 1, 100, NOT_SET}, {DATE, 4, 2, 90, NOT_SET}}},
    {"a cheaper lot of a seller with a match saves",
     {{1, DATE, 0, 100}, {1, DATE, 2, 75}},
     {{DATE, 2, 0, 75, 250000}}},
    {"a saving is floored", {{1, DATE, 0, 3}, {1, DATE, 2, 2}}, {{DATE, 2, 0, 2, 333333}}},
    {"one that rounds to nothing is none", {{1, DATE, 0, 1000001}, {1, DATE, 2, 1000000}}, {{0}}},
    {"as dear is no saving", {{1, DATE, 0, 100}, {1, DATE, 2, 100}}, {{0}}},
    {"a new supplier, though dearer",
     {{1, DATE, 0, 100}, {2, DATE, 2, 150}},
     {{DATE, 2, 1, 150, 0}}},
    {"a new supplier, and further on a saving",
     {{1, DATE, 0, 100}, {2, DATE, 2, 150}, {1, DATE, 4, 90}},
     {{DATE, 2, 1, 150, 0}, {DATE, 4, 1, 90, 100000}}},
    {"a saving that is nearer than the new supplier comes after it",
     {{1, DATE, 0, 100}, {2, DATE, 4, 150}, {1, DATE, 2, 90}},
     {{DATE, 4, 1, 90, 100000}, {DATE, 2, 0, 90, 100000}}},
    {"the cheapest adds a supplier though it saves nothing",
     {{1, DATE, 0, 50}, {2, DATE, 2, 150}, {3, DATE, 4, 140}},
     {{DATE, 2, 1, 150, 0}, {DATE, 4, 2, 140, 0}}},
    {"neither more suppliers nor a greater saving",
     {{1, DATE, 0, 50}, {2, DATE, 2, 150}, {2, DATE, 4, 140}},
     {{DATE, 2, 1, 150, 0}}},
    {"where nothing matches a lower price is enough",
     {{2, DATE, 2, 150}, {2, DATE, 4, 140}},
     {{DATE, 2, 1, 150, NOT_SET}, {DATE, 4, 1, 140, NOT_SET}}},
    {"less quantity is no saving", {{1, QUANTITY, 0, 100}, {1, QUANTITY, 5, 50}}, {{0}}},
    {"less quantity brings suppliers, the nearest alone",
     {{1, QUANTITY, 0, 100}, {2, QUANTITY, 5, 50}, {3, QUANTITY, 7, 40}},
     {{QUANTITY, 5, 1, 50, 0}}},
    {"a match for nothing cannot be undercut",
     {{1, DATE, 0, 0}, {2, DATE, 5, 0}},
     {{DATE, 5, 1, 0, 0}}},
    {"each constraint by itself, in their order",
     {{1, PRICE, 7, 100}, {2, DATE, 3, 100}, {3, QUANTITY, 5, 100}},
     {{QUANTITY, 5, 1, 100, NOT_SET}, {DATE, 3, 1, 100, NOT_SET}, {PRICE, 7, 1, 100, NOT_SET}}},
    {"dearer lots further on are no step",
     {{1, DATE, 2, 100}, {2, DATE, 3, 100}, {3, DATE, 5, 90}, {4, DATE, 4, 95}, {5, DATE, 6, 90}},
     {{DATE, 2, 1, 100, NOT_SET}, {DATE, 5, 4, 90, NOT_SET}}},
};

static void add(struct engine_gains *gains, const struct offer *offer)
{
    const struct gm_member_id seller = fixture_member(offer->seller);
    if (offer->seller == 0) return;
    if (offer->excess == 0) {
        assert_int_equal(engine_gains_add_match(gains, seller, offer->unit_landed), GM_OK);
        return;
    }
    const struct engine_failure failure = {.constraint = offer->constraint,
                                           .excess = offer->excess};
    assert_int_equal(engine_gains_add_near_miss(gains, seller, &failure, offer->unit_landed),
                     GM_OK);
}

static void expect(const struct row *row, const struct engine_gains *gains)
{
    struct engine_gain got[ENGINE_GAINS_MAX];
    const size_t count = engine_gains_of_all(gains, got);
    size_t expected = 0;
    while (expected < GAINS_EXPECTED_MAX && row->gains[expected].relax > 0)
        expected++;
    assert_int_equal(count, expected);
    for (size_t i = 0; i < count; i++) {
        const struct expected *gain = &row->gains[i];
        assert_int_equal(got[i].constraint, gain->constraint);
        assert_int_equal(got[i].relax, gain->relax);
        assert_int_equal(got[i].suppliers_added, gain->suppliers_added);
        assert_int_equal(got[i].unit_landed, gain->unit_landed);
        assert_int_equal(got[i].saving_ppm.is_set, gain->saving_ppm != NOT_SET);
        if (gain->saving_ppm != NOT_SET)
            assert_int_equal(got[i].saving_ppm.value, gain->saving_ppm);
    }
}

static void relaxing_brings_suppliers_and_savings_in_any_order_of_lots(void **state)
{
    (void)state;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 1 << 16), GM_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        for (size_t first = 0; first < ROWS_MAX; first++) {
            struct engine_gains forward = {.arena = &arena};
            struct engine_gains backward = {.arena = &arena};
            for (size_t j = 0; j < ROWS_MAX; j++) {
                add(&forward, &rows[i].offers[(first + j) % ROWS_MAX]);
                add(&backward, &rows[i].offers[(first + ROWS_MAX - j) % ROWS_MAX]);
            }
            expect(&rows[i], &forward);
            expect(&rows[i], &backward);
            gm_arena_reset(&arena);
        }
    }
    gm_arena_release(&arena);
}

static void many_sellers_and_steps_are_all_counted(void **state)
{
    (void)state;
    enum { SELLERS = 1000 };
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 1 << 20), GM_OK);
    struct engine_gains gains = {.arena = &arena};
    for (int i = 0; i < SELLERS; i++) {
        /* 7 and 1000 share no factor: every seller once, in a scattered order. */
        const int at = i * 7 % SELLERS;
        const struct gm_member_id seller = {{{(uint8_t)(at >> 8), (uint8_t)at}}};
        const struct engine_failure failure = {.constraint = DATE, .excess = at + 1};
        assert_int_equal(engine_gains_add_near_miss(&gains, seller, &failure, 5000 - at), GM_OK);
    }
    struct engine_gain got[ENGINE_GAINS_MAX];
    assert_int_equal(engine_gains_of_all(&gains, got), 2);
    assert_int_equal(got[0].relax, 1);
    assert_int_equal(got[0].suppliers_added, 1);
    assert_int_equal(got[0].unit_landed, 5000);
    assert_int_equal(got[1].relax, SELLERS);
    assert_int_equal(got[1].suppliers_added, SELLERS);
    assert_int_equal(got[1].unit_landed, 5000 - SELLERS + 1);
    gm_arena_release(&arena);
}

/* Room for the seller and no step; for one step and no second seller. */
static void a_full_arena_is_said(void **state)
{
    (void)state;
    const struct engine_failure failure = {.constraint = DATE, .excess = 1};
    size_t refused_first = 0;
    size_t refused_second = 0;
    for (size_t bytes = 16; bytes <= 512; bytes += 16) {
        struct gm_arena arena;
        assert_int_equal(gm_arena_init(&arena, bytes), GM_OK);
        struct engine_gains gains = {.arena = &arena};
        struct engine_gain got[ENGINE_GAINS_MAX];
        if (engine_gains_add_near_miss(&gains, fixture_member(1), &failure, 5) != GM_OK) {
            refused_first++;
        } else {
            assert_int_equal(engine_gains_of_all(&gains, got), 1);
            if (engine_gains_add_match(&gains, fixture_member(2), 5) != GM_OK) refused_second++;
        }
        gm_arena_release(&arena);
    }
    assert_in_range(refused_first, 1, 20);
    assert_in_range(refused_second, 1, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relaxing_brings_suppliers_and_savings_in_any_order_of_lots),
        cmocka_unit_test(many_sellers_and_steps_are_all_counted),
        cmocka_unit_test(a_full_arena_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
