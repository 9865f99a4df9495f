#include "base/time.h"

#include <stdbool.h>

#define UTC_OFFSET_MS (7 * GM_HOUR_MS)

enum {
    YEAR_FIRST = 1970,
    YEAR_LAST = 9999,
    DATE_LENGTH = 10,
    /* The Gregorian calendar repeats after 400 years. Years are counted here from 1 March, so that
     * the leap day is the last of its year, and eras of 400 years from 0000-03-01. */
    ERA_YEARS = 400,
    ERA_DAYS = 146097,
    EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
};

struct date {
    int32_t year;
    int32_t month; /* 1 to 12 */
    int32_t day;   /* 1 to 31 */
};

/* Days before a month of the year that begins in March; month 0 is March. Five months have 153
 * days. */
static int32_t days_before_month(int32_t month)
{
    return (153 * month + 2) / 5;
}

static int32_t day_of_date(struct date date)
{
    const bool after_february = date.month > 2;
    const int32_t year = after_february ? date.year : date.year - 1;
    const int32_t month = after_february ? date.month - 3 : date.month + 9;
    const int32_t era = year / ERA_YEARS;
    const int32_t year_of_era = year % ERA_YEARS;
    const int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
                               days_before_month(month) + date.day - 1;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

/* day is 0 to GM_DAY_MAX. */
static struct date date_of_day(int32_t day)
{
    const int32_t days = day + EPOCH_DAYS;
    const int32_t era = days / ERA_DAYS;
    const int32_t day_of_era = days % ERA_DAYS;
    /* Without the leap days of 4, 100 and 400 years every year has 365 days. */
    const int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int32_t day_of_year =
        day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    const int32_t month = (5 * day_of_year + 2) / 153;
    const bool next_year = month >= 10; /* January and February */
    return (struct date){
        .year = era * ERA_YEARS + year_of_era + (next_year ? 1 : 0),
        .month = next_year ? month - 9 : month + 3,
        .day = day_of_year - days_before_month(month) + 1,
    };
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int32_t gm_day_of(int64_t time_ms)
{
    int64_t local_ms;
    if (__builtin_add_overflow(time_ms, UTC_OFFSET_MS, &local_ms)) return INT32_MAX;
    const int64_t day = floor_div(local_ms, GM_DAY_MS);
    if (day > INT32_MAX) return INT32_MAX;
    if (day < INT32_MIN) return INT32_MIN;
    return (int32_t)day;
}

int64_t gm_day_begins_ms(int32_t day)
{
    return day * GM_DAY_MS - UTC_OFFSET_MS;
}

static bool read_digits(const uint8_t *at, int count, int32_t *ret_value)
{
    int32_t value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') return false;
        value = value * 10 + (at[i] - '0');
    }
    *ret_value = value;
    return true;
}

static bool read_iso(const uint8_t *at, struct date *ret_date)
{
    return at[4] == '-' && at[7] == '-' && read_digits(at, 4, &ret_date->year) &&
           read_digits(at + 5, 2, &ret_date->month) && read_digits(at + 8, 2, &ret_date->day);
}

static bool read_vi(const uint8_t *at, struct date *ret_date)
{
    return at[2] == '/' && at[5] == '/' && read_digits(at, 2, &ret_date->day) &&
           read_digits(at + 3, 2, &ret_date->month) && read_digits(at + 6, 4, &ret_date->year);
}

enum gm_status gm_day_parse(struct gm_bytes text, int32_t *ret_day)
{
    if (text.size != DATE_LENGTH) return GM_MALFORMED;
    struct date date = {0};
    if (!read_iso(text.at, &date) && !read_vi(text.at, &date)) return GM_MALFORMED;
    if (date.year < YEAR_FIRST || date.year > YEAR_LAST) return GM_MALFORMED;
    if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return GM_MALFORMED;

    /* A day that its month does not have comes back as one of the next month. */
    const int32_t day = day_of_date(date);
    if (date_of_day(day).month != date.month) return GM_MALFORMED;
    *ret_day = day;
    return GM_OK;
}

/* Writes value in exactly count digits; returns where the next character goes. */
static char *put_digits(char *at, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--, value /= 10) {
        at[i] = (char)('0' + value % 10);
    }
    return at + count;
}

static char *put_char(char *at, char c)
{
    *at = c;
    return at + 1;
}

static int32_t within_years(int64_t day)
{
    return day < 0 ? 0 : day > GM_DAY_MAX ? GM_DAY_MAX : (int32_t)day;
}

char *gm_day_text(int32_t day, char ret[GM_DATE_TEXT_MAX])
{
    const struct date date = date_of_day(within_years(day));
    char *at = put_char(put_digits(ret, date.year, 4), '-');
    at = put_char(put_digits(at, date.month, 2), '-');
    *put_digits(at, date.day, 2) = '\0';
    return ret;
}

char *gm_day_text_vi(int32_t day, char ret[GM_DATE_TEXT_MAX])
{
    const struct date date = date_of_day(within_years(day));
    char *at = put_char(put_digits(ret, date.day, 2), '/');
    at = put_char(put_digits(at, date.month, 2), '/');
    *put_digits(at, date.year, 4) = '\0';
    return ret;
}

char *gm_instant_text(int64_t time_ms, char ret[GM_INSTANT_TEXT_MAX])
{
    const int64_t last_ms = (GM_DAY_MAX + 1) * GM_DAY_MS - 1;
    if (time_ms < 0) time_ms = 0;
    if (time_ms > last_ms) time_ms = last_ms;

    char date[GM_DATE_TEXT_MAX];
    gm_day_text((int32_t)(time_ms / GM_DAY_MS), date);
    memcpy(ret, date, DATE_LENGTH);
    char *at = put_char(ret + DATE_LENGTH, 'T');
    at = put_char(put_digits(at, time_ms % GM_DAY_MS / GM_HOUR_MS, 2), ':');
    at = put_char(put_digits(at, time_ms % GM_HOUR_MS / GM_MINUTE_MS, 2), ':');
    at = put_char(put_digits(at, time_ms % GM_MINUTE_MS / GM_SECOND_MS, 2), '.');
    at = put_char(put_digits(at, time_ms % GM_SECOND_MS, 3), 'Z');
    *at = '\0';
    return ret;
}
