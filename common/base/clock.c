#include "base/clock.h"

#include "base/assert.h"

void gm_clock_init(struct gm_clock *clock, struct gm_clock_reading reading, int64_t floor_ms)
{
    GM_ASSERT(floor_ms >= 0);
    *clock = (struct gm_clock){
        .now_ms = reading.wall_ms > floor_ms ? reading.wall_ms : floor_ms,
        .last = reading,
    };
}

int64_t gm_clock_update(struct gm_clock *clock, struct gm_clock_reading reading)
{
    if (reading.monotonic_ms < clock->last.monotonic_ms) {
        reading.monotonic_ms = clock->last.monotonic_ms;
    }
    const int64_t elapsed_ms = reading.monotonic_ms - clock->last.monotonic_ms;
    const int64_t expected_ms = clock->now_ms + elapsed_ms;
    clock->last = reading;
    clock->jumped = reading.wall_ms > expected_ms + GM_CLOCK_STEP_MAX_MS;
    if (clock->jumped) {
        clock->now_ms = expected_ms;
    } else if (reading.wall_ms >= expected_ms) {
        clock->now_ms = reading.wall_ms;
    } else {
        const int64_t halves = elapsed_ms + (clock->half ? 1 : 0);
        const int64_t slowed_ms = clock->now_ms + halves / 2;
        clock->half = halves % 2 == 1;
        clock->now_ms = reading.wall_ms > slowed_ms ? reading.wall_ms : slowed_ms;
    }
    return clock->now_ms;
}

void gm_clock_confirm(struct gm_clock *clock)
{
    if (clock->last.wall_ms > clock->now_ms) clock->now_ms = clock->last.wall_ms;
    clock->jumped = false;
}
