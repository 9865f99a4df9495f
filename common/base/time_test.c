#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static int32_t parsed(const char *text)
{
    int32_t day = -1;
    if (gm_day_parse(gm_bytes_of_text(text), &day) != GM_OK) fail_msg("%s", text);
    return day;
}

static void known_dates_have_their_numbers(void **state)
{
    (void)state;
    static const struct {
        int32_t day;
        const char *iso, *vi;
    } rows[] = {
        {0, "1970-01-01", "01/01/1970"},          {30, "1970-01-31", "31/01/1970"},
        {31, "1970-02-01", "01/02/1970"},         {789, "1972-02-29", "29/02/1972"},
        {790, "1972-03-01", "01/03/1972"},        {11016, "2000-02-29", "29/02/2000"},
        {11017, "2000-03-01", "01/03/2000"},      {20781, "2026-11-24", "24/11/2026"},
        {47540, "2100-02-28", "28/02/2100"},      {47541, "2100-03-01", "01/03/2100"},
        {GM_DAY_MAX, "9999-12-31", "31/12/9999"},
    };
    char text[GM_DATE_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(gm_day_text(rows[i].day, text), rows[i].iso);
        assert_string_equal(gm_day_text_vi(rows[i].day, text), rows[i].vi);
        assert_int_equal(parsed(rows[i].iso), rows[i].day);
        assert_int_equal(parsed(rows[i].vi), rows[i].day);
    }
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A calendar that only counts, against the arithmetic, on every day there is. */
static void every_day_is_the_one_after_the_day_before(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1970, month = 1, day_of_month = 1;
    char text[GM_DATE_TEXT_MAX], vi[GM_DATE_TEXT_MAX];
    for (int32_t day = 0; day <= GM_DAY_MAX; day++) {
        gm_day_text(day, text);
        if (strtol(text, NULL, 10) != year || strtol(text + 5, NULL, 10) != month ||
            strtol(text + 8, NULL, 10) != day_of_month)
            fail_msg("day %d is %s", day, text);
        int32_t again = -1;
        if (gm_day_parse(gm_bytes_of_text(text), &again) != GM_OK || again != day)
            fail_msg("%s", text);
        gm_day_text_vi(day, vi);
        if (gm_day_parse(gm_bytes_of_text(vi), &again) != GM_OK || again != day) fail_msg("%s", vi);

        const int length = month == 2 && is_leap(year) ? 29 : lengths[month - 1];
        if (++day_of_month <= length) continue;
        day_of_month = 1;
        if (++month <= 12) continue;
        month = 1;
        year++;
    }
    assert_int_equal(year, 10000);
}

static void text_that_is_no_date_is_malformed(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "2026",
        "2026-11",
        "2026-11-2",
        "2026-11-240",
        " 2026-11-24",
        "2026-11-24 ",
        "26-11-2024",
        "2026/11/24",
        "24-11-2026",
        "24/11-2026",
        "2026-11/24",
        "2026-1-024",
        "1969-12-31",
        "0000-01-01",
        "2026-00-10",
        "2026-13-01",
        "2026-11-00",
        "2026-11-31",
        "2026-02-29",
        "2100-02-29",
        "2026-04-31",
        "2026-12-32",
        "2026-11-+4",
        "-026-11-24",
        "2026-11-2x",
        "x026-11-24",
        "32/01/2026",
        "29/02/2026",
        "00/01/2026",
        "01/13/2026",
        "01/01/1969",
        "1/11/20266",
        "20261124xx",
        "11/24/2026",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int32_t day = 42;
        if (gm_day_parse(gm_bytes_of_text(rows[i]), &day) != GM_MALFORMED) fail_msg("%s", rows[i]);
        assert_int_equal(day, 42);
    }
    int32_t day = 42;
    assert_int_equal(gm_day_parse(gm_bytes(NULL, 0), &day), GM_MALFORMED);
    assert_int_equal(gm_day_parse(gm_bytes("2026-11-24\0", 11), &day), GM_MALFORMED);
    assert_int_equal(gm_day_parse(gm_bytes("2026-11-24x", 10), &day), GM_OK);
}

static void a_day_begins_at_midnight_in_viet_nam(void **state)
{
    (void)state;
    assert_int_equal(gm_day_of(0), 0);
    assert_int_equal(gm_day_of(17 * GM_HOUR_MS - 1), 0);
    assert_int_equal(gm_day_of(17 * GM_HOUR_MS), 1);
    assert_int_equal(gm_day_of(-7 * GM_HOUR_MS), 0);
    assert_int_equal(gm_day_of(-7 * GM_HOUR_MS - 1), -1);
    assert_true(gm_day_begins_ms(0) == -7 * GM_HOUR_MS);
    static const int32_t days[] = {INT32_MIN, -1, 0, 1, 20781, GM_DAY_MAX, INT32_MAX};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        assert_int_equal(gm_day_of(gm_day_begins_ms(days[i])), days[i]);
        assert_int_equal(gm_day_of(gm_day_begins_ms(days[i]) + GM_DAY_MS - 1), days[i]);
    }
}

static void instants_beyond_the_days_that_there_are_clamp(void **state)
{
    (void)state;
    assert_int_equal(gm_day_of(INT64_MAX), INT32_MAX);
    assert_int_equal(gm_day_of(INT64_MIN), INT32_MIN);
    assert_int_equal(gm_day_of(gm_day_begins_ms(INT32_MAX) + GM_DAY_MS), INT32_MAX);
    assert_int_equal(gm_day_of(gm_day_begins_ms(INT32_MIN) - 1), INT32_MIN);
    char text[GM_DATE_TEXT_MAX];
    assert_string_equal(gm_day_text(-1, text), "1970-01-01");
    assert_string_equal(gm_day_text(GM_DAY_MAX + 1, text), "9999-12-31");
    assert_string_equal(gm_day_text_vi(INT32_MAX, text), "31/12/9999");
    assert_string_equal(gm_day_text_vi(INT32_MIN, text), "01/01/1970");
}

static void instants_are_written_in_utc(void **state)
{
    (void)state;
    static const struct {
        int64_t time_ms;
        const char *text;
    } rows[] = {
        {INT64_MIN, "1970-01-01T00:00:00.000Z"},
        {-1, "1970-01-01T00:00:00.000Z"},
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {GM_DAY_MS - 1, "1970-01-01T23:59:59.999Z"},
        {GM_DAY_MS, "1970-01-02T00:00:00.000Z"},
        {INT64_C(1795564799999), "2026-11-24T23:59:59.999Z"},
        {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
        {INT64_C(253402300800000), "9999-12-31T23:59:59.999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
    };
    char text[GM_INSTANT_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(gm_instant_text(rows[i].time_ms, text), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_dates_have_their_numbers),
        cmocka_unit_test(every_day_is_the_one_after_the_day_before),
        cmocka_unit_test(text_that_is_no_date_is_malformed),
        cmocka_unit_test(a_day_begins_at_midnight_in_viet_nam),
        cmocka_unit_test(instants_beyond_the_days_that_there_are_clamp),
        cmocka_unit_test(instants_are_written_in_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
