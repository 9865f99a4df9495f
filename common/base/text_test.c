#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"

enum { ARENA_BYTES = 4096 };

static int set_up(void **state)
{
    static struct gm_arena arena;
    *state = &arena;
    return gm_arena_init(&arena, ARENA_BYTES) == GM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    gm_arena_release(*state);
    return 0;
}

static bool borrows(struct gm_bytes part, struct gm_bytes whole)
{
    return part.at >= whole.at && part.at + part.size <= whole.at + whole.size;
}

static void utf8_is_told_from_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        bool is;
    } rows[] = {
        {"", 0, true},
        {"\0", 1, true},
        {"gốm Bát Tràng", 17, true},
        {"\x7f", 1, true},
        {"\x80", 1, false},             /* a byte that can only follow */
        {"\xc1\xbf", 2, false},         /* overlong 0x7f */
        {"\xc2\x80", 2, true},          /* the lowest of two bytes */
        {"\xdf\xbf", 2, true},          /* the highest */
        {"\xc2", 1, false},             /* cut */
        {"\xc2\x41", 2, false},         /* followed by another leading byte */
        {"\xe0\x9f\xbf", 3, false},     /* overlong 0x7ff */
        {"\xe0\xa0\x80", 3, true},      /* 0x800 */
        {"\xed\x9f\xbf", 3, true},      /* the last before the surrogates */
        {"\xed\xa0\x80", 3, false},     /* the first surrogate */
        {"\xed\xbf\xbf", 3, false},     /* the last surrogate */
        {"\xee\x80\x80", 3, true},      /* the first after them */
        {"\xef\xbf\xbf", 3, true},      /* 0xffff */
        {"\xe1\xbb", 2, false},         /* cut */
        {"\xf0\x8f\xbf\xbf", 4, false}, /* overlong 0xffff */
        {"\xf0\x90\x80\x80", 4, true},  /* 0x10000 */
        {"\xf4\x8f\xbf\xbf", 4, true},  /* 0x10ffff */
        {"\xf4\x90\x80\x80", 4, false}, /* beyond */
        {"\xf8\x88\x80\x80\x80", 5, false},
        {"\xff", 1, false},
        {"sixteen bytes ok", 16, true},
        {"sixteen bytes \xff.", 16, false},
        {"twelve bytes\xff", 13, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (gm_text_is_utf8(gm_bytes(rows[i].bytes, rows[i].size)) != rows[i].is) {
            fail_msg("row %d", (int)i);
        }
    }
}

static void every_code_point_is_encoded_and_comes_back(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10ffff; code_point++) {
        if (code_point == 0xd800) code_point = 0xe000;
        uint8_t bytes[4];
        const size_t size = gm_text_encode(code_point, bytes);
        struct gm_bytes rest = gm_bytes(bytes, size);
        uint32_t again;
        if (!gm_text_next(&rest, &again) || again != code_point || rest.size != 0) {
            fail_msg("U+%04X", (unsigned)code_point);
        }
        rest = gm_bytes(bytes, size - 1);
        if (gm_text_next(&rest, &again)) fail_msg("U+%04X, cut", (unsigned)code_point);
    }
}

static void plain_text_comes_back_itself(void **state)
{
    struct gm_arena *arena = *state;
    static const char *const rows[] = {"", "a", "Celadon bowl, 18 cm", "~!"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct gm_bytes text = gm_bytes_of_text(rows[i]);
        struct gm_bytes cleaned;
        assert_int_equal(gm_text_clean(arena, text, GM_TEXT_LINE, &cleaned), GM_OK);
        assert_ptr_equal(cleaned.at, text.at);
        assert_int_equal(cleaned.size, text.size);
    }
    assert_int_equal(gm_arena_mark(arena), 0);
}

static void text_is_stored_in_one_form(void **state)
{
    struct gm_arena *arena = *state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"  bowl ", "bowl"},
        {"\t bowl\r\n", "bowl"},
        {"a  b", "a  b"},
        {" ", ""},
        {"\u00a0\u3000\u2009\xc2\x85", ""},
        {"\u00a0gốm\u2003", "gốm"},
        /* o, circumflex and acute apart, in either of the forms that keyboards send */
        {"go\u0302\u0301m", "gốm"},
        {"g\u00f4\u0301m", "gốm"},
        {"gốm", "gốm"},
        {"Đông Triều", "Đông Triều"},
        {"\u212b", "\u00c5"}, /* the angstrom sign is a letter */
        {"\ufb01", "\ufb01"}, /* compatibility forms stay: NFC, not NFKC */
        {"q\u0323\u0307", "q\u0323\u0307"},
        {"q\u0307\u0323", "q\u0323\u0307"}, /* marks in their order */
        {"\U0001f3fa amphora", "\U0001f3fa amphora"},
        {"\u200d", "\u200d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gm_bytes cleaned;
        gm_arena_reset(arena);
        assert_int_equal(gm_text_clean(arena, gm_bytes_of_text(rows[i].in), GM_TEXT_LINE, &cleaned),
                         GM_OK);
        if (!gm_bytes_equal(cleaned, gm_bytes_of_text(rows[i].out))) fail_msg("row %d", (int)i);
    }
}

