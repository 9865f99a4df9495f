/* matching/distance.h - how far, by which way, how long. Rules: "Distance and transit" in
 * README.md. Pure. engine_distance_km is the only floating point in the system. */
#pragma once

#include "matching/engine.h"

/* How goods come from one place to another. */
struct engine_way {
    int64_t km; /* as the crow flies */
    enum engine_mode mode;
    int64_t mode_km;
    int64_t transit_days;
};

/* Great circle, whole km, ties up; the same in both directions. */
int32_t engine_distance_km(const struct engine_place *a, const struct engine_place *b);

/* The way between two places that lie km apart. */
struct engine_way engine_way(const struct engine_reference *reference,
                             const struct engine_place *from, const struct engine_place *to,
                             int64_t km, bool by_air);
