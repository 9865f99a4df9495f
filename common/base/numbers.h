/* base/numbers.h - checked integers and money. No floating point: a division names its rounding,
 * an overflow is the caller's refusal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* False, and *ret untouched, where the result does not fit. */
GM_CHECKED static inline bool gm_add(int64_t a, int64_t b, int64_t *ret)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *ret = sum;
    return true;
}

GM_CHECKED static inline bool gm_mul(int64_t a, int64_t b, int64_t *ret)
{
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *ret = product;
    return true;
}

/* floor, ceil or half-up of a x b / divisor over 128 bits. Arguments are 0 or more, divisor is
 * positive (asserted); the quotient is clamped to INT64_MAX, so that whoever compares it with a
 * limit sees it as over. Half up: ties go up. */
int64_t gm_mul_div_floor(int64_t a, int64_t b, int64_t divisor);
int64_t gm_mul_div_ceil(int64_t a, int64_t b, int64_t divisor);
int64_t gm_mul_div_half_up(int64_t a, int64_t b, int64_t divisor);

/* An ISO 4217 code as three letters in the low 24 bits: "VND" is 'V' << 16 | 'N' << 8 | 'D'; 0 is
 * none. */
struct gm_currency {
    uint32_t code;
};

/* Minor units of a currency: VND has none, so 1,200,000 dong is {1200000, VND}. */
struct gm_money {
    int64_t minor;
    struct gm_currency currency;
};

enum {
    GM_UNIT_PRICE_MAX_LOG10 = 12, /* a unit price is 0 to 10^12 minor units */
    GM_AMOUNT_MAX_LOG10 = 15, /* an amount is 0 to 10^15 minor units, over it AMOUNT_TOO_LARGE */
};
#define GM_UNIT_PRICE_MAX INT64_C(1000000000000)
#define GM_AMOUNT_MAX     INT64_C(1000000000000000)
#define GM_QUANTITY_MAX   INT64_C(1000000000) /* base units */
#define GM_PPM            INT64_C(1000000)    /* the whole, in parts per million */

static inline bool gm_currency_equal(struct gm_currency a, struct gm_currency b)
{
    return a.code == b.code;
}

/* Three letters A to Z; whether ISO 4217 lists it is gm_currency_known. */
GM_CHECKED enum gm_status gm_currency_parse(const char *text, struct gm_currency *ret_currency);
/* Writes three letters and a NUL, or "" for none. Returns ret. */
char *gm_currency_text(struct gm_currency currency, char ret[4]);
/* Listed by ISO 4217 with minor units: money, not metals, funds without them or test codes. */
bool gm_currency_known(struct gm_currency currency);
/* Digits after the point: 0 for VND and JPY, 2 for EUR, 3 for KWD; 0 where it is not known. */
int gm_currency_exponent(struct gm_currency currency);

/* amount = quantity x unit price; false where it passes GM_AMOUNT_MAX. Both 0 or more (asserted).
 */
GM_CHECKED bool gm_amount(int64_t quantity, int64_t unit_price, int64_t *ret_amount);
