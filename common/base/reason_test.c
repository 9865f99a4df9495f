#include "base/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void every_row_is_found_by_its_number_and_by_its_word(void **state)
{
    (void)state;
    assert_int_equal(gm_reason_count, GM_REASON_COUNT - 1);
    for (unsigned i = 0; i < gm_reason_count; i++) {
        const struct gm_reason_row *row = &gm_reasons[i];
        assert_int_equal(row->number, i + 1);
        assert_ptr_equal(gm_reason_row((enum gm_reason)row->number), row);
        assert_int_equal(gm_reason_named(row->word), row->number);
    }
}

static void every_row_has_a_refusing_status_and_two_sentences_within_the_limit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < gm_reason_count; i++) {
        const struct gm_reason_row *row = &gm_reasons[i];
        assert_true(row->status > GM_CODE_OK && row->status < GM_CODE_COUNT);
        for (int language = 0; language < GM_LANGUAGE_COUNT; language++) {
            const size_t bytes = strlen(row->sentence[language]);
            assert_in_range(bytes, 1, GM_SENTENCE_BYTES_MAX);
        }
    }
}

static void a_word_that_is_none_is_no_reason(void **state)
{
    (void)state;
    assert_int_equal(gm_reason_named(""), GM_REASON_NONE);
    assert_int_equal(gm_reason_named("bad_frame"), GM_REASON_NONE);
    assert_int_equal(gm_reason_named("BAD_FRAMES"), GM_REASON_NONE);
}

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(gm_code_name(GM_CODE_OK), "OK");
    assert_string_equal(gm_code_name(GM_CODE_UNAUTHENTICATED), "UNAUTHENTICATED");
    for (unsigned a = 0; a < GM_CODE_COUNT; a++) {
        for (unsigned b = 0; b < a; b++) {
            assert_string_not_equal(gm_code_name((enum gm_code)a), gm_code_name((enum gm_code)b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_number_and_by_its_word),
        cmocka_unit_test(every_row_has_a_refusing_status_and_two_sentences_within_the_limit),
        cmocka_unit_test(a_word_that_is_none_is_no_reason),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
