#include "matching/co2e.h"

#include "base/assert.h"

int64_t engine_unit_gross_g(const struct engine_reference *reference, const struct engine_lot *lot)
{
    if (lot->pack_units > 0) return gm_mul_div_ceil(lot->pack_gross_g, 1, lot->pack_units);
    return gm_mul_div_ceil(lot->mass_g, reference->gross_ppm, GM_PPM);
}

static bool states_firing(const struct engine_reference *reference, const struct engine_lot *lot)
{
    GM_ASSERT(lot->firing_source_count <= ENGINE_FIRING_SOURCES_MAX);
    for (size_t i = 0; i < lot->firing_source_count; i++) {
        if (lot->firing_sources[i].energy >= reference->energy_count) return false;
    }
    return lot->firing_source_count > 0;
}

static int64_t fired_g(const struct engine_reference *reference, const struct engine_lot *lot)
{
    GM_ASSERT(lot->firing_output_g > 0);

    /* 4 sources of 10^12 units at some 10^7 microgram pass 2^63, and with a mass still not 2^128.
     */
    unsigned __int128 micrograms = 0;
    for (size_t i = 0; i < lot->firing_source_count; i++) {
        const struct engine_energy_use *use = &lot->firing_sources[i];
        micrograms +=
            (unsigned __int128)use->quantity * (unsigned __int128)reference->energies[use->energy];
    }
    const unsigned __int128 divisor = (unsigned __int128)lot->firing_output_g * 1000000;
    const unsigned __int128 grams =
        ((unsigned __int128)lot->mass_g * micrograms + divisor - 1) / divisor;
    return grams < ENGINE_CO2E_MAX_G ? (int64_t)grams : ENGINE_CO2E_MAX_G;
}

static int64_t default_g(const struct engine_reference *reference, const struct engine_lot *lot)
{
    int64_t g_per_kg = reference->other_body_g_per_kg;
    for (size_t i = 0; i < reference->body_count; i++) {
        if (reference->bodies[i].body == lot->body) g_per_kg = reference->bodies[i].g_per_kg;
    }
    return gm_mul_div_ceil(lot->mass_g, g_per_kg, 1000);
}

struct engine_co2e engine_co2e(const struct engine_reference *reference,
                               const struct engine_lot *lot, const struct engine_way *way)
{
    const bool is_fired = states_firing(reference, lot);
    const int64_t gram_km = engine_unit_gross_g(reference, lot) * way->mode_km;
    return (struct engine_co2e){
        .production_g = is_fired ? fired_g(reference, lot) : default_g(reference, lot),
        .transport_g = gm_mul_div_ceil(gram_km, reference->modes[way->mode].mg_per_tkm, 1000000000),
        .is_default = !is_fired,
    };
}
