#include "base/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct gm_id example = {{0x01, 0x89, 0x0a, 0x5d, 0xac, 0x96, 0x7a, 0x3b, 0x8c, 0x4d,
                                      0x5e, 0x6f, 0x70, 0x81, 0x92, 0x03}};
#define EXAMPLE_MS  INT64_C(0x01890a5dac96)
#define TIME_MAX_MS ((INT64_C(1) << 48) - 1)

static void a_v7_id_holds_its_time_its_bits_and_the_random_rest(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1, EXAMPLE_MS, TIME_MAX_MS};
    static const uint8_t all_ones[10] = {0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t all_zeros[10] = {0};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const struct gm_id ones = gm_id_v7(times[i], all_ones);
        const struct gm_id zeros = gm_id_v7(times[i], all_zeros);
        assert_true(gm_id_time_ms(ones) == times[i]);
        assert_true(gm_id_time_ms(zeros) == times[i]);
        assert_true(gm_id_is_v7(ones));
        assert_true(gm_id_is_v7(zeros));
        int random_bits = 0;
        for (int b = 0; b < GM_ID_BYTES; b++) {
            random_bits += __builtin_popcount(ones.v[b] ^ zeros.v[b]);
        }
        assert_int_equal(random_bits, 74);
    }
}

static void a_later_id_sorts_after_an_earlier_one(void **state)
{
    (void)state;
    static const uint8_t low[10] = {0};
    static const uint8_t high[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_true(gm_id_compare(gm_id_v7(255, high), gm_id_v7(256, low)) < 0);
    assert_true(gm_id_compare(gm_id_v7(256, low), gm_id_v7(255, high)) > 0);
    assert_int_equal(gm_id_compare(example, example), 0);
}

static void another_version_or_variant_is_not_v7(void **state)
{
    (void)state;
    for (int nibble = 0; nibble < 16; nibble++) {
        struct gm_id id = example;
        id.v[6] = (uint8_t)(nibble << 4);
        assert_int_equal(gm_id_is_v7(id), nibble == 7);
        id = example;
        id.v[8] = (uint8_t)(nibble << 4);
        assert_int_equal(gm_id_is_v7(id), nibble >= 8 && nibble <= 11);
    }
    assert_false(gm_id_is_v7((struct gm_id){{0}}));
    assert_true(gm_id_is_zero((struct gm_id){{0}}));
    assert_false(gm_id_is_zero(example));
}

/* Ids made by earlier versions have to come out again in a replay. */
static void derived_ids_are_pinned_by_the_format(void **state)
{
    (void)state;
    static const struct gm_id derived = {{0x01, 0x89, 0x0a, 0x5d, 0xac, 0x96, 0x72, 0xb2, 0xa9,
                                          0xce, 0xd7, 0x8e, 0x95, 0xda, 0x79, 0x45}};
    static const struct gm_id of_row = {{0x01, 0x89, 0x0a, 0x5d, 0xac, 0x96, 0x7f, 0x67, 0xb1, 0xf4,
                                         0xd8, 0xfb, 0xb5, 0xab, 0x07, 0xdb}};
    assert_memory_equal(gm_id_derive(example, 1).v, derived.v, GM_ID_BYTES);
    assert_memory_equal(gm_id_of_content(EXAMPLE_MS, gm_bytes_of_text("row")).v, of_row.v,
                        GM_ID_BYTES);
}

static void derived_ids_keep_the_time_and_differ_from_each_other(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    struct gm_id ids[COUNT];
    for (uint32_t n = 0; n < COUNT; n++) {
        ids[n] = gm_id_derive(example, n);
        assert_true(gm_id_is_v7(ids[n]));
        assert_true(gm_id_time_ms(ids[n]) == EXAMPLE_MS);
        assert_false(gm_id_equal(ids[n], example));
        for (uint32_t m = 0; m < n; m++) {
            assert_false(gm_id_equal(ids[n], ids[m]));
        }
    }
}

static void the_same_content_at_the_same_time_is_the_same_id(void **state)
{
    (void)state;
    const struct gm_bytes row = gm_bytes_of_text("row"), other = gm_bytes_of_text("rox");
    const struct gm_id id = gm_id_of_content(EXAMPLE_MS, row);
    assert_true(gm_id_is_v7(id));
    assert_true(gm_id_time_ms(id) == EXAMPLE_MS);
    assert_true(gm_id_equal(id, gm_id_of_content(EXAMPLE_MS, row)));
    assert_false(gm_id_equal(id, gm_id_of_content(EXAMPLE_MS, other)));
    assert_false(gm_id_equal(id, gm_id_of_content(EXAMPLE_MS + 1, row)));
}

static void every_kind_has_a_prefix_of_its_own(void **state)
{
    (void)state;
    for (enum gm_id_kind a = 0; a < GM_ID_KIND_COUNT; a++) {
        assert_int_equal(strlen(gm_id_prefix(a)), 3);
        for (enum gm_id_kind b = 0; b < a; b++) {
            assert_string_not_equal(gm_id_prefix(a), gm_id_prefix(b));
        }
    }
    assert_string_equal(gm_id_prefix(GM_ID_lot), "lot");
}

static void text_is_typeid(void **state)
{
    (void)state;
    char text[GM_ID_TEXT_MAX];
    assert_ptr_equal(gm_id_text(GM_ID_lot, example, text), text);
    assert_string_equal(text, "lot_01h455vb4pf8xrrkaydxr834g3");
    assert_string_equal(gm_id_text(GM_ID_order, (struct gm_id){{0}}, text),
                        "ord_00000000000000000000000000");
    struct gm_id highest;
    memset(highest.v, 0xff, sizeof highest.v);
    assert_string_equal(gm_id_text(GM_ID_command, highest, text), "cmd_7zzzzzzzzzzzzzzzzzzzzzzzzz");
}

static void text_of_every_kind_comes_back_and_sorts_as_the_bytes_do(void **state)
{
    (void)state;
    struct gm_id last = {{0}};
    char last_text[GM_ID_TEXT_MAX] = "";
    for (uint32_t n = 0; n < 2000; n++) {
        const enum gm_id_kind kind = (enum gm_id_kind)(n % GM_ID_KIND_COUNT);
        const struct gm_id id = gm_id_derive(example, n);
        char text[GM_ID_TEXT_MAX];
        gm_id_text(kind, id, text);
        struct gm_id again;
        assert_int_equal(gm_id_parse(kind, gm_bytes_of_text(text), &again), GM_OK);
        assert_memory_equal(again.v, id.v, GM_ID_BYTES);
        if (n > 0) {
            assert_true((strcmp(text + 4, last_text + 4) < 0) == (gm_id_compare(id, last) < 0));
        }
        last = id;
        memcpy(last_text, text, sizeof text);
    }
}

static void text_that_is_no_id_of_the_kind_is_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text;
    } rows[] = {
        {"empty", ""},
        {"prefix alone", "lot_"},
        {"another kind", "prd_01h455vb4pf8xrrkaydxr834g3"},
        {"prefix in capitals", "LOT_01h455vb4pf8xrrkaydxr834g3"},
        {"no underscore", "lot-01h455vb4pf8xrrkaydxr834g3"},
        {"a digit too few", "lot_01h455vb4pf8xrrkaydxr834g"},
        {"a digit too many", "lot_01h455vb4pf8xrrkaydxr834g30"},
        {"129 bits", "lot_80000000000000000000000000"},
        {"129 bits, first digit a letter", "lot_z1h455vb4pf8xrrkaydxr834g3"},
        {"capital digit", "lot_01H455vb4pf8xrrkaydxr834g3"},
        {"i", "lot_01i455vb4pf8xrrkaydxr834g3"},
        {"l", "lot_01l455vb4pf8xrrkaydxr834g3"},
        {"o", "lot_01o455vb4pf8xrrkaydxr834g3"},
        {"u", "lot_01u455vb4pf8xrrkaydxr834g3"},
        {"first digit below the alphabet", "lot_/1h455vb4pf8xrrkaydxr834g3"},
        {"not ASCII", "lot_01h455vb4pf8xrrkaydxr834\xc3\xa9"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gm_id id = example;
        if (gm_id_parse(GM_ID_lot, gm_bytes_of_text(rows[i].text), &id) != GM_MALFORMED) {
            fail_msg("%s", rows[i].label);
        }
        assert_memory_equal(id.v, example.v, GM_ID_BYTES);
    }
    struct gm_id id = example;
    assert_int_equal(gm_id_parse(GM_ID_lot, gm_bytes(NULL, 0), &id), GM_MALFORMED);
    assert_int_equal(gm_id_parse(GM_ID_lot, gm_bytes("lot_01h455vb4pf8xr\0kaydxr834g3", 30), &id),
                     GM_MALFORMED);
    assert_int_equal(
        gm_id_parse(GM_ID_lot, gm_bytes_of_text("lot_7zzzzzzzzzzzzzzzzzzzzzzzzz"), &id), GM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_v7_id_holds_its_time_its_bits_and_the_random_rest),
        cmocka_unit_test(a_later_id_sorts_after_an_earlier_one),
        cmocka_unit_test(another_version_or_variant_is_not_v7),
        cmocka_unit_test(derived_ids_are_pinned_by_the_format),
        cmocka_unit_test(derived_ids_keep_the_time_and_differ_from_each_other),
        cmocka_unit_test(the_same_content_at_the_same_time_is_the_same_id),
        cmocka_unit_test(every_kind_has_a_prefix_of_its_own),
        cmocka_unit_test(text_is_typeid),
        cmocka_unit_test(text_of_every_kind_comes_back_and_sorts_as_the_bytes_do),
        cmocka_unit_test(text_that_is_no_id_of_the_kind_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
