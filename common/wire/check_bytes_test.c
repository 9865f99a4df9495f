/* The first pass, and both together: bytes that no encoder writes. */
#include "wire/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "catalog.pb-c.h"
#include "wire/check_bytes.h"
#include "wire/sample.h"
#include "wire/scan.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, RANDOM_ROUNDS = 100000 /* for every method */ };

static struct gm_random dice;
static struct gm_arena sample;  /* messages under test */
static struct gm_arena scratch; /* each check */

static void expect_bytes(struct gm_bytes body, const struct gm_rules *rules, enum gm_reason reason,
                         const char *path)
{
    char field[GM_FIELD_PATH_BYTES_MAX + 1] = "";
    ProtobufCMessage *message = NULL;
    const enum gm_reason got = gm_message_check(body, rules, &scratch, &message, field);
    if (got != reason || strcmp(field, reason == GM_REASON_NONE ? "" : path) != 0) {
        fail_msg("%s: %s instead of %s at '%s', expected at '%s'", rules->descriptor->name,
                 got == GM_REASON_NONE ? "none" : gm_reason_row(got)->word,
                 reason == GM_REASON_NONE ? "none" : gm_reason_row(reason)->word, field, path);
    }
    assert_int_equal(message != NULL, reason == GM_REASON_NONE);
}

/* ---- bytes that no encoder writes ---- */

/* The wire types in the order of their numbers, each with a value that the others would misread. */
static size_t put_field(uint8_t *at, uint32_t number, enum gm_wire_type type)
{
    at[0] = (uint8_t)(number << 3 | (uint32_t)type);
    memset(at + 1, 0, 8);
    const size_t value_bytes[] = {1, 8, 1, 0, 0, 4};
    return 1 + value_bytes[type];
}

static void a_field_with_another_wire_type_is_named(void **state)
{
    (void)state;
    static const enum gm_wire_type types[] = {GM_WIRE_VARINT, GM_WIRE_FIXED64, GM_WIRE_BYTES,
                                              GM_WIRE_FIXED32};
    unsigned refused = 0;
    for (unsigned m = 0; m < gm_method_count; m++) {
        const struct gm_rules *rules = gm_methods[m].request;
        for (unsigned f = 0; f < rules->descriptor->n_fields; f++) {
            const ProtobufCFieldDescriptor *field = &rules->descriptor->fields[f];
            const bool bytes = field->type == PROTOBUF_C_TYPE_STRING ||
                               field->type == PROTOBUF_C_TYPE_BYTES ||
                               field->type == PROTOBUF_C_TYPE_MESSAGE;
            const enum gm_wire_type own = bytes                                    ? GM_WIRE_BYTES
                                          : field->type == PROTOBUF_C_TYPE_FIXED64 ? GM_WIRE_FIXED64
                                                                                   : GM_WIRE_VARINT;
            for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
                if (types[t] == own) continue;
                uint8_t body[16];
                const size_t size = put_field(body, field->id, types[t]);
                gm_arena_reset(&scratch);
                expect_bytes(gm_bytes(body, size), rules, GM_REASON_BAD_FRAME, field->name);
                refused++;
            }
        }
    }
    assert_true(refused > 100);
}

static void a_message_that_is_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    for (unsigned m = 0; m < gm_method_count; m++) {
        const struct gm_rules *rules = gm_methods[m].request;
        gm_arena_reset(&sample);
        const struct gm_bytes body =
            gm_message_pack(gm_sample_message(rules, &dice, &sample), &sample);
        struct gm_scan scan = {body};
        size_t boundary = 0; /* behind the last whole field at or before the cut */
        for (size_t cut = 0; cut < body.size; cut++) {
            struct gm_scan_field ignored = {0};
            if (cut == body.size - scan.rest.size) {
                boundary = cut;
                assert_int_equal(gm_scan_next(&scan, &ignored), GM_OK);
            }
            char field[GM_FIELD_PATH_BYTES_MAX + 1];
            ProtobufCMessage *message = NULL;
            gm_arena_reset(&scratch);
            /* A copy of its own, so that the sanitizer sees a read behind its end. */
            uint8_t *copy = gm_arena_copy(&scratch, body.at, cut);
            const enum gm_reason reason =
                gm_message_check(gm_bytes(copy, cut), rules, &scratch, &message, field);
            if (cut != boundary) assert_int_equal(reason, GM_REASON_BAD_FRAME);
        }
    }
}

