#include "cli/figure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/time.h"

static void money_is_written_as_the_language_writes_it(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        const char *currency, *vi, *en;
    } rows[] = {
        {1200000, "VND", "1.200.000 ₫", "₫1,200,000"},
        {0, "VND", "0 ₫", "₫0"},
        {1250, "EUR", "12,50 €", "€12.50"},
        {123456, "USD", "1.234,56 $", "$1,234.56"},
        {1250, "CHF", "12,50 CHF", "CHF 12.50"},
        {1250, "JPY", "1.250 JPY", "JPY 1,250"},
        {1250, "KWD", "1,250 KWD", "KWD 1.250"},
        {1250, "", "1.250", "1,250"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[CLI_FIGURE_TEXT_MAX];
        assert_string_equal(cli_figure_money(GM_LANGUAGE_VI, rows[i].minor, rows[i].currency, text),
                            rows[i].vi);
        assert_string_equal(cli_figure_money(GM_LANGUAGE_EN, rows[i].minor, rows[i].currency, text),
                            rows[i].en);
    }
}

static void money_is_read_with_its_sign_or_without(void **state)
{
    (void)state;
    static const struct {
        const char *text, *currency;
        enum cli_number_fault fault;
        int64_t minor;
    } rows[] = {
        {"1.200.000", "VND", CLI_NUMBER_FINE, 1200000},
        {"1,200,000", "VND", CLI_NUMBER_FINE, 1200000},
        {"1.200.000 ₫", "VND", CLI_NUMBER_FINE, 1200000},
        {"₫1,200,000", "VND", CLI_NUMBER_FINE, 1200000},
        {"69.000đ", "VND", CLI_NUMBER_FINE, 69000},
        {"VND 69,000", "VND", CLI_NUMBER_FINE, 69000},
        {" 69.000 VND ", "VND", CLI_NUMBER_FINE, 69000},
        {"€12.50", "EUR", CLI_NUMBER_FINE, 1250},
        {"12,50 €", "EUR", CLI_NUMBER_FINE, 1250},
        {"12.5", "EUR", CLI_NUMBER_FINE, 1250},
        {"1.200", "EUR", CLI_NUMBER_AMBIGUOUS, 0},
        {"€12.50", "VND", CLI_NUMBER_NO_NUMBER, 0},
        {"USD 12", "EUR", CLI_NUMBER_NO_NUMBER, 0},
        {"₫", "VND", CLI_NUMBER_NO_NUMBER, 0},
        {"", "VND", CLI_NUMBER_EMPTY, 0},
        {"VND ₫ 5", "VND", CLI_NUMBER_NO_NUMBER, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gm_currency currency;
        assert_int_equal(gm_currency_parse(rows[i].currency, &currency), GM_OK);
        int64_t minor = -77;
        const enum cli_number_fault fault =
            cli_figure_read_money(gm_bytes_of_text(rows[i].text), currency, &minor);
        if (fault != rows[i].fault || minor != (fault == CLI_NUMBER_FINE ? rows[i].minor : -77)) {
            fail_msg("\"%s\": fault %d, %lld", rows[i].text, (int)fault, (long long)minor);
        }
    }
}

static void days_and_instants_are_those_of_viet_nam(void **state)
{
    (void)state;
    char text[CLI_FIGURE_TEXT_MAX];
    int32_t day;
    assert_int_equal(gm_day_parse(gm_bytes_of_text("2026-11-24"), &day), GM_OK);
    assert_string_equal(cli_figure_day(GM_LANGUAGE_VI, day, text), "24/11/2026");
    assert_string_equal(cli_figure_day(GM_LANGUAGE_EN, day, text), "2026-11-24");
    assert_string_equal(cli_figure_day(GM_LANGUAGE_EN, INT64_MAX, text), "9999-12-31");
    assert_string_equal(cli_figure_day(GM_LANGUAGE_EN, -5, text), "1970-01-01");
    const int64_t begins = gm_day_begins_ms(day);
    assert_string_equal(cli_figure_instant(GM_LANGUAGE_VI, begins, text), "24/11/2026 00:00:00");
    assert_string_equal(cli_figure_instant(GM_LANGUAGE_EN, begins + GM_DAY_MS - 1, text),
                        "2026-11-24 23:59:59");
    assert_string_equal(cli_figure_instant(GM_LANGUAGE_EN, begins + 13 * GM_HOUR_MS + 65999, text),
                        "2026-11-24 13:01:05");
}

static void shares_sizes_and_times_are_cut_not_rounded_up(void **state)
{
    (void)state;
    char text[CLI_FIGURE_TEXT_MAX];
    assert_string_equal(cli_figure_share(GM_LANGUAGE_VI, 873999, text), "87,3 %");
    assert_string_equal(cli_figure_share(GM_LANGUAGE_EN, 1000000, text), "100.0 %");
    assert_string_equal(cli_figure_share(GM_LANGUAGE_EN, 999, text), "0.0 %");
    assert_string_equal(cli_figure_bytes(GM_LANGUAGE_EN, 1023, text), "1,023 B");
    assert_string_equal(cli_figure_bytes(GM_LANGUAGE_EN, 1024, text), "1.0 KiB");
    assert_string_equal(cli_figure_bytes(GM_LANGUAGE_VI, 1536 * 1024, text), "1,5 MiB");
    assert_string_equal(cli_figure_bytes(GM_LANGUAGE_EN, 1024 * 1024 - 1, text), "1,023.9 KiB");
    assert_string_equal(cli_figure_bytes(GM_LANGUAGE_EN, UINT64_MAX, text), "16,777,215.9 TiB");
    assert_string_equal(cli_figure_duration(0, text), "0 ms");
    assert_string_equal(cli_figure_duration(1200, text), "1 s 200 ms");
    assert_string_equal(cli_figure_duration(60000, text), "1 min");
    assert_string_equal(cli_figure_duration(12059999, text), "3 h 20 min");
    assert_string_equal(cli_figure_duration(UINT64_C(90000000), text), "1 d 1 h");
    assert_string_equal(cli_figure_decimal(GM_LANGUAGE_VI, 1500, 3, text), "1,5");
    assert_string_equal(cli_figure_decimal(GM_LANGUAGE_EN, 2000, 3, text), "2");
    assert_string_equal(cli_figure_decimal(GM_LANGUAGE_EN, 1, 4, text), "0.0001");
    assert_string_equal(cli_figure_number(GM_LANGUAGE_VI, -1234, text), "-1.234");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_is_written_as_the_language_writes_it),
        cmocka_unit_test(money_is_read_with_its_sign_or_without),
        cmocka_unit_test(days_and_instants_are_those_of_viet_nam),
        cmocka_unit_test(shares_sizes_and_times_are_cut_not_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
