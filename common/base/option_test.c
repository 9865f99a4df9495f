#include "base/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { UNTOUCHED = 4242 };

struct settings {
    int64_t number;
    bool flag;
    int choice;
};

static const char *const choices[] = {"low", "high", NULL};

static const struct gm_option integer = {.name = "n",
                                         .kind = GM_OPTION_INTEGER,
                                         .min = -5,
                                         .max = 10,
                                         GM_OPTION_FIELD(struct settings, number)};
static const struct gm_option any_integer = {.name = "n",
                                             .kind = GM_OPTION_INTEGER,
                                             .min = INT64_MIN,
                                             GM_OPTION_FIELD(struct settings, number)};
static const struct gm_option bytes = {
    .name = "n", .kind = GM_OPTION_BYTES, GM_OPTION_FIELD(struct settings, number)};
static const struct gm_option duration = {
    .name = "n", .kind = GM_OPTION_DURATION, GM_OPTION_FIELD(struct settings, number)};
static const struct gm_option boolean = {
    .name = "n", .kind = GM_OPTION_BOOLEAN, GM_OPTION_FIELD(struct settings, flag)};
static const struct gm_option choice = {.name = "n",
                                        .kind = GM_OPTION_CHOICE,
                                        .choices = choices,
                                        GM_OPTION_FIELD(struct settings, choice)};

static void numbers_are_read_with_their_units_and_limits(void **state)
{
    (void)state;
    static const struct {
        const struct gm_option *option;
        const char *text;
        int64_t value;
    } rows[] = {
        {&integer, "0", 0},
        {&integer, "-5", -5},
        {&integer, "10", 10},
        {&integer, "007", 7},
        {&any_integer, "-9223372036854775808", INT64_MIN},
        {&any_integer, "9223372036854775807", INT64_MAX},
        {&bytes, "0", 0},
        {&bytes, "1", 1},
        {&bytes, "1K", 1024},
        {&bytes, "3M", 3 << 20},
        {&bytes, "64G", INT64_C(64) << 30},
        {&bytes, "1T", INT64_C(1) << 40},
        {&bytes, "8388607T", INT64_C(8388607) << 40},
        {&duration, "0", 0},
        {&duration, "0s", 0},
        {&duration, "1ms", 1},
        {&duration, "90s", 90000},
        {&duration, "2min", 120000},
        {&duration, "24h", 86400000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings = {.number = UNTOUCHED};
        if (gm_option_set(rows[i].option, rows[i].text, &settings) != GM_OK)
            fail_msg("%s", rows[i].text);
        assert_true(settings.number == rows[i].value);
    }
}

static void what_an_option_does_not_take_leaves_its_field_alone(void **state)
{
    (void)state;
    static const struct {
        const struct gm_option *option;
        const char *text;
    } rows[] = {
        {&integer, ""},
        {&integer, "-"},
        {&integer, "--1"},
        {&integer, "+1"},
        {&integer, " 1"},
        {&integer, "1 "},
        {&integer, "1x"},
        {&integer, "0x1"},
        {&integer, "1.0"},
        {&integer, "-6"},
        {&integer, "11"},
        {&integer, "1K"},
        {&any_integer, "9223372036854775808"},
        {&any_integer, "-9223372036854775809"},
        {&any_integer, "92233720368547758070"},
        {&bytes, ""},
        {&bytes, "K"},
        {&bytes, "-1"},
        {&bytes, "1k"},
        {&bytes, "1KB"},
        {&bytes, "1 K"},
        {&bytes, "8388608T"},
        {&bytes, "1P"},
        {&duration, "1"},
        {&duration, "s"},
        {&duration, "-1s"},
        {&duration, "1S"},
        {&duration, "1m"},
        {&duration, "1s1ms"},
        {&duration, "9223372036854775807s"},
        {&boolean, ""},
        {&boolean, "y"},
        {&boolean, "YES"},
        {&boolean, "2"},
        {&choice, ""},
        {&choice, "hi"},
        {&choice, "highest"},
        {&choice, "1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings settings = {UNTOUCHED, true, UNTOUCHED};
        if (gm_option_set(rows[i].option, rows[i].text, &settings) != GM_MALFORMED)
            fail_msg("\"%s\"", rows[i].text);
        assert_true(settings.number == UNTOUCHED);
        assert_true(settings.flag);
        assert_int_equal(settings.choice, UNTOUCHED);
    }
}

static void words_are_read_by_their_tables(void **state)
{
    (void)state;
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        struct settings settings = {0};
        assert_int_equal(gm_option_set(&boolean, yes[i], &settings), GM_OK);
        assert_true(settings.flag);
        assert_int_equal(gm_option_set(&boolean, no[i], &settings), GM_OK);
        assert_false(settings.flag);
    }
    struct settings settings = {0};
    assert_int_equal(gm_option_set(&choice, "high", &settings), GM_OK);
    assert_int_equal(settings.choice, 1);
    assert_int_equal(gm_option_set(&choice, "low", &settings), GM_OK);
    assert_int_equal(settings.choice, 0);
}

static void the_phrase_says_limits_in_the_units_one_would_write(void **state)
{
    (void)state;
    char takes[GM_OPTION_TAKES_MAX];
    struct gm_option option = bytes;
    assert_string_equal(gm_option_takes(&option, takes),
                        "a size (bytes, or with K, M, G, T) of 0 or more");
    option.min = 1000;
    option.max = INT64_C(3) << 30;
    assert_string_equal(gm_option_takes(&option, takes),
                        "a size (bytes, or with K, M, G, T) from 1000 to 3G");
    option = duration;
    option.min = 1500;
    option.max = 7200000;
    assert_string_equal(gm_option_takes(&option, takes),
                        "a duration (with ms, s, min, h) from 1500ms to 2h");
    assert_string_equal(gm_option_takes(&integer, takes), "an integer from -5 to 10");
    assert_string_equal(gm_option_takes(&choice, takes), "one of low, high");
    assert_string_equal(gm_option_takes(&boolean, takes), "yes or no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_with_their_units_and_limits),
        cmocka_unit_test(what_an_option_does_not_take_leaves_its_field_alone),
        cmocka_unit_test(words_are_read_by_their_tables),
        cmocka_unit_test(the_phrase_says_limits_in_the_units_one_would_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
