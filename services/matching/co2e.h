/* matching/co2e.h - grams of CO2e of one base unit: making it and bringing it, fuel well-to-wheel,
 * rounded up. Rules: "CO2e" in README.md. Pure. */
#pragma once

#include "matching/distance.h"
#include "matching/engine.h"

/* What a firing's figures give beyond this stands as this: a sum with any transport still fits. */
#define ENGINE_CO2E_MAX_G (INT64_MAX - INT64_C(1000000000000000))

struct engine_co2e {
    int64_t production_g;
    int64_t transport_g;
    bool is_default; /* no firing is stated: production is the body's pessimistic figure */
};

struct engine_co2e engine_co2e(const struct engine_reference *reference,
                               const struct engine_lot *lot, const struct engine_way *way);

/* Gross mass of one base unit, a pack's shared out among its units. */
int64_t engine_unit_gross_g(const struct engine_reference *reference, const struct engine_lot *lot);