static void ascii_between_white_space_is_borrowed(void **state)
{
    struct gm_arena *arena = *state;
    const struct gm_bytes text = gm_bytes_of_text(" \u00a0bowl ");
    struct gm_bytes cleaned;
    assert_int_equal(gm_text_clean(arena, text, GM_TEXT_LINE, &cleaned), GM_OK);
    assert_true(borrows(cleaned, text));
    assert_int_equal(gm_arena_mark(arena), 0);
}

static void control_characters_are_refused_but_a_newline_in_a_block(void **state)
{
    struct gm_arena *arena = *state;
    static const struct {
        const char *text;
        size_t size;
        bool block; /* what a block says; a line refuses all of them */
    } rows[] = {
        {"a\0b", 3, false},       {"\0", 1, false},         {"a\0", 2, false},
        {"a\nb", 3, true},        {"a\tb", 3, false},       {"a\rb", 3, false},
        {"a\r\nb", 4, false},     {"a\x1b[31mb", 7, false}, {"a\x7f", 2, false},
        {"a\x1f", 2, false},      {"a\xc2\x80", 3, false},  {"a\xc2\x9f", 3, false},
        {"a\xc2\x85z", 4, false}, /* a next-line is white space outside and a control inside */
        {"a\u2028z", 5, false},   {"a\u2029z", 5, false},   {"gốm\nsứ", 10, true},
        {"gốm\tsứ", 10, false},   {"a\xff", 2, false},      {"\xc2", 1, false},
    };
    const struct gm_bytes kept = gm_bytes_of_text("kept");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct gm_bytes text = gm_bytes(rows[i].text, rows[i].size);
        struct gm_bytes cleaned = kept;
        if (gm_text_clean(arena, text, GM_TEXT_LINE, &cleaned) != GM_MALFORMED) {
            fail_msg("line, row %d", (int)i);
        }
        assert_ptr_equal(cleaned.at, kept.at);
        const enum gm_status expected = rows[i].block ? GM_OK : GM_MALFORMED;
        if (gm_text_clean(arena, text, GM_TEXT_BLOCK, &cleaned) != expected) {
            fail_msg("block, row %d", (int)i);
        }
    }
    struct gm_bytes cleaned;
    const struct gm_bytes just_not = gm_bytes_of_text("\u00a1~\u00ad");
    assert_int_equal(gm_text_clean(arena, just_not, GM_TEXT_LINE, &cleaned), GM_OK);
}

static void a_full_arena_is_an_answer(void **state)
{
    struct gm_arena *arena = *state;
    struct gm_bytes cleaned = gm_bytes_of_text("kept");
    assert_non_null(gm_arena_alloc(arena, ARENA_BYTES - 32));
    assert_int_equal(gm_text_clean(arena, gm_bytes_of_text("gốm"), GM_TEXT_LINE, &cleaned), GM_OK);
    assert_non_null(gm_arena_alloc(arena, 16));
    cleaned = gm_bytes_of_text("kept");
    assert_int_equal(gm_text_clean(arena, gm_bytes_of_text("gốm"), GM_TEXT_LINE, &cleaned),
                     GM_TOO_LARGE);
    assert_int_equal(gm_text_code(arena, gm_bytes_of_text("a"), &cleaned), GM_TOO_LARGE);
    assert_string_equal((const char *)cleaned.at, "kept");
}

static void only_the_bytes_of_the_result_stay_in_the_arena(void **state)
{
    struct gm_arena *arena = *state;
    struct gm_bytes cleaned;
    assert_int_equal(
        gm_text_clean(arena, gm_bytes_of_text("go\u0302\u0301m"), GM_TEXT_LINE, &cleaned), GM_OK);
    assert_int_equal(gm_arena_mark(arena), cleaned.size);
}

