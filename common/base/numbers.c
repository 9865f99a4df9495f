#include "base/numbers.h"

#include "base/assert.h"

static unsigned __int128 product_of(int64_t a, int64_t b, int64_t divisor)
{
    GM_ASSERT(a >= 0);
    GM_ASSERT(b >= 0);
    GM_ASSERT(divisor > 0);
    return (unsigned __int128)a * (unsigned __int128)b; /* below 2^126: room to round up */
}

static int64_t clamped(unsigned __int128 quotient)
{
    return quotient > INT64_MAX ? INT64_MAX : (int64_t)quotient;
}

int64_t gm_mul_div_floor(int64_t a, int64_t b, int64_t divisor)
{
    return clamped(product_of(a, b, divisor) / (uint64_t)divisor);
}

int64_t gm_mul_div_ceil(int64_t a, int64_t b, int64_t divisor)
{
    const uint64_t up = (uint64_t)divisor - 1;
    return clamped((product_of(a, b, divisor) + up) / (uint64_t)divisor);
}

/* An odd divisor has no ties, so half of it rounded down serves for both. */
int64_t gm_mul_div_half_up(int64_t a, int64_t b, int64_t divisor)
{
    const uint64_t half = (uint64_t)divisor / 2;
    return clamped((product_of(a, b, divisor) + half) / (uint64_t)divisor);
}

bool gm_amount(int64_t quantity, int64_t unit_price, int64_t *ret_amount)
{
    GM_ASSERT(quantity >= 0);
    GM_ASSERT(unit_price >= 0);
    int64_t amount;
    if (!gm_mul(quantity, unit_price, &amount)) return false;
    if (amount > GM_AMOUNT_MAX) return false;
    *ret_amount = amount;
    return true;
}
