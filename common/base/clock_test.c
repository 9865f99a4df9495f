#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"

#define START INT64_C(1700000000000)

static struct gm_clock clock_at_start(void)
{
    struct gm_clock clock;
    gm_clock_init(&clock, (struct gm_clock_reading){START, 5000}, 0);
    return clock;
}

/* Milliseconds since START that the clock shows once the wall and the monotonic clock have gone on.
 */
static int64_t shown(struct gm_clock *clock, int64_t wall_ms, int64_t monotonic_ms)
{
    const struct gm_clock_reading reading = {START + wall_ms, 5000 + monotonic_ms};
    const int64_t now_ms = gm_clock_update(clock, reading);
    assert_true(now_ms == clock->now_ms);
    return now_ms - START;
}

static void it_begins_at_the_wall_but_not_before_the_floor(void **state)
{
    (void)state;
    struct gm_clock clock;
    gm_clock_init(&clock, (struct gm_clock_reading){START, 0}, START - 1);
    assert_true(clock.now_ms == START);
    gm_clock_init(&clock, (struct gm_clock_reading){START, 0}, START + 10 * GM_CLOCK_STEP_MAX_MS);
    assert_true(clock.now_ms == START + 10 * GM_CLOCK_STEP_MAX_MS);
    assert_false(clock.jumped);
    gm_clock_init(&clock, (struct gm_clock_reading){-5, 0}, 0);
    assert_true(clock.now_ms == 0);
}

static void it_follows_a_wall_that_runs_a_little_ahead(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    assert_int_equal(shown(&clock, 0, 0), 0);
    assert_int_equal(shown(&clock, 100, 100), 100);
    assert_int_equal(shown(&clock, 250, 200), 250);
    assert_int_equal(shown(&clock, 60260, 210), 60260); /* a step of 60 s to the millisecond */
    assert_false(clock.jumped);
}

static void a_step_of_more_than_60_s_is_not_followed(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    assert_int_equal(shown(&clock, 60001, 0), 0);
    assert_true(clock.jumped);
    assert_int_equal(shown(&clock, 60501, 500), 500); /* on with the monotonic clock */
    assert_true(clock.jumped);
}

static void the_jump_ends_when_the_wall_returns(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    shown(&clock, 3600000, 0);
    assert_true(clock.jumped);
    assert_int_equal(shown(&clock, 1010, 1000), 1010);
    assert_false(clock.jumped);
    assert_int_equal(shown(&clock, 1020, 1010), 1020);
}

static void the_jump_ends_when_the_operator_confirms(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    shown(&clock, 3600000, 100);
    gm_clock_confirm(&clock);
    assert_false(clock.jumped);
    assert_true(clock.now_ms == START + 3600000);
    assert_int_equal(shown(&clock, 3600100, 200), 3600100);
    assert_false(clock.jumped);
}

static void a_confirmation_never_turns_it_back(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    shown(&clock, -5000, 100);
    gm_clock_confirm(&clock);
    assert_int_equal(shown(&clock, -4900, 200), 100);
}

static void behind_it_goes_on_at_half_speed_until_the_wall_is_there(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    assert_int_equal(shown(&clock, -1000, 0), 0);
    assert_int_equal(shown(&clock, 0, 1000), 500);
    assert_int_equal(shown(&clock, 900, 1900), 950);
    assert_int_equal(shown(&clock, 1000, 2000), 1000);
    assert_int_equal(shown(&clock, 1100, 2100), 1100);
    assert_false(clock.jumped);
}

static void half_speed_is_kept_when_every_reading_is_a_millisecond_apart(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    for (int64_t ms = 0; ms <= 1000; ms++) {
        shown(&clock, ms - 100000, ms);
    }
    assert_true(clock.now_ms == START + 500);
}

static void an_older_monotonic_reading_does_not_turn_it_back(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    assert_int_equal(shown(&clock, 100, 100), 100);
    assert_int_equal(shown(&clock, 40, 40), 100);
    assert_int_equal(shown(&clock, 110, 110), 110);
}

static void time_asleep_is_no_jump_where_the_monotonic_clock_counts_it(void **state)
{
    (void)state;
    struct gm_clock clock = clock_at_start();
    assert_int_equal(shown(&clock, 86400000, 86399000), 86400000);
    assert_false(clock.jumped);
}

static void whatever_the_clocks_do_now_never_runs_back_and_never_leaps(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct gm_random random;
        gm_random_seed(&random, seed);
        struct gm_clock clock = clock_at_start();
        int64_t wall_ms = 0, monotonic_ms = 0, last = 0;
        for (int i = 0; i < 2000; i++) {
            const int64_t elapsed = gm_random_between(&random, 0, 50);
            monotonic_ms += elapsed;
            wall_ms += elapsed;
            if (gm_random_chance(&random, 20000)) {
                wall_ms += gm_random_between(&random, -200000, 200000);
            }
            if (gm_random_chance(&random, 2000)) wall_ms = monotonic_ms;
            const int64_t now = shown(&clock, wall_ms, monotonic_ms);
            if (now < last || now > last + elapsed + GM_CLOCK_STEP_MAX_MS) {
                fail_msg("seed %d, step %d", (int)seed, i);
            }
            last = now;
        }
    }
}

static void the_systems_clocks_go_forward(void **state)
{
    (void)state;
    const struct gm_clock_reading first = gm_clock_read_system();
    const struct gm_clock_reading second = gm_clock_read_system();
    assert_true(first.wall_ms > INT64_C(1600000000000)); /* milliseconds, and since 1970 */
    assert_true(first.wall_ms < INT64_C(16000000000000));
    assert_true(first.monotonic_ms > 0);
    assert_true(second.monotonic_ms >= first.monotonic_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_at_the_wall_but_not_before_the_floor),
        cmocka_unit_test(it_follows_a_wall_that_runs_a_little_ahead),
        cmocka_unit_test(a_step_of_more_than_60_s_is_not_followed),
        cmocka_unit_test(the_jump_ends_when_the_wall_returns),
        cmocka_unit_test(the_jump_ends_when_the_operator_confirms),
        cmocka_unit_test(a_confirmation_never_turns_it_back),
        cmocka_unit_test(behind_it_goes_on_at_half_speed_until_the_wall_is_there),
        cmocka_unit_test(half_speed_is_kept_when_every_reading_is_a_millisecond_apart),
        cmocka_unit_test(an_older_monotonic_reading_does_not_turn_it_back),
        cmocka_unit_test(time_asleep_is_no_jump_where_the_monotonic_clock_counts_it),
        cmocka_unit_test(whatever_the_clocks_do_now_never_runs_back_and_never_leaps),
        cmocka_unit_test(the_systems_clocks_go_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
