/* base/random.h - random numbers: a seeded generator for whatever has to happen the same way again
 * (simulator, jitter, tests), and the system's, which alone is fit for keys and ids of live
 * processes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xoshiro256** of Blackman and Vigna; the same numbers for a seed on every machine, for ever. */
struct gm_random {
    uint64_t s[4];
};

/* Any seed is good: splitmix64 spreads it over the state. */
void gm_random_seed(struct gm_random *random, uint64_t seed);

uint64_t gm_random_u64(struct gm_random *random);
/* 0 to bound - 1, all equally likely; bound is positive (asserted). */
uint64_t gm_random_below(struct gm_random *random, uint64_t bound);
/* low to high, both included; low <= high (asserted). */
int64_t gm_random_between(struct gm_random *random, int64_t low, int64_t high);
/* True in ppm of a million draws; one draw, whatever ppm is. */
bool gm_random_chance(struct gm_random *random, uint32_t ppm);
void gm_random_bytes(struct gm_random *random, void *ret, size_t size);

/* From the kernel; waits for its pool at boot, cannot fail afterwards (asserted). */
void gm_random_system(void *ret, size_t size);
