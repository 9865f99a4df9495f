/* matching/price.h - what n units of a lot cost where they are wanted. Rules: "Prices" in
 * README.md. Pure. Minor units of the lot's currency. */
#pragma once

#include "matching/engine.h"

struct engine_price {
    int64_t unit_price; /* of the tier reached, for all units */
    int64_t amount;     /* goods */
    int64_t freight;
    int64_t landed;      /* amount + freight */
    int64_t unit_landed; /* rounded up */
};

/* Of n units, at least the lot's least order (asserted). False, and *ret_price untouched, where the
 * amount passes GM_AMOUNT_MAX. */
GM_CHECKED bool engine_price(const struct engine_lot *lot, int64_t n,
                             struct engine_price *ret_price);

/* Does the buyer fetch it, or pay the carrier? Then freight is 0 and said so. */
bool engine_is_freight_by_buyer(const struct engine_lot *lot);

/* The smallest quantity of a higher tier, up to sellable, that costs less landed than n units do; 0
 * where there is none. */
int64_t engine_cheaper_at(const struct engine_lot *lot, int64_t sellable, int64_t n);
