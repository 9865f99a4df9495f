#include "wire/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static void a_path_names_fields_and_items_from_the_top(void **state)
{
    (void)state;
    char text[GM_FIELD_PATH_BYTES_MAX + 1];
    gm_path_text(NULL, text);
    assert_string_equal(text, "");

    const struct gm_path lines = {NULL, "lines", 3};
    const struct gm_path quantity = {&lines, "quantity", GM_PATH_NO_INDEX};
    assert_int_equal(gm_path_refuse(&quantity, GM_REASON_OUT_OF_RANGE, text),
                     GM_REASON_OUT_OF_RANGE);
    assert_string_equal(text, "lines[3].quantity");
}

static void a_path_that_is_too_long_is_cut_at_its_end(void **state)
{
    (void)state;
    static const char name[] = "field_of_32_bytes_______________";
    char whole[128];
    for (size_t length = 1; length < sizeof name; length++) {
        char last[sizeof name] = "";
        memcpy(last, name, length);
        const struct gm_path top = {NULL, "a_name_of_18_bytes", 7};
        const struct gm_path path = {&top, last, 123456};
        snprintf(whole, sizeof whole, "a_name_of_18_bytes[7].%s[123456]", last);
        whole[GM_FIELD_PATH_BYTES_MAX] = '\0';
        char text[GM_FIELD_PATH_BYTES_MAX + 1];
        gm_path_text(&path, text);
        assert_string_equal(text, whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_names_fields_and_items_from_the_top),
        cmocka_unit_test(a_path_that_is_too_long_is_cut_at_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