static void a_single_field_that_is_there_twice_is_named(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (unsigned m = 0; m < gm_method_count; m++) {
        const struct gm_rules *rules = gm_methods[m].request;
        gm_arena_reset(&sample);
        const struct gm_bytes body =
            gm_message_pack(gm_sample_message(rules, &dice, &sample), &sample);
        struct gm_scan scan = {body};
        for (;;) {
            const struct gm_bytes before = scan.rest;
            struct gm_scan_field scanned = {0};
            if (gm_scan_next(&scan, &scanned) != GM_OK) break;
            const ProtobufCFieldDescriptor *field =
                protobuf_c_message_descriptor_get_field(rules->descriptor, scanned.number);
            if (field->label == PROTOBUF_C_LABEL_REPEATED) continue;
            const size_t size = before.size - scan.rest.size;
            gm_arena_reset(&scratch);
            uint8_t *twice = gm_arena_zalloc(&scratch, body.size + size);
            memcpy(twice, body.at, body.size);
            memcpy(twice + body.size, before.at, size);
            expect_bytes(gm_bytes(twice, body.size + size), rules, GM_REASON_BAD_FRAME,
                         field->name);
            refused++;
        }
    }
    assert_true(refused > 50);
}

static void fields_that_are_not_known_are_passed_over_at_every_depth(void **state)
{
    (void)state;
    /* Number 1000: a varint, eight bytes, a message, four bytes. */
    static const uint8_t unknown[] = {0xc0, 0x3e, 0xff, 0x01, 0xc1, 0x3e, 1,    2,    3, 4, 5, 6, 7,
                                      8,    0xc2, 0x3e, 2,    0xff, 0xff, 0xc5, 0x3e, 1, 2, 3, 4};
    const struct gm_rules *rules = gm_method_named("catalog", "ListProducts")->request;

    uint8_t body[100];
    uint8_t *end = body;
    memcpy(end, unknown, sizeof unknown);
    end += sizeof unknown;
    end = gm_scan_put_message(end, 1, gm_bytes(unknown, sizeof unknown));
    gm_arena_reset(&scratch);
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    ProtobufCMessage *message = NULL;
    assert_int_equal(
        gm_message_check(gm_bytes(body, (size_t)(end - body)), rules, &scratch, &message, field),
        GM_REASON_NONE);
    assert_non_null(((Catalog__ListProductsRequest *)(void *)message)->page);
}

static void a_number_that_its_type_cannot_hold_is_named(void **state)
{
    (void)state;
    uint8_t body[32];
    const struct gm_rules *credit = gm_method_named("host", "Credit")->request;
    const uint8_t *end = gm_scan_put_varint(body, 2, (UINT64_C(1) << 32) + 5);
    gm_arena_reset(&scratch);
    expect_bytes(gm_bytes(body, (size_t)(end - body)), credit, GM_REASON_OUT_OF_RANGE, "bytes");
    end = gm_scan_put_varint(body, 2, 5);
    expect_bytes(gm_bytes(body, (size_t)(end - body)), credit, GM_REASON_NONE, "");
    end = gm_scan_put_varint(body, 3, 2); /* a bool */
    expect_bytes(gm_bytes(body, (size_t)(end - body)), credit, GM_REASON_OUT_OF_RANGE, "end");
}

static void a_string_that_no_cleaning_can_save_is_not_even_unpacked(void **state)
{
    (void)state;
    static uint8_t text[1024], body[1100];
    const struct gm_rules *rules = gm_method_named("catalog", "PublishProduct")->request;
    const size_t most = gm_text_raw_bytes_max(&rules->limits[0]);
    memset(text, ' ', sizeof text);
    for (size_t size = most; size <= most + 1; size++) {
        const uint8_t *end = gm_scan_put_bytes(body, 1, gm_bytes(text, size));
        char field[GM_FIELD_PATH_BYTES_MAX + 1] = "";
        assert_int_equal(gm_check_bytes(gm_bytes(body, (size_t)(end - body)), rules, field),
                         size > most ? GM_REASON_FIELD_TOO_LONG : GM_REASON_NONE);
        assert_string_equal(field, size > most ? "sku" : "");
    }
}

