/* base/time.h - instants are UTC milliseconds since 1970, dates are calendar days in
 * Asia/Ho_Chi_Minh (UTC+7, no summer time) since 1970-01-01. Pure arithmetic: nothing here reads a
 * clock. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

#define GM_SECOND_MS INT64_C(1000)
#define GM_MINUTE_MS (60 * GM_SECOND_MS)
#define GM_HOUR_MS   (60 * GM_MINUTE_MS)
#define GM_DAY_MS    (24 * GM_HOUR_MS)

enum {
    GM_DATE_TEXT_MAX = 16,    /* "2026-11-24" or "24/11/2026", NUL */
    GM_INSTANT_TEXT_MAX = 32, /* "2026-11-24T23:59:59.999Z", NUL */
    GM_DAY_MAX = 2932896,     /* 9999-12-31; the first day is 0 */
};

/* The day in Viet Nam of an instant, floored, clamped to 32 bits; and the instant at which a day
 * begins there. */
int32_t gm_day_of(int64_t time_ms);
int64_t gm_day_begins_ms(int32_t day);

/* Proleptic Gregorian, years 1970 to 9999. Parse takes exactly yyyy-mm-dd (ISO 8601) or dd/mm/yyyy,
 * two and four digits, a day that exists; else GM_MALFORMED. Text clamps to those years and returns
 * ret; _vi writes dd/mm/yyyy, as people in Viet Nam do. */
GM_CHECKED enum gm_status gm_day_parse(struct gm_bytes text, int32_t *ret_day);
char *gm_day_text(int32_t day, char ret[GM_DATE_TEXT_MAX]);
char *gm_day_text_vi(int32_t day, char ret[GM_DATE_TEXT_MAX]);
/* ISO 8601 in UTC with milliseconds. */
char *gm_instant_text(int64_t time_ms, char ret[GM_INSTANT_TEXT_MAX]);
