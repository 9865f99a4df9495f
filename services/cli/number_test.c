#include "cli/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"

struct reading {
    const char *text;
    int decimals;
    enum cli_number_fault fault;
    int64_t number;
};

static const struct reading readings[] = {
    /* no marks */
    {"1200000", 0, CLI_NUMBER_FINE, 1200000},
    {"0", 0, CLI_NUMBER_FINE, 0},
    {"007", 0, CLI_NUMBER_FINE, 7},
    {"12", 2, CLI_NUMBER_FINE, 1200},
    {"1200", 2, CLI_NUMBER_FINE, 120000},
    {"  42\t", 0, CLI_NUMBER_FINE, 42},
    {"\xc2\xa0"
     "42\xc2\xa0",
     0, CLI_NUMBER_FINE, 42},
    /* groups of three, without decimals */
    {"1.200.000", 0, CLI_NUMBER_FINE, 1200000},
    {"1,200,000", 0, CLI_NUMBER_FINE, 1200000},
    {"1.200", 0, CLI_NUMBER_FINE, 1200},
    {"1,200", 0, CLI_NUMBER_FINE, 1200},
    {"69.000", 0, CLI_NUMBER_FINE, 69000},
    {"690.000", 0, CLI_NUMBER_FINE, 690000},
    {"1 200 000", 0, CLI_NUMBER_FINE, 1200000},
    {"1\xc2\xa0"
     "200",
     0, CLI_NUMBER_FINE, 1200},
    {"1\xe2\x80\xaf"
     "200",
     0, CLI_NUMBER_FINE, 1200},
    {"1'200'000", 0, CLI_NUMBER_FINE, 1200000},
    {"1\xe2\x80\x99"
     "200",
     0, CLI_NUMBER_FINE, 1200},
    {"1.200.00", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"1.20.000", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"1,200,0000", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"1200.000", 0, CLI_NUMBER_AMBIGUOUS, 0},
    {"0.200", 0, CLI_NUMBER_AMBIGUOUS, 0},
    {"0.200.000", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"1.200,000", 0, CLI_NUMBER_AMBIGUOUS, 0},
    {"1 20", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"1,200.000,000", 0, CLI_NUMBER_NO_NUMBER, 0},
    /* a decimal part where there is none */
    {"69000.00", 0, CLI_NUMBER_FINE, 69000},
    {"69000,0", 0, CLI_NUMBER_FINE, 69000},
    {"1.200.000,00", 0, CLI_NUMBER_FINE, 1200000},
    {"1,200,000.00", 0, CLI_NUMBER_FINE, 1200000},
    {"1.5", 0, CLI_NUMBER_TOO_FINE, 0},
    {"1,20", 0, CLI_NUMBER_TOO_FINE, 0},
    {"12.0001", 0, CLI_NUMBER_TOO_FINE, 0},
    /* two decimals */
    {"12.5", 2, CLI_NUMBER_FINE, 1250},
    {"12.50", 2, CLI_NUMBER_FINE, 1250},
    {"12,50", 2, CLI_NUMBER_FINE, 1250},
    {"0.05", 2, CLI_NUMBER_FINE, 5},
    {"1.200,50", 2, CLI_NUMBER_FINE, 120050},
    {"1,200.50", 2, CLI_NUMBER_FINE, 120050},
    {"1 200,50", 2, CLI_NUMBER_FINE, 120050},
    {"1.200.000", 2, CLI_NUMBER_FINE, 120000000},
    {"1,200,000", 2, CLI_NUMBER_FINE, 120000000},
    {"1 200", 2, CLI_NUMBER_FINE, 120000},
    {"1200.5", 2, CLI_NUMBER_FINE, 120050},
    {"1.200", 2, CLI_NUMBER_AMBIGUOUS, 0},
    {"1,200", 2, CLI_NUMBER_AMBIGUOUS, 0},
    {"0.500", 2, CLI_NUMBER_AMBIGUOUS, 0},
    {"1,200.500", 2, CLI_NUMBER_AMBIGUOUS, 0},
    {"12.5000", 2, CLI_NUMBER_FINE, 1250},
    {"12.3456", 2, CLI_NUMBER_TOO_FINE, 0},
    /* three decimals */
    {"1.200", 3, CLI_NUMBER_AMBIGUOUS, 0},
    {"1.2000", 3, CLI_NUMBER_FINE, 1200},
    {"1.2", 3, CLI_NUMBER_FINE, 1200},
    {"0.500", 3, CLI_NUMBER_FINE, 500},
    {"1,234.567", 3, CLI_NUMBER_FINE, 1234567},
    {"1234.567", 3, CLI_NUMBER_AMBIGUOUS, 0},
    {"12.345.678", 3, CLI_NUMBER_FINE, INT64_C(12345678000)},
    /* what is no number */
    {"", 0, CLI_NUMBER_EMPTY, 0},
    {" \t", 0, CLI_NUMBER_EMPTY, 0},
    {"-5", 0, CLI_NUMBER_NEGATIVE, 0},
    {"-", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"+5", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"5-", 0, CLI_NUMBER_NO_NUMBER, 0},
    {".5", 2, CLI_NUMBER_NO_NUMBER, 0},
    {"5.", 2, CLI_NUMBER_NO_NUMBER, 0},
    {"1..2", 2, CLI_NUMBER_NO_NUMBER, 0},
    {"ten", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"12a", 0, CLI_NUMBER_NO_NUMBER, 0},
    {"1.2E+06", 0, CLI_NUMBER_SCIENTIFIC, 0},
    {"1e5", 0, CLI_NUMBER_SCIENTIFIC, 0},
    {"\xd9\xa1\xd9\xa2", 0, CLI_NUMBER_NO_NUMBER, 0}, /* Arabic digits */
    {"1\xff", 0, CLI_NUMBER_NO_NUMBER, 0},
    /* size */
    {"1000000000000000000", 0, CLI_NUMBER_FINE, INT64_C(1000000000000000000)},
    {"1000000000000000001", 0, CLI_NUMBER_TOO_LARGE, 0},
    {"10000000000000000000", 0, CLI_NUMBER_TOO_LARGE, 0},
    {"10000000000000001", 2, CLI_NUMBER_TOO_LARGE, 0},
    {"00000000000000000000000000000000000000001", 0, CLI_NUMBER_TOO_LARGE, 0},
};

