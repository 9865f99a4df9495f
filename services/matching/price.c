#include "matching/price.h"

#include "base/assert.h"

static const bool freight_by_buyer[ENGINE_INCOTERM_COUNT] = {
    [ENGINE_INCOTERM_EXW] = true,
    [ENGINE_INCOTERM_FCA] = true,
};

bool engine_is_freight_by_buyer(const struct engine_lot *lot)
{
    GM_ASSERT(lot->incoterm < ENGINE_INCOTERM_COUNT);
    return freight_by_buyer[lot->incoterm];
}

static int64_t unit_price_at(const struct engine_lot *lot, int64_t n)
{
    GM_ASSERT(lot->tier_count > 0);
    GM_ASSERT(lot->tier_count <= ENGINE_TIERS_MAX);
    GM_ASSERT(n >= lot->tiers[0].from);

    size_t reached = 0;
    while (reached + 1 < lot->tier_count && lot->tiers[reached + 1].from <= n)
        reached++;
    return lot->tiers[reached].unit_price;
}

/* Every rule of delivery that there is leaves the carriage to the buyer. */
static int64_t freight_of(const struct engine_lot *lot)
{
    GM_ASSERT(engine_is_freight_by_buyer(lot));
    return 0;
}

bool engine_price(const struct engine_lot *lot, int64_t n, struct engine_price *ret_price)
{
    const int64_t unit_price = unit_price_at(lot, n);
    int64_t amount;
    if (!gm_amount(n, unit_price, &amount)) return false;

    const int64_t freight = freight_of(lot);
    const int64_t landed = amount + freight;
    *ret_price = (struct engine_price){
        .unit_price = unit_price,
        .amount = amount,
        .freight = freight,
        .landed = landed,
        .unit_landed = gm_mul_div_ceil(landed, 1, n),
    };
    return true;
}

int64_t engine_cheaper_at(const struct engine_lot *lot, int64_t sellable, int64_t n)
{
    struct engine_price now;
    if (!engine_price(lot, n, &now)) return 0;

    const int64_t multiple = lot->order_multiple;
    for (size_t i = 0; i < lot->tier_count; i++) {
        const int64_t from = lot->tiers[i].from;
        if (from <= n) continue;
        const int64_t quantity = (from + multiple - 1) / multiple * multiple;
        if (quantity > sellable) return 0;
        struct engine_price then;
        if (engine_price(lot, quantity, &then) && then.landed < now.landed) return quantity;
    }
    return 0;
}
