#include "base/random.h"

#include <string.h>

#include "base/assert.h"

static uint64_t rotate_left(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

void gm_random_seed(struct gm_random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t mixed = seed;
        mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
        random->s[i] = mixed ^ mixed >> 31;
    }
}

uint64_t gm_random_u64(struct gm_random *random)
{
    uint64_t *s = random->s;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t gm_random_below(struct gm_random *random, uint64_t bound)
{
    GM_ASSERT(bound > 0);
    /* 2^64 is rarely a multiple of bound: draws from the incomplete last run are thrown away, or
     * its numbers would come up more often than the others. */
    const uint64_t incomplete = -bound % bound;
    uint64_t draw;
    do {
        draw = gm_random_u64(random);
    } while (draw < incomplete);
    return draw % bound;
}

int64_t gm_random_between(struct gm_random *random, int64_t low, int64_t high)
{
    GM_ASSERT(low <= high);
    const uint64_t span = (uint64_t)high - (uint64_t)low;
    const uint64_t offset =
        span == UINT64_MAX ? gm_random_u64(random) : gm_random_below(random, span + 1);
    return (int64_t)((uint64_t)low + offset);
}

bool gm_random_chance(struct gm_random *random, uint32_t ppm)
{
    return gm_random_below(random, 1000000) < ppm;
}

void gm_random_bytes(struct gm_random *random, void *ret, size_t size)
{
    uint8_t *at = ret;
    while (size > 0) {
        const uint64_t draw = gm_random_u64(random);
        const size_t piece = size < sizeof draw ? size : sizeof draw;
        memcpy(at, &draw, piece);
        at += piece;
        size -= piece;
    }
}
