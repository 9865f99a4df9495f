#include "matching/engine.h"

struct engine_reference engine_reference_defaults(void)
{
    return (struct engine_reference){
        .other_body_g_per_kg = 2000,
        .co2e_g = 2000,
        .gross_ppm = 1150000,
        .air_over_km = 500,
        /* CO2e: UK Government conversion factors 2025, all HGVs, container ship, long-haul air with
         * radiative forcing; tank-to-wheel + well-to-tank. */
        .modes =
            {
                [ENGINE_MODE_ROAD] = {.detour_per_mille = 1300,
                                      .handling_days = 1,
                                      .km_a_day = 500,
                                      .mg_per_tkm = 101630 + 23590},
                [ENGINE_MODE_SEA] = {.detour_per_mille = 1500,
                                     .handling_days = 10,
                                     .km_a_day = 600,
                                     .mg_per_tkm = 16120 + 3650},
                [ENGINE_MODE_AIR] = {.detour_per_mille = 1050,
                                     .handling_days = 3,
                                     .km_a_day = 8000,
                                     .mg_per_tkm = 899390 + 135160},
            },
    };
}