/* Random text of the characters that matter; what is clean stays as it is. */
static void cleaning_twice_changes_nothing_more(void **state)
{
    struct gm_arena *arena = *state;
    static const uint32_t alphabet[] = {'a',    'o',    'D',     ' ',    '\n',   0xa0,   0x300,
                                        0x301,  0x302,  0x303,   0x309,  0x31b,  0x323,  0x1ea1,
                                        0xf4,   0x1b0,  0x110,   0x1100, 0x1161, 0x11a8, 0xac00,
                                        0x2000, 0x3000, 0x1f3fa, 0x958};
    struct gm_random random;
    gm_random_seed(&random, 7);
    for (int i = 0; i < 20000; i++) {
        gm_arena_reset(arena);
        uint8_t bytes[80];
        size_t size = 0;
        for (uint64_t n = gm_random_below(&random, 20); n > 0; n--) {
            const uint64_t drawn = gm_random_below(&random, sizeof alphabet / sizeof alphabet[0]);
            size += gm_text_encode(alphabet[drawn], bytes + size);
        }
        struct gm_bytes once, twice;
        assert_int_equal(gm_text_clean(arena, gm_bytes(bytes, size), GM_TEXT_BLOCK, &once), GM_OK);
        assert_int_equal(gm_text_clean(arena, once, GM_TEXT_BLOCK, &twice), GM_OK);
        assert_true(gm_bytes_equal(once, twice));
        assert_true(gm_text_is_utf8(once));
    }
}

static void random_bytes_are_cleaned_or_refused_and_never_more(void **state)
{
    struct gm_arena *arena = *state;
    struct gm_random random;
    gm_random_seed(&random, 8);
    for (int i = 0; i < 20000; i++) {
        gm_arena_reset(arena);
        uint8_t bytes[24];
        const size_t size = (size_t)gm_random_below(&random, sizeof bytes + 1);
        gm_random_bytes(&random, bytes, size);
        struct gm_bytes cleaned;
        const enum gm_status status =
            gm_text_clean(arena, gm_bytes(bytes, size), GM_TEXT_BLOCK, &cleaned);
        assert_true(status == GM_OK || status == GM_MALFORMED);
        if (status == GM_OK) assert_true(gm_text_is_utf8(gm_bytes(bytes, size)));
    }
}

static void a_code_is_upper_case_and_of_its_alphabet(void **state)
{
    struct gm_arena *arena = *state;
    static const struct {
        const char *in, *out; /* NULL: refused */
    } rows[] = {
        {"MAIN", "MAIN"},
        {"main", "MAIN"},
        {" bt-01/a.b_c ", "BT-01/A.B_C"},
        {"0", "0"},
        {"azAZ09._/-", "AZAZ09._/-"},
        {"0123456789012345678901234567890123456789", "0123456789012345678901234567890123456789"},
        {"01234567890123456789012345678901234567890", NULL},
        {"", NULL},
        {"  ", NULL},
        {"a b", NULL},
        {"a,b", NULL},
        {"a:b", NULL},
        {"a@", NULL},
        {"a[", NULL},
        {"a`", NULL},
        {"a{", NULL},
        {"a\n.", NULL},
        {"\u0111", NULL},
        {"\u017f", NULL}, /* a long s has an ASCII capital in Unicode, not here */
        {"a\xff", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gm_bytes code = gm_bytes_of_text("kept");
        const enum gm_status status = gm_text_code(arena, gm_bytes_of_text(rows[i].in), &code);
        if (status != (rows[i].out == NULL ? GM_MALFORMED : GM_OK)) fail_msg("%s", rows[i].in);
        const char *expected = rows[i].out == NULL ? "kept" : rows[i].out;
        if (!gm_bytes_equal(code, gm_bytes_of_text(expected))) fail_msg("%s", rows[i].in);
    }
    struct gm_bytes code;
    assert_int_equal(gm_text_code(arena, gm_bytes("A\0B", 3), &code), GM_MALFORMED);
}

static void a_code_that_needs_no_change_is_borrowed(void **state)
{
    struct gm_arena *arena = *state;
    const struct gm_bytes text = gm_bytes_of_text(" BT-01 ");
    struct gm_bytes code;
    assert_int_equal(gm_text_code(arena, text, &code), GM_OK);
    assert_true(borrows(code, text));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_what_is_none),
        cmocka_unit_test(every_code_point_is_encoded_and_comes_back),
        TEST(plain_text_comes_back_itself),
        TEST(text_is_stored_in_one_form),
        TEST(ascii_between_white_space_is_borrowed),
        TEST(control_characters_are_refused_but_a_newline_in_a_block),
        TEST(a_full_arena_is_an_answer),
        TEST(only_the_bytes_of_the_result_stay_in_the_arena),
        TEST(cleaning_twice_changes_nothing_more),
        TEST(random_bytes_are_cleaned_or_refused_and_never_more),
        TEST(a_code_is_upper_case_and_of_its_alphabet),
        TEST(a_code_that_needs_no_change_is_borrowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