static void a_message_that_fills_the_arena_is_refused(void **state)
{
    (void)state;
    struct gm_arena small;
    assert_int_equal(gm_arena_init(&small, 256), GM_OK);
    const struct gm_rules *rules = gm_method_named("catalog", "Reserve")->request;
    gm_arena_reset(&sample);
    const struct gm_bytes body = gm_message_pack(gm_sample_message(rules, &dice, &sample), &sample);
    ProtobufCMessage *message = NULL;
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    assert_int_equal(gm_message_check(body, rules, &small, &message, field), GM_REASON_BAD_FRAME);
    assert_null(message);
    gm_arena_release(&small);
}

/* ---- shapes that no request has, so descriptors of our own ---- */

struct nested {
    ProtobufCMessage base;
    struct nested *inner;
    size_t n_numbers;
    uint32_t *numbers;
    uint32_t which; /* of the next two, by number */
    union {
        uint32_t one;
        uint32_t other;
    };
};
static const ProtobufCMessageDescriptor nested_descriptor;
static const ProtobufCFieldDescriptor nested_fields[] = {
    {.name = "inner",
     .id = 1,
     .label = PROTOBUF_C_LABEL_NONE,
     .type = PROTOBUF_C_TYPE_MESSAGE,
     .offset = offsetof(struct nested, inner),
     .descriptor = &nested_descriptor},
    {.name = "numbers",
     .id = 2,
     .label = PROTOBUF_C_LABEL_REPEATED,
     .type = PROTOBUF_C_TYPE_UINT32,
     .quantifier_offset = offsetof(struct nested, n_numbers),
     .offset = offsetof(struct nested, numbers),
     .flags = PROTOBUF_C_FIELD_FLAG_PACKED},
    {.name = "one",
     .id = 3,
     .label = PROTOBUF_C_LABEL_NONE,
     .type = PROTOBUF_C_TYPE_UINT32,
     .quantifier_offset = offsetof(struct nested, which),
     .offset = offsetof(struct nested, one),
     .flags = PROTOBUF_C_FIELD_FLAG_ONEOF},
    {.name = "other",
     .id = 4,
     .label = PROTOBUF_C_LABEL_NONE,
     .type = PROTOBUF_C_TYPE_UINT32,
     .quantifier_offset = offsetof(struct nested, which),
     .offset = offsetof(struct nested, other),
     .flags = PROTOBUF_C_FIELD_FLAG_ONEOF},
};
static const ProtobufCIntRange nested_ranges[] = {{1, 0}, {0, 4}};
static const ProtobufCMessageDescriptor nested_descriptor = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "nested",
    .sizeof_message = sizeof(struct nested),
    .n_fields = 4,
    .fields = nested_fields,
    .n_field_ranges = 1,
    .field_ranges = nested_ranges,
};
static const struct gm_rules nested_rules;
static const struct gm_limit nested_limits[] = {
    {.id_kind = -1, .rules = &nested_rules},
    {.id_kind = -1, .has_max = true, .max = 1000, .max_items = 4},
    {.id_kind = -1, .has_min = true, .min = 5},
    {.id_kind = -1},
};
static const struct gm_rules nested_rules = {&nested_descriptor, nested_limits};

