#include "wire/check_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const char *const sentinel = "untouched";

static void each_form_takes_what_it_names_and_stores_it_in_one_way(void **state)
{
    (void)state;
    static const struct {
        enum gm_text_form form;
        uint32_t max_bytes;
        const char *text;
        const char *stored; /* NULL: refused */
        enum gm_reason reason;
    } rows[] = {
        {GM_FORM_LINE, 20, "Bát men lam", "Bát men lam", GM_REASON_NONE},
        {GM_FORM_LINE, 20, "  Bát men lam \n", "Bát men lam", GM_REASON_NONE},
        {GM_FORM_LINE, 3, "e\xcc\x82\xcc\x81", "\xe1\xba\xbf", GM_REASON_NONE},
        {GM_FORM_LINE, 2, "e\xcc\x82\xcc\x81", NULL, GM_REASON_FIELD_TOO_LONG},
        {GM_FORM_LINE, 20, "two\nlines", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_BLOCK, 20, "two\nlines", "two\nlines", GM_REASON_NONE},
        {GM_FORM_BLOCK, 20, "a\ttab", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_CODE, 9, " bt-01/a.b_c", NULL, GM_REASON_FIELD_TOO_LONG},
        {GM_FORM_CODE, 11, " bt-01/a.b_c", "BT-01/A.B_C", GM_REASON_NONE},
        {GM_FORM_CODE, 9, "BT 01", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_CODE, 9, "gốm", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_SLUG, 9, "tea_pot-2", "tea_pot-2", GM_REASON_NONE},
        {GM_FORM_SLUG, 9, "Teapot", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_SLUG, 9, "tea.pot", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_LANGUAGE, 20, "vi", "vi", GM_REASON_NONE},
        {GM_FORM_LANGUAGE, 20, "VI-vn", "vi-VN", GM_REASON_NONE},
        {GM_FORM_LANGUAGE, 20, "ZH-hans-cn", "zh-Hans-CN", GM_REASON_NONE},
        {GM_FORM_LANGUAGE, 20, "es-419", "es-419", GM_REASON_NONE},
        {GM_FORM_LANGUAGE, 20, "v", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_LANGUAGE, 20, "v1", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_LANGUAGE, 20, "vi-", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_LANGUAGE, 20, "-vi", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_LANGUAGE, 20, "vi--VN", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_LANGUAGE, 20, "vi_VN", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_LANGUAGE, 20, "vietnamese", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_CURRENCY, 3, "vnd", "VND", GM_REASON_NONE},
        {GM_FORM_CURRENCY, 3, "XYZ", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_CURRENCY, 3, "V1D", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_CURRENCY, 3, "VN", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_COUNTRY, 2, "vn", "VN", GM_REASON_NONE},
        {GM_FORM_COUNTRY, 2, "V", NULL, GM_REASON_BAD_TEXT},
        {GM_FORM_COUNTRY, 3, "VNM", NULL, GM_REASON_BAD_TEXT},
    };
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 4096), GM_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct gm_limit limit = {
            .id_kind = -1, .max_bytes = rows[i].max_bytes, .text = (uint8_t)rows[i].form};
        const char *stored = sentinel;
        gm_arena_reset(&arena);
        const enum gm_reason reason = gm_check_text(rows[i].text, &limit, &arena, &stored);
        if (reason != rows[i].reason) fail_msg("row %zu, '%s': %d", i, rows[i].text, (int)reason);
        if (rows[i].stored == NULL) {
            assert_ptr_equal(stored, sentinel);
        } else {
            assert_string_equal(stored, rows[i].stored);
        }
    }
    gm_arena_release(&arena);
}

static void nothing_is_a_text_of_every_form(void **state)
{
    (void)state;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 4096), GM_OK);
    for (unsigned form = GM_FORM_LINE; form <= GM_FORM_COUNTRY; form++) {
        const struct gm_limit limit = {.id_kind = -1, .max_bytes = 10, .text = (uint8_t)form};
        const char *stored = sentinel;
        assert_int_equal(gm_check_text(" ", &limit, &arena, &stored), GM_REASON_NONE);
        assert_string_equal(stored, "");
    }
    gm_arena_release(&arena);
}

static void a_text_that_fills_the_arena_is_a_bad_frame(void **state)
{
    (void)state;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 16), GM_OK);
    const struct gm_limit limit = {.id_kind = -1, .max_bytes = 100, .text = GM_FORM_CODE};
    const char *stored = sentinel;
    assert_int_equal(gm_check_text("A-CODE-OF-MORE-THAN-SIXTEEN-BYTES", &limit, &arena, &stored),
                     GM_REASON_BAD_FRAME);
    assert_ptr_equal(stored, sentinel);
    gm_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_takes_what_it_names_and_stores_it_in_one_way),
        cmocka_unit_test(nothing_is_a_text_of_every_form),
        cmocka_unit_test(a_text_that_fills_the_arena_is_a_bad_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
