#include "matching/distance.h"

#include <math.h>

#include "base/assert.h"

static double radians(int32_t microdegrees)
{
    return microdegrees * (M_PI / 180e6);
}

int32_t engine_distance_km(const struct engine_place *a, const struct engine_place *b)
{
    const double radius_km = 6371.0088;
    const double north = sin((radians(b->latitude) - radians(a->latitude)) / 2);
    const double east = sin((radians(b->longitude) - radians(a->longitude)) / 2);
    const double h =
        north * north + cos(radians(a->latitude)) * cos(radians(b->latitude)) * east * east;
    /* Rounding can lift h above 1 at the antipodes, where asin would be no number. */
    return (int32_t)floor(2 * radius_km * asin(fmin(1, sqrt(h))) + 0.5);
}

static bool has_road(const struct engine_reference *reference, uint16_t a, uint16_t b)
{
    if (a == b) return true;
    for (size_t i = 0; i < reference->border_count; i++) {
        const uint16_t *pair = reference->borders[i].countries;
        if ((pair[0] == a && pair[1] == b) || (pair[0] == b && pair[1] == a)) return true;
    }
    return false;
}

struct engine_way engine_way(const struct engine_reference *reference,
                             const struct engine_place *from, const struct engine_place *to,
                             int64_t km, bool by_air)
{
    const bool road = has_road(reference, from->country, to->country);
    enum engine_mode mode = road ? ENGINE_MODE_ROAD : ENGINE_MODE_SEA;
    if (by_air && (km > reference->air_over_km || !road)) mode = ENGINE_MODE_AIR;

    const struct engine_mode_figures *figures = &reference->modes[mode];
    const int64_t mode_km = gm_mul_div_ceil(km, figures->detour_per_mille, 1000);
    return (struct engine_way){
        .km = km,
        .mode = mode,
        .mode_km = mode_km,
        .transit_days = figures->handling_days + gm_mul_div_ceil(mode_km, 1, figures->km_a_day),
    };
}
