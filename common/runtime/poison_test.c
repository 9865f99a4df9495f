#include "runtime/poison.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct gm_id command = {{1}};
static const struct gm_id other = {{2}};
static const struct gm_id content = {{3}};
static const struct gm_id other_content = {{4}};
static const int64_t now_ms = 1000;

static void crash_in(struct gm_poison *poison, struct gm_id id, bool marked)
{
    gm_poison_enter(poison, id, content);
    if (marked) poison->marked = 1;
}

static bool held(const struct gm_poison *poison, struct gm_id id, int64_t at_ms)
{
    return gm_poison_holds(poison, id, content, at_ms);
}

static void a_start_after_a_quiet_stop_condemns_nothing(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    gm_poison_enter(&poison, command, content);
    gm_poison_leave(&poison);
    for (int i = 0; i < 3; i++)
        assert_false(gm_poison_start(&poison, now_ms));
    assert_false(held(&poison, command, now_ms));
    assert_false(held(&poison, (struct gm_id){{0}}, now_ms));
}

static void a_marked_command_is_condemned_by_the_next_start(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    crash_in(&poison, command, true);
    assert_true(gm_poison_start(&poison, now_ms));
    assert_true(held(&poison, command, now_ms));
    assert_false(held(&poison, other, now_ms));
    assert_false(gm_poison_holds(&poison, command, other_content, now_ms));
    assert_false(gm_poison_start(&poison, now_ms));
}

static void an_unmarked_command_is_condemned_by_the_second_start_that_finds_it(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    crash_in(&poison, command, false);
    assert_false(gm_poison_start(&poison, now_ms));
    assert_false(held(&poison, command, now_ms));
    crash_in(&poison, command, false); /* the client's repeat */
    assert_true(gm_poison_start(&poison, now_ms));
    assert_true(held(&poison, command, now_ms));
}

static void a_start_that_decided_nothing_does_not_count(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    crash_in(&poison, command, false);
    for (unsigned i = 0; i < 3 * GM_POISON_STARTS; i++)
        assert_false(gm_poison_start(&poison, now_ms));
    assert_false(held(&poison, command, now_ms));
    crash_in(&poison, command, false);
    assert_true(gm_poison_start(&poison, now_ms));
    assert_true(held(&poison, command, now_ms));
}

static void a_command_in_between_ends_the_row(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    crash_in(&poison, command, false);
    assert_false(gm_poison_start(&poison, now_ms));
    gm_poison_enter(&poison, other, content);
    gm_poison_leave(&poison);
    crash_in(&poison, command, false);
    assert_false(gm_poison_start(&poison, now_ms));
    assert_false(held(&poison, command, now_ms));
}

static void another_command_found_next_is_its_own_first(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    crash_in(&poison, command, false);
    assert_false(gm_poison_start(&poison, now_ms));
    crash_in(&poison, other, false);
    assert_false(gm_poison_start(&poison, now_ms));
    assert_false(held(&poison, other, now_ms));
}

static void quarantine_ends_after_an_hour(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    crash_in(&poison, command, true);
    assert_true(gm_poison_start(&poison, now_ms));
    assert_true(held(&poison, command, now_ms + GM_QUARANTINE_MS - 1));
    assert_false(held(&poison, command, now_ms + GM_QUARANTINE_MS));
}

static void the_oldest_gives_way_when_all_rows_are_taken(void **state)
{
    (void)state;
    struct gm_poison poison = {0};
    for (unsigned i = 0; i <= GM_QUARANTINE_MAX; i++) {
        crash_in(&poison, (struct gm_id){{9, (uint8_t)i}}, true);
        assert_true(gm_poison_start(&poison, now_ms + i));
    }
    assert_false(held(&poison, (struct gm_id){{9, 0}}, now_ms));
    for (unsigned i = 1; i <= GM_QUARANTINE_MAX; i++)
        assert_true(held(&poison, (struct gm_id){{9, (uint8_t)i}}, now_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_after_a_quiet_stop_condemns_nothing),
        cmocka_unit_test(a_marked_command_is_condemned_by_the_next_start),
        cmocka_unit_test(an_unmarked_command_is_condemned_by_the_second_start_that_finds_it),
        cmocka_unit_test(a_start_that_decided_nothing_does_not_count),
        cmocka_unit_test(a_command_in_between_ends_the_row),
        cmocka_unit_test(another_command_found_next_is_its_own_first),
        cmocka_unit_test(quarantine_ends_after_an_hour),
        cmocka_unit_test(the_oldest_gives_way_when_all_rows_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