static void a_number_is_read_to_the_last_unit_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const struct reading *row = &readings[i];
        int64_t number = -77;
        const enum cli_number_fault fault =
            cli_number_read(gm_bytes_of_text(row->text), row->decimals, &number);
        if (fault != row->fault || number != (fault == CLI_NUMBER_FINE ? row->number : -77)) {
            fail_msg("\"%s\" with %d decimals: fault %d, %lld", row->text, row->decimals,
                     (int)fault, (long long)number);
        }
    }
}

static void numbers_are_written_with_the_marks_of_the_language(void **state)
{
    (void)state;
    char text[CLI_NUMBER_TEXT_MAX];
    assert_string_equal(cli_number_write(1200000, 0, '.', ',', text), "1.200.000");
    assert_string_equal(cli_number_write(1200000, 0, ',', '.', text), "1,200,000");
    assert_string_equal(cli_number_write(999, 0, '.', ',', text), "999");
    assert_string_equal(cli_number_write(1000, 0, '.', ',', text), "1.000");
    assert_string_equal(cli_number_write(0, 0, '.', ',', text), "0");
    assert_string_equal(cli_number_write(120050, 2, '.', ',', text), "1.200,50");
    assert_string_equal(cli_number_write(5, 2, ',', '.', text), "0.05");
    assert_string_equal(cli_number_write(-120050, 2, ',', '.', text), "-1,200.50");
    assert_string_equal(cli_number_write(-4, 0, '.', ',', text), "-4");
    assert_string_equal(cli_number_write(1234567, 0, 0, '.', text), "1234567");
    assert_string_equal(cli_number_write(INT64_MIN, 4, ',', '.', text),
                        "-922,337,203,685,477.5808");
}

static void what_is_written_to_a_file_is_read_back(void **state)
{
    (void)state;
    struct gm_random dice;
    gm_random_seed(&dice, 11);
    for (int i = 0; i < 20000; i++) {
        const int decimals = i % (CLI_NUMBER_DECIMALS_MAX + 1);
        const int64_t bound = INT64_C(1) << gm_random_below(&dice, 50);
        const int64_t number = gm_random_between(&dice, 0, bound);
        char text[CLI_NUMBER_TEXT_MAX];
        cli_number_write_plain(number, decimals, i % 2 == 0 ? '.' : ',', text);
        int64_t back;
        if (cli_number_read(gm_bytes_of_text(text), decimals, &back) != CLI_NUMBER_FINE ||
            back != number) {
            fail_msg("%lld with %d decimals: \"%s\"", (long long)number, decimals, text);
        }
    }
}

static void what_is_written_for_people_is_read_back_where_it_says_one_thing(void **state)
{
    (void)state;
    struct gm_random dice;
    gm_random_seed(&dice, 12);
    for (int i = 0; i < 20000; i++) {
        const int decimals = (int)gm_random_below(&dice, 3);
        const int64_t number =
            gm_random_between(&dice, 0, INT64_C(1) << gm_random_below(&dice, 50));
        char text[CLI_NUMBER_TEXT_MAX];
        cli_number_write(number, decimals, i % 2 == 0 ? '.' : ',', i % 2 == 0 ? ',' : '.', text);
        int64_t back;
        if (cli_number_read(gm_bytes_of_text(text), decimals, &back) != CLI_NUMBER_FINE ||
            back != number) {
            fail_msg("%lld with %d decimals: \"%s\"", (long long)number, decimals, text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_read_to_the_last_unit_or_refused),
        cmocka_unit_test(numbers_are_written_with_the_marks_of_the_language),
        cmocka_unit_test(what_is_written_to_a_file_is_read_back),
        cmocka_unit_test(what_is_written_for_people_is_read_back_where_it_says_one_thing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
