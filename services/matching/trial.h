/* matching/trial.h - one lot held against one line, with the figures that constraints, scores and
 * notes compare. Borrows everything; lives as long as the comparison. */
#pragma once

#include "matching/co2e.h"
#include "matching/distance.h"
#include "matching/engine.h"
#include "matching/price.h"
#include "matching/quantity.h"

struct engine_trial {
    const struct engine_reference *reference;
    const struct engine_request *request;
    const struct engine_request_line *line;
    const struct engine_lot *lot;
    int64_t today;
    struct engine_quantities quantities;
    /* Those below are there once the lot passes every fixed constraint. */
    struct engine_price price;
    struct engine_way way;
    struct engine_co2e co2e;
    int64_t arrival; /* day */
};

static inline int64_t engine_trial_co2e_g(const struct engine_trial *trial)
{
    return trial->co2e.production_g + trial->co2e.transport_g;
}

/* Holds the lot against the line and figures out the trial; km[row] is how far a place lies from
 * where the goods are wanted. False, the figures half written, where a fixed constraint fails. */
GM_CHECKED bool engine_try(struct engine_trial *trial, const int32_t *km);
