/* matching/quantity.h - how much of a lot a line takes. Rules: "Quantities" in README.md. Pure. */
#pragma once

#include "matching/engine.h"

struct engine_quantities {
    int64_t sellable; /* s: what is available, in whole order multiples */
    int64_t most;     /* what the buyer takes at most */
    int64_t t;
    int64_t n; /* 0 only where the lot is sold out */
};

struct engine_quantities engine_quantities(const struct engine_lot *lot,
                                           const struct engine_request_line *line,
                                           enum engine_split split);

/* Less to sell than its least order. */
bool engine_is_sold_out(const struct engine_lot *lot, const struct engine_quantities *quantities);
