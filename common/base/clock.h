/* base/clock.h - what time it is, from readings that the caller hands in: pure, so that the
 * simulator's clock is the same code. `now` advances with the monotonic clock and follows the wall
 * clock; it never runs backwards:
 *
 *   the wall is            now
 *   at most 60 s ahead     follows it
 *   further ahead          does not: it goes on with the monotonic clock and the clock has jumped,
 *                          until the wall returns or an operator confirms it
 *   behind                 goes on at half speed until the wall has caught up, so that what is due
 *                          still falls due
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GM_CLOCK_STEP_MAX_MS INT64_C(60000)

struct gm_clock_reading {
    int64_t wall_ms;      /* UTC since 1970 */
    int64_t monotonic_ms; /* since some start; a reading older than the last counts as the last */
};

struct gm_clock {
    int64_t now_ms;
    struct gm_clock_reading last;
    bool jumped;
    bool half; /* half a millisecond owed, when at half speed */
};

/* Begins at the wall clock, but not before floor_ms (0 or more): the newest time in the journal. */
void gm_clock_init(struct gm_clock *clock, struct gm_clock_reading reading, int64_t floor_ms);

/* Takes a reading; returns the new now_ms. */
int64_t gm_clock_update(struct gm_clock *clock, struct gm_clock_reading reading);

/* The wall clock as last read is right, the operator says: follow it whatever the step. */
void gm_clock_confirm(struct gm_clock *clock);

/* Reads both clocks. The monotonic one counts the time that the machine was suspended
 * (CLOCK_BOOTTIME): a laptop that wakes up has not jumped. */
struct gm_clock_reading gm_clock_read_system(void);
