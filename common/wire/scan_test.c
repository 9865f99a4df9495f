#include "wire/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BYTES(...) gm_bytes((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void each_wire_type_is_read(void **state)
{
    (void)state;
    struct gm_scan scan = {BYTES(0x08, 0x96, 0x01,                  /* 1: 150 */
                                 0x11, 1, 0, 0, 0, 0, 0, 0, 0x80,   /* 2: 2^63 + 1 */
                                 0x1a, 2, 'h', 'i',                 /* 3: "hi" */
                                 0x25, 0xff, 0xff, 0xff, 0xff,      /* 4: 2^32 - 1 */
                                 0xfa, 0xff, 0xff, 0xff, 0x0f, 0)}; /* 2^29 - 1: "" */
    struct gm_scan_field field;
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == 1 && field.type == GM_WIRE_VARINT && field.value == 150);
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == 2 && field.type == GM_WIRE_FIXED64);
    assert_true(field.value == (UINT64_C(1) << 63) + 1);
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == 3 && field.type == GM_WIRE_BYTES);
    assert_true(gm_bytes_equal(field.bytes, gm_bytes_of_text("hi")));
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == 4 && field.type == GM_WIRE_FIXED32 && field.value == UINT32_MAX);
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == (1 << 29) - 1 && field.bytes.size == 0);
    assert_int_equal(gm_scan_next(&scan, &field), GM_END);
    assert_int_equal(gm_scan_next(&scan, &field), GM_END);
}

static void what_is_not_of_the_form_is_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        uint8_t size;
        uint8_t bytes[16];
    } rows[] = {
        {"a tag without a value", 1, {0x08}},
        {"a tag that does not end", 1, {0x88}},
        {"a varint that does not end", 3, {0x08, 0xff, 0xff}},
        {"a varint of eleven bytes", 12, {8, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0}},
        {"a varint of 65 bits", 11, {8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2}},
        {"seven bytes of eight", 8, {0x09, 1, 2, 3, 4, 5, 6, 7}},
        {"three bytes of four", 4, {0x0d, 1, 2, 3}},
        {"one byte of two", 3, {0x0a, 2, 'h'}},
        {"a size near 2^64", 11, {10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}},
        {"field number 0", 2, {0x00, 0}},
        {"field number 2^29", 6, {0x80, 0x80, 0x80, 0x80, 0x10, 0}},
        {"a group begins", 2, {0x0b, 0x0c}},
        {"a group ends", 1, {0x0c}},
        {"wire type 6", 2, {0x0e, 0}},
        {"wire type 7", 2, {0x0f, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gm_scan scan = {gm_bytes(rows[i].bytes, rows[i].size)};
        struct gm_scan_field field = {.number = 77};
        if (gm_scan_next(&scan, &field) != GM_MALFORMED) fail_msg("%s", rows[i].label);
        assert_int_equal(field.number, 77);
    }
}

static void the_largest_varint_is_read(void **state)
{
    (void)state;
    struct gm_scan scan = {BYTES(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)};
    struct gm_scan_field field;
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.value == UINT64_MAX);
}

static void packed_items_are_read_one_by_one(void **state)
{
    (void)state;
    struct gm_scan varints = {BYTES(1, 0x80, 1, 0x80)};
    uint64_t value;
    assert_int_equal(gm_scan_packed(&varints, GM_WIRE_VARINT, &value), GM_OK);
    assert_int_equal(value, 1);
    assert_int_equal(gm_scan_packed(&varints, GM_WIRE_VARINT, &value), GM_OK);
    assert_int_equal(value, 128);
    assert_int_equal(gm_scan_packed(&varints, GM_WIRE_VARINT, &value), GM_MALFORMED);

    struct gm_scan fixed = {BYTES(1, 0, 0, 0, 2, 0, 0)};
    assert_int_equal(gm_scan_packed(&fixed, GM_WIRE_FIXED32, &value), GM_OK);
    assert_int_equal(value, 1);
    assert_int_equal(gm_scan_packed(&fixed, GM_WIRE_FIXED32, &value), GM_MALFORMED);

    struct gm_scan empty = {{0}};
    assert_int_equal(gm_scan_packed(&empty, GM_WIRE_FIXED64, &value), GM_END);
}

static void what_was_put_is_read_back_and_zero_is_not_written(void **state)
{
    (void)state;
    uint8_t bytes[64];
    uint8_t *end = bytes;
    end = gm_scan_put_varint(end, 1, 0);
    end = gm_scan_put_fixed64(end, 2, 0);
    end = gm_scan_put_bytes(end, 3, (struct gm_bytes){0});
    assert_ptr_equal(end, bytes);
    end = gm_scan_put_message(end, 4, (struct gm_bytes){0});
    end = gm_scan_put_varint(end, 5, UINT64_MAX);
    end = gm_scan_put_fixed64(end, 15, 7);
    end = gm_scan_put_bytes(end, 6, gm_bytes_of_text("gom"));

    struct gm_scan scan = {gm_bytes(bytes, (size_t)(end - bytes))};
    struct gm_scan_field field;
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == 4 && field.bytes.size == 0);
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == 5 && field.value == UINT64_MAX);
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(field.number == 15 && field.type == GM_WIRE_FIXED64 && field.value == 7);
    assert_int_equal(gm_scan_next(&scan, &field), GM_OK);
    assert_true(gm_bytes_equal(field.bytes, gm_bytes_of_text("gom")));
    assert_int_equal(gm_scan_next(&scan, &field), GM_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wire_type_is_read),
        cmocka_unit_test(what_is_not_of_the_form_is_malformed),
        cmocka_unit_test(the_largest_varint_is_read),
        cmocka_unit_test(packed_items_are_read_one_by_one),
        cmocka_unit_test(what_was_put_is_read_back_and_zero_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
