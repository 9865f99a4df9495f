#include <time.h>

#include "base/assert.h"
#include "base/clock.h"

static int64_t read_ms(clockid_t id)
{
    struct timespec time;
    const int result = clock_gettime(id, &time);
    GM_ASSERT(result == 0);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct gm_clock_reading gm_clock_read_system(void)
{
    return (struct gm_clock_reading){
        .wall_ms = read_ms(CLOCK_REALTIME),
        .monotonic_ms = read_ms(CLOCK_BOOTTIME),
    };
}
