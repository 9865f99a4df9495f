#include "matching/quantity.h"

#include "base/assert.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct engine_quantities engine_quantities(const struct engine_lot *lot,
                                           const struct engine_request_line *line,
                                           enum engine_split split)
{
    GM_ASSERT(lot->order_multiple > 0);
    GM_ASSERT(lot->min_order > 0);
    GM_ASSERT(lot->min_order % lot->order_multiple == 0);
    GM_ASSERT(lot->reserved <= lot->on_hand);

    const int64_t multiple = lot->order_multiple;
    /* All that can be promised is stock, and stock is ready today: what is promised by a date is
     * what is promised without one. */
    const int64_t available = lot->on_hand - lot->reserved;
    const int64_t sellable = available / multiple * multiple;
    const int64_t most = gm_mul_div_floor(line->quantity, GM_PPM + line->over_ppm, GM_PPM);
    const int64_t packs_asked = (line->quantity + multiple - 1) / multiple;
    /* Of several sellers one may fall short of what is asked, so none has to pass what is taken. */
    const int64_t packs =
        split == ENGINE_SPLIT_WHOLE ? packs_asked : smaller(packs_asked, most / multiple);
    const int64_t t = larger(lot->min_order, packs * multiple);

    return (struct engine_quantities){
        .sellable = sellable,
        .most = most,
        .t = t,
        .n = smaller(t, sellable),
    };
}

bool engine_is_sold_out(const struct engine_lot *lot, const struct engine_quantities *quantities)
{
    return quantities->sellable < lot->min_order;
}