static void a_message_that_is_too_deep_is_refused(void **state)
{
    (void)state;
    uint8_t body[2 * GM_MESSAGE_DEPTH_MAX] = {0};
    for (unsigned depth = 1; depth <= GM_MESSAGE_DEPTH_MAX + 1; depth++) {
        /* depth - 1 messages, each inside the other. */
        const size_t size = (size_t)2 * (depth - 1);
        for (size_t i = 0; i < size; i += 2) {
            body[i] = 0x0a;
            body[i + 1] = (uint8_t)(size - i - 2);
        }
        gm_arena_reset(&scratch);
        expect_bytes(gm_bytes(body, size), &nested_rules,
                     depth > GM_MESSAGE_DEPTH_MAX ? GM_REASON_BAD_FRAME : GM_REASON_NONE,
                     "inner.inner.inner.inner.inner.inner.inne");
        /* Before anything is unpacked. */
        char field[GM_FIELD_PATH_BYTES_MAX + 1];
        assert_int_equal(gm_check_bytes(gm_bytes(body, size), &nested_rules, field),
                         depth > GM_MESSAGE_DEPTH_MAX ? GM_REASON_BAD_FRAME : GM_REASON_NONE);
    }
}

static void of_a_oneof_one_member_is_taken_and_checked(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum gm_reason reason;
        uint8_t size;
        uint8_t bytes[4];
    } rows[] = {
        {"", GM_REASON_NONE, 0, {0}}, /* absent, its minimum does not bind */
        {"", GM_REASON_NONE, 2, {0x18, 5}},
        {"one", GM_REASON_OUT_OF_RANGE, 2, {0x18, 4}},
        {"", GM_REASON_NONE, 2, {0x20, 4}},
        {"other", GM_REASON_BAD_FRAME, 4, {0x18, 5, 0x20, 4}},
        {"one", GM_REASON_BAD_FRAME, 4, {0x20, 4, 0x18, 5}},
        {"one", GM_REASON_BAD_FRAME, 4, {0x18, 5, 0x18, 5}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gm_arena_reset(&scratch);
        expect_bytes(gm_bytes(rows[i].bytes, rows[i].size), &nested_rules, rows[i].reason,
                     rows[i].path);
    }
}

