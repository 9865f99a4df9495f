#include "matching/trial.h"

#include "base/assert.h"
#include "matching/constraint.h"

bool engine_try(struct engine_trial *trial, const int32_t *km)
{
    const struct engine_reference *reference = trial->reference;
    const struct engine_lot *lot = trial->lot;

    if (!engine_passes_fixed(trial)) return false;
    trial->quantities = engine_quantities(lot, trial->line, trial->request->split);
    if (engine_is_sold_out(lot, &trial->quantities)) return false;
    if (!engine_price(lot, trial->quantities.n, &trial->price)) return false;

    trial->way = engine_way(reference, &reference->places[lot->ship_from],
                            &reference->places[trial->request->deliver_to], km[lot->ship_from],
                            trial->request->by_air);
    trial->co2e = engine_co2e(reference, lot, &trial->way);
    /* Stock is ready today. */
    trial->arrival = trial->today + lot->lead_time_days + trial->way.transit_days;
    return true;
}