static void repeated_numbers_come_packed_or_not_and_count_together(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum gm_reason reason;
        uint8_t size;
        uint8_t bytes[11];
    } rows[] = {
        /* packed, one by one, both, none */
        {"", GM_REASON_NONE, 6, {0x12, 4, 1, 2, 3, 4}},
        {"", GM_REASON_NONE, 8, {0x10, 1, 0x10, 2, 0x10, 3, 0x10, 4}},
        {"", GM_REASON_NONE, 8, {0x12, 2, 1, 2, 0x10, 3, 0x10, 4}},
        {"", GM_REASON_NONE, 2, {0x12, 0}},
        /* five, packed and both */
        {"numbers", GM_REASON_TOO_MANY, 7, {0x12, 5, 1, 2, 3, 4, 5}},
        {"numbers", GM_REASON_TOO_MANY, 9, {0x12, 3, 1, 2, 3, 0x10, 4, 0x10, 5}},
        /* packed: cut off, of 33 bits, over 1,000 */
        {"numbers[1]", GM_REASON_BAD_FRAME, 4, {0x12, 2, 1, 0x80}},
        {"numbers[1]", GM_REASON_OUT_OF_RANGE, 8, {0x12, 6, 1, 128, 128, 128, 128, 16}},
        {"numbers[1]", GM_REASON_OUT_OF_RANGE, 5, {0x12, 3, 1, 0xe9, 7}},
        /* as eight bytes */
        {"numbers", GM_REASON_BAD_FRAME, 9, {0x11, 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gm_arena_reset(&scratch);
        expect_bytes(gm_bytes(rows[i].bytes, rows[i].size), &nested_rules, rows[i].reason,
                     rows[i].path);
    }
}

/* ---- random bytes ---- */

/* A valid message with a few bytes changed, left out or doubled, or nothing but noise. */
static size_t any_body(struct gm_bytes valid, uint8_t *body, size_t room)
{
    if (valid.size == 0 || gm_random_chance(&dice, 300000)) {
        const size_t size = gm_random_below(&dice, 64);
        gm_random_bytes(&dice, body, size);
        return size;
    }
    size_t size = valid.size;
    memcpy(body, valid.at, size);
    for (uint64_t changes = 1 + gm_random_below(&dice, 4); changes > 0 && size > 1; changes--) {
        const size_t at = gm_random_below(&dice, size);
        const size_t run = 1 + gm_random_below(&dice, size - at);
        switch (gm_random_below(&dice, 4)) {
        case 0:
            body[at] ^= (uint8_t)(1U << gm_random_below(&dice, 8));
            break;
        case 1:
            body[at] = (uint8_t)gm_random_u64(&dice);
            break;
        case 2: /* left out */
            size -= run;
            memmove(body + at, body + at + run, size - at);
            break;
        default: /* doubled */
            if (size + run > room) break;
            memmove(body + at + run, body + at, size - at);
            size += run;
        }
    }
    return size;
}

/* What passed is in stored form: it passes again, and nothing changes any more. */
static void expect_settled(const ProtobufCMessage *message, const struct gm_rules *rules)
{
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    ProtobufCMessage *again = NULL;
    const struct gm_bytes stored = gm_message_pack(message, &scratch);
    assert_int_equal(gm_message_check(stored, rules, &scratch, &again, field), GM_REASON_NONE);
    assert_true(gm_bytes_equal(gm_message_pack(again, &scratch), stored));
}

static void random_bytes_are_refused_or_give_a_message_that_passes_again(void **state)
{
    (void)state;
    static uint8_t body[16 * 1024];
    unsigned passed = 0;
    for (unsigned m = 0; m < gm_method_count; m++) {
        const struct gm_rules *rules = gm_methods[m].request;
        gm_arena_reset(&sample);
        const struct gm_bytes valid =
            gm_message_pack(gm_sample_message(rules, &dice, &sample), &sample);
        assert_true(valid.size <= sizeof body / 2);
        for (int round = 0; round < RANDOM_ROUNDS; round++) {
            const size_t size = any_body(valid, body, sizeof body);
            char field[GM_FIELD_PATH_BYTES_MAX + 1];
            ProtobufCMessage *message = NULL;
            gm_arena_reset(&scratch);
            if (gm_message_check(gm_bytes(body, size), rules, &scratch, &message, field) !=
                GM_REASON_NONE) {
                assert_null(message);
                assert_true(strlen(field) <= GM_FIELD_PATH_BYTES_MAX);
                continue;
            }
            expect_settled(message, rules);
            passed++;
        }
    }
    assert_true(passed > RANDOM_ROUNDS); /* it was tried */
}

static void ids_go_into_fields_and_back(void **state)
{
    (void)state;
    struct gm_id id;
    gm_random_bytes(&dice, id.v, sizeof id.v);
    assert_true(gm_id_equal(gm_message_id(gm_message_bytes(&id)), id));
    assert_true(gm_id_is_zero(gm_message_id((ProtobufCBinaryData){15, id.v})));
    assert_true(gm_id_is_zero(gm_message_id((ProtobufCBinaryData){0, NULL})));
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    printf("seed %llu\n", (unsigned long long)seed);
    gm_random_seed(&dice, seed);
    if (gm_arena_init(&sample, ARENA_BYTES) != GM_OK) return 1;
    if (gm_arena_init(&scratch, ARENA_BYTES) != GM_OK) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_with_another_wire_type_is_named),
        cmocka_unit_test(a_message_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_single_field_that_is_there_twice_is_named),
        cmocka_unit_test(fields_that_are_not_known_are_passed_over_at_every_depth),
        cmocka_unit_test(a_number_that_its_type_cannot_hold_is_named),
        cmocka_unit_test(a_string_that_no_cleaning_can_save_is_not_even_unpacked),
        cmocka_unit_test(a_message_that_fills_the_arena_is_refused),
        cmocka_unit_test(a_message_that_is_too_deep_is_refused),
        cmocka_unit_test(of_a_oneof_one_member_is_taken_and_checked),
        cmocka_unit_test(repeated_numbers_come_packed_or_not_and_count_together),
        cmocka_unit_test(random_bytes_are_refused_or_give_a_message_that_passes_again),
        cmocka_unit_test(ids_go_into_fields_and_back),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gm_arena_release(&sample);
    gm_arena_release(&scratch);
    return failed;
}
