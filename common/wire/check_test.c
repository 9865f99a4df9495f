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
#include "wire/check_message.h"
#include "wire/sample.h"
#include "wire/scan.h"

enum { ARENA_BYTES = 1024 * 1024, SLOTS_MAX = 1024, SAMPLES = 3, RANDOM_ROUNDS = 100000 };

static struct gm_random dice;
static struct gm_arena sample;  /* messages under test */
static struct gm_arena scratch; /* each check */

/* ---- the places of a message where something can be wrong ---- */

struct slot {
    const ProtobufCFieldDescriptor *field;
    const struct gm_limit *limit;
    uint8_t *message; /* that has the field */
    void *at;         /* value or item; NULL for a repeated field as a whole */
    bool required;
    char path[GM_FIELD_PATH_BYTES_MAX + 1];
};

struct slots {
    size_t count;
    struct slot all[SLOTS_MAX];
};
static struct slots slots;

static void collect(uint8_t *message, const struct gm_rules *rules, const char *prefix);

static void add(const struct gm_rules *rules, unsigned index, uint8_t *message, void *at,
                bool required, const char *path)
{
    const struct slot slot = {.field = &rules->descriptor->fields[index],
                              .limit = &rules->limits[index],
                              .message = message,
                              .at = at,
                              .required = required};
    assert_true(slots.count < SLOTS_MAX);
    slots.all[slots.count] = slot;
    strncpy(slots.all[slots.count].path, path, GM_FIELD_PATH_BYTES_MAX);
    slots.count++;
    if (at != NULL && slot.field->type == PROTOBUF_C_TYPE_MESSAGE) {
        collect(*(uint8_t **)at, slot.limit->rules, path);
    }
}

static void collect(uint8_t *message, const struct gm_rules *rules, const char *prefix)
{
    for (unsigned i = 0; i < rules->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &rules->descriptor->fields[i];
        const uint8_t *quantifier = message + field->quantifier_offset;
        char path[128], item[160];
        snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] ? "." : "", field->name);
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            const bool oneof = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
            if (oneof && *(const uint32_t *)(const void *)quantifier != field->id) continue;
            add(rules, i, message, message + field->offset, rules->limits[i].required, path);
            continue;
        }
        add(rules, i, message, NULL, rules->limits[i].min_items > 0, path);
        const size_t count = *(const size_t *)(const void *)quantifier;
        uint8_t *items = *(uint8_t **)(void *)(message + field->offset);
        for (size_t k = 0; k < count; k++) {
            snprintf(item, sizeof item, "%s[%zu]", path, k);
            add(rules, i, message, items + k * gm_item_bytes(field->type), true, item);
        }
    }
}

/* ---- what is said of a message ---- */

static void expect_bytes(struct gm_bytes body, const struct gm_rules *rules, enum gm_reason reason,
                         const char *path)
{
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    ProtobufCMessage *message = NULL;
    const enum gm_reason got = gm_message_check(body, rules, &scratch, &message, field);
    if (got != reason || strcmp(field, reason == GM_REASON_NONE ? "" : path) != 0) {
        fail_msg("%s: %s instead of %s at '%s', expected at '%s'", rules->descriptor->name,
                 got == GM_REASON_NONE ? "none" : gm_reason_row(got)->word,
                 reason == GM_REASON_NONE ? "none" : gm_reason_row(reason)->word, field, path);
    }
    assert_int_equal(message != NULL, reason == GM_REASON_NONE);
}

/* Built here and sent here: both are told the same. */
static void expect(const ProtobufCMessage *message, const struct gm_rules *rules,
                   enum gm_reason reason, const char *path)
{
    gm_arena_reset(&scratch);
    const struct gm_bytes body = gm_message_pack(message, &scratch);
    assert_non_null(body.at);
    expect_bytes(body, rules, reason, path);

    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    const size_t mark = gm_arena_mark(&scratch);
    assert_int_equal(gm_message_check_built(message, rules, &scratch, field), reason);
    assert_string_equal(field, reason == GM_REASON_NONE ? "" : path);
    assert_int_equal(gm_arena_mark(&scratch), mark);
}

typedef void slot_test(const ProtobufCMessage *message, const struct gm_rules *rules,
                       struct slot *slot);

/* Runs a test on every place of some messages of every method. */
static void on_every_slot(slot_test *test)
{
    for (unsigned m = 0; m < gm_method_count; m++) {
        for (int round = 0; round < SAMPLES; round++) {
            const struct gm_rules *rules = gm_methods[m].request;
            gm_arena_reset(&sample);
            ProtobufCMessage *message = gm_sample_message(rules, &dice, &sample);
            slots.count = 0;
            collect((uint8_t *)(void *)message, rules, "");
            for (size_t i = 0; i < slots.count; i++) {
                test(message, rules, &slots.all[i]);
            }
        }
    }
}

/* ---- valid ---- */

static void a_valid_message_of_every_method_passes_unchanged(void **state)
{
    (void)state;
    for (unsigned m = 0; m < gm_method_count; m++) {
        for (int round = 0; round < 100; round++) {
            const struct gm_rules *rules = gm_methods[m].request;
            gm_arena_reset(&sample);
            const ProtobufCMessage *message = gm_sample_message(rules, &dice, &sample);
            expect(message, rules, GM_REASON_NONE, "");

            gm_arena_reset(&scratch);
            char field[GM_FIELD_PATH_BYTES_MAX + 1];
            ProtobufCMessage *back;
            const struct gm_bytes body = gm_message_pack(message, &sample);
            assert_int_equal(gm_message_check(body, rules, &scratch, &back, field), GM_REASON_NONE);
            assert_true(gm_bytes_equal(gm_message_pack(back, &scratch), body));
        }
    }
}

/* ---- one thing wrong ---- */

static void check_strings(const ProtobufCMessage *message, const struct gm_rules *rules,
                          struct slot *slot)
{
    if (slot->at == NULL || slot->field->type != PROTOBUF_C_TYPE_STRING) return;
    const char **place = slot->at;
    const char *const before = *place;
    const size_t most = slot->limit->max_bytes;
    const size_t raw_most = gm_text_raw_bytes_max(slot->limit);
    const bool any = slot->limit->text == GM_FORM_LINE || slot->limit->text == GM_FORM_BLOCK;
    const bool slug_or_code =
        slot->limit->text == GM_FORM_SLUG || slot->limit->text == GM_FORM_CODE;
    const size_t mark = gm_arena_mark(&sample);
    char *text = gm_arena_zalloc(&sample, raw_most + 8);
    *place = text;

    /* Lengths: of the stored form, and of what may become one. */
    const enum gm_reason fits = any || slug_or_code ? GM_REASON_NONE : GM_REASON_BAD_TEXT;
    memset(text, '0', most);
    expect(message, rules, fits, slot->path);
    text[most] = '0';
    expect(message, rules, GM_REASON_FIELD_TOO_LONG, slot->path);
    memset(text, ' ', raw_most);
    memset(text + GM_TEXT_MARGIN_BYTES, '0', most);
    expect(message, rules, fits, slot->path);
    text[raw_most] = ' ';
    expect(message, rules, GM_REASON_FIELD_TOO_LONG, slot->path);

    /* e, circumflex, acute: five bytes that compose to three. */
    memset(text, 0, raw_most + 8);
    for (size_t i = 0; i < most / 3; i++) {
        memcpy(text + 5 * i, "e\xcc\x82\xcc\x81", 5);
    }
    expect(message, rules, any ? GM_REASON_NONE : GM_REASON_BAD_TEXT, slot->path);
    strcat(text, "zzz");
    expect(message, rules, GM_REASON_FIELD_TOO_LONG, slot->path);

    static const char *const bad[] = {
        "g\xff",  "g\xc0\xaf",  "\xe1\xbb", "\xed\xa0\x80", "\xf4\x90\x80\x80", "g\x01g",
        "g\x7fg", "g\xc2\x85g", "g\tg",     "g\rg",         "g\xe2\x80\xa8g"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        *place = bad[i];
        if (gm_bytes_of_text(bad[i]).size <= most || any) {
            expect(message, rules, GM_REASON_BAD_TEXT, slot->path);
        }
    }
    *place = "g\ng";
    expect(message, rules, slot->limit->text == GM_FORM_BLOCK ? GM_REASON_NONE : GM_REASON_BAD_TEXT,
           slot->path);
    *place = " \n ";
    expect(message, rules, slot->required ? GM_REASON_FIELD_MISSING : GM_REASON_NONE, slot->path);
    *place = "";
    expect(message, rules, slot->required ? GM_REASON_FIELD_MISSING : GM_REASON_NONE, slot->path);
    *place = before;
    gm_arena_rewind(&sample, mark);
}

static void a_string_that_is_wrong_in_any_way_is_named(void **state)
{
    (void)state;
    on_every_slot(check_strings);
}

static void check_nul(const ProtobufCMessage *message, const struct gm_rules *rules,
                      struct slot *slot)
{
    static const char marked[] = "q\x02q";
    if (slot->at == NULL || slot->field->type != PROTOBUF_C_TYPE_STRING) return;
    const char **place = slot->at;
    const char *const before = *place;
    *place = marked;
    gm_arena_reset(&scratch);
    const struct gm_bytes body = gm_message_pack(message, &scratch);
    uint8_t *found = memmem(body.at, body.size, marked, 3);
    assert_non_null(found);
    found[1] = '\0';
    expect_bytes(body, rules, GM_REASON_BAD_TEXT, slot->path);
    *place = before;
}

static void a_nul_inside_a_string_is_named(void **state)
{
    (void)state;
    on_every_slot(check_nul);
}

static void check_binaries(const ProtobufCMessage *message, const struct gm_rules *rules,
                           struct slot *slot)
{
    if (slot->at == NULL || slot->field->type != PROTOBUF_C_TYPE_BYTES) return;
    ProtobufCBinaryData *place = slot->at;
    const ProtobufCBinaryData before = *place;
    const bool exact = slot->limit->id_kind >= 0 || slot->limit->bytes > 0;
    static uint8_t bytes[256] = {1};
    assert_true(slot->limit->max_bytes < sizeof bytes);

    *place = (ProtobufCBinaryData){slot->limit->max_bytes + 1, bytes};
    expect(message, rules, exact ? GM_REASON_BAD_ID : GM_REASON_FIELD_TOO_LONG, slot->path);
    *place = (ProtobufCBinaryData){slot->limit->max_bytes, bytes};
    expect(message, rules, GM_REASON_NONE, slot->path);
    *place = (ProtobufCBinaryData){slot->limit->max_bytes - 1, bytes};
    expect(message, rules, exact ? GM_REASON_BAD_ID : GM_REASON_NONE, slot->path);
    *place = (ProtobufCBinaryData){slot->limit->max_bytes, bytes + 1};
    expect(message, rules, slot->limit->id_kind >= 0 ? GM_REASON_BAD_ID : GM_REASON_NONE,
           slot->path);
    *place = (ProtobufCBinaryData){0, bytes};
    expect(message, rules, slot->required ? GM_REASON_FIELD_MISSING : GM_REASON_NONE, slot->path);
    *place = before;
}

static void an_id_of_another_size_and_bytes_over_their_limit_are_named(void **state)
{
    (void)state;
    on_every_slot(check_binaries);
}

static size_t number_bytes(ProtobufCType type)
{
    const bool number = type != PROTOBUF_C_TYPE_STRING && type != PROTOBUF_C_TYPE_BYTES &&
                        type != PROTOBUF_C_TYPE_MESSAGE && type != PROTOBUF_C_TYPE_ENUM &&
                        type != PROTOBUF_C_TYPE_BOOL;
    return number ? gm_item_bytes(type) : 0;
}

static void check_numbers(const ProtobufCMessage *message, const struct gm_rules *rules,
                          struct slot *slot)
{
    if (slot->at == NULL || number_bytes(slot->field->type) == 0) return;
    const bool is_signed =
        slot->field->type == PROTOBUF_C_TYPE_INT32 || slot->field->type == PROTOBUF_C_TYPE_INT64;
    const size_t size = number_bytes(slot->field->type);
    int64_t before = 0;
    memcpy(&before, slot->at, size);
    const struct {
        bool meant;
        int64_t value; /* little endian: the low half is the 32-bit number */
        enum gm_reason reason;
    } rows[] = {
        {slot->limit->has_min, slot->limit->min, GM_REASON_NONE},
        {slot->limit->has_min && is_signed, slot->limit->min - 1, GM_REASON_OUT_OF_RANGE},
        {slot->limit->has_min && is_signed, size == 4 ? INT32_MIN : INT64_MIN,
         GM_REASON_OUT_OF_RANGE},
        {slot->limit->has_max, slot->limit->max, GM_REASON_NONE},
        {slot->limit->has_max, slot->limit->max + 1, GM_REASON_OUT_OF_RANGE},
        {slot->limit->has_max, size == 4 ? INT32_MAX : INT64_MAX, GM_REASON_OUT_OF_RANGE},
        {slot->limit->has_max && !is_signed, -1, GM_REASON_OUT_OF_RANGE}, /* the largest */
        {slot->limit->has_min && slot->limit->min > 0, 0, GM_REASON_OUT_OF_RANGE},
        {!slot->limit->has_max, size == 4 ? INT32_MAX : INT64_MAX, GM_REASON_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].meant) continue;
        memcpy(slot->at, &rows[i].value, size);
        expect(message, rules, rows[i].reason, slot->path);
    }
    memcpy(slot->at, &before, size);
}

static void a_number_outside_its_range_is_named_and_one_at_its_ends_is_not(void **state)
{
    (void)state;
    on_every_slot(check_numbers);
}

static void check_enums(const ProtobufCMessage *message, const struct gm_rules *rules,
                        struct slot *slot)
{
    if (slot->at == NULL || slot->field->type != PROTOBUF_C_TYPE_ENUM) return;
    int *place = slot->at;
    const int before = *place;
    *place = 0;
    expect(message, rules, slot->required ? GM_REASON_FIELD_MISSING : GM_REASON_NONE, slot->path);
    static const int unknown[] = {99, -1, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        *place = unknown[i];
        expect(message, rules, GM_REASON_BAD_ENUM, slot->path);
    }
    *place = before;
}

static void an_enum_value_that_is_not_listed_is_named(void **state)
{
    (void)state;
    on_every_slot(check_enums);
}

static void check_messages(const ProtobufCMessage *message, const struct gm_rules *rules,
                           struct slot *slot)
{
    const bool single = slot->at != NULL && slot->field->label != PROTOBUF_C_LABEL_REPEATED;
    if (!single || slot->field->type != PROTOBUF_C_TYPE_MESSAGE) return;
    ProtobufCMessage **place = slot->at;
    ProtobufCMessage *const before = *place;
    *place = NULL;
    expect(message, rules, slot->required ? GM_REASON_FIELD_MISSING : GM_REASON_NONE, slot->path);
    *place = before;
}

static void a_message_that_is_required_and_absent_is_named(void **state)
{
    (void)state;
    on_every_slot(check_messages);
}

static void check_counts(const ProtobufCMessage *message, const struct gm_rules *rules,
                         struct slot *slot)
{
    if (slot->at != NULL) return; /* repeated fields as a whole */
    size_t *count = (size_t *)(void *)(slot->message + slot->field->quantifier_offset);
    uint8_t **items = (uint8_t **)(void *)(slot->message + slot->field->offset);
    const size_t count_before = *count;
    uint8_t *const items_before = *items;
    const size_t size = gm_item_bytes(slot->field->type);
    const size_t most = slot->limit->max_items;
    const size_t mark = gm_arena_mark(&sample);
    *items = gm_arena_zalloc_array(&sample, most + 1, size);
    for (size_t i = 0; i <= most; i++) {
        memcpy(*items + i * size, items_before, size); /* the first item, again and again */
    }
    *count = most;
    expect(message, rules, GM_REASON_NONE, slot->path);
    *count = most + 1;
    expect(message, rules, GM_REASON_TOO_MANY, slot->path);
    for (*count = 0; *count < slot->limit->min_items; (*count)++) {
        expect(message, rules, GM_REASON_FIELD_MISSING, slot->path);
    }
    *count = count_before;
    *items = items_before;
    gm_arena_rewind(&sample, mark);
}

static void a_list_with_too_many_or_too_few_items_is_named(void **state)
{
    (void)state;
    on_every_slot(check_counts);
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
            struct gm_scan_field ignored;
            if (cut == body.size - scan.rest.size) {
                boundary = cut;
                assert_int_equal(gm_scan_next(&scan, &ignored), GM_OK);
            }
            char field[GM_FIELD_PATH_BYTES_MAX + 1];
            ProtobufCMessage *message;
            gm_arena_reset(&scratch);
            /* A copy of its own, so that the sanitizer sees a read behind its end. */
            uint8_t *copy = gm_arena_copy(&scratch, body.at, cut);
            const enum gm_reason reason =
                gm_message_check(gm_bytes(copy, cut), rules, &scratch, &message, field);
            if (cut != boundary) assert_int_equal(reason, GM_REASON_BAD_FRAME);
        }
    }
}

static void check_twice(const ProtobufCMessage *message, const struct gm_rules *rules,
                        struct slot *slot)
{
    const bool top = slot->message == (const uint8_t *)message && slot->at != NULL;
    if (!top || slot->field->label == PROTOBUF_C_LABEL_REPEATED) return;
    gm_arena_reset(&scratch);
    const struct gm_bytes body = gm_message_pack(message, &scratch);
    struct gm_scan scan = {body};
    struct gm_scan_field scanned;
    for (;;) {
        const struct gm_bytes before = scan.rest;
        if (gm_scan_next(&scan, &scanned) != GM_OK) return; /* zero, so not there */
        if (scanned.number != slot->field->id) continue;
        const size_t size = before.size - scan.rest.size;
        uint8_t *twice = gm_arena_alloc(&scratch, body.size + size);
        memcpy(twice, body.at, body.size);
        memcpy(twice + body.size, before.at, size);
        expect_bytes(gm_bytes(twice, body.size + size), rules, GM_REASON_BAD_FRAME,
                     slot->field->name);
        return;
    }
}

static void a_single_field_that_is_there_twice_is_named(void **state)
{
    (void)state;
    on_every_slot(check_twice);
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
    ProtobufCMessage *message;
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
};
static const ProtobufCIntRange nested_ranges[] = {{1, 0}, {0, 2}};
static const ProtobufCMessageDescriptor nested_descriptor = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "nested",
    .sizeof_message = sizeof(struct nested),
    .n_fields = 2,
    .fields = nested_fields,
    .n_field_ranges = 1,
    .field_ranges = nested_ranges,
};
static const struct gm_rules nested_rules;
static const struct gm_limit nested_limits[] = {
    {.id_kind = -1, .rules = &nested_rules},
    {.id_kind = -1, .has_max = true, .max = 1000, .max_items = 4},
};
static const struct gm_rules nested_rules = {&nested_descriptor, nested_limits};

static void a_message_that_is_too_deep_is_refused(void **state)
{
    (void)state;
    uint8_t body[2 * GM_MESSAGE_DEPTH_MAX];
    for (unsigned depth = 1; depth <= GM_MESSAGE_DEPTH_MAX + 1; depth++) {
        /* depth - 1 messages, each inside the other. */
        const size_t size = 2 * (depth - 1);
        for (size_t i = 0; i < size; i += 2) {
            body[i] = 0x0a;
            body[i + 1] = (uint8_t)(size - i - 2);
        }
        gm_arena_reset(&scratch);
        expect_bytes(gm_bytes(body, size), &nested_rules,
                     depth > GM_MESSAGE_DEPTH_MAX ? GM_REASON_BAD_FRAME : GM_REASON_NONE,
                     "inner.inner.inner.inner.inner.inner.inne");
    }
}

static void repeated_numbers_come_packed_or_not_and_count_together(void **state)
{
    (void)state;
    static const struct {
        enum gm_reason reason;
        const char *path;
        uint8_t size;
        uint8_t bytes[16];
    } rows[] = {
        {/* packed */ GM_REASON_NONE, "", 6, {0x12, 4, 1, 2, 3, 4}},
        {/* one by one */ GM_REASON_NONE, "", 8, {0x10, 1, 0x10, 2, 0x10, 3, 0x10, 4}},
        {/* both */ GM_REASON_NONE, "", 8, {0x12, 2, 1, 2, 0x10, 3, 0x10, 4}},
        {/* none */ GM_REASON_NONE, "", 2, {0x12, 0}},
        {/* five packed */ GM_REASON_TOO_MANY, "numbers", 7, {0x12, 5, 1, 2, 3, 4, 5}},
        {/* five of both */ GM_REASON_TOO_MANY, "numbers", 10, {0x12, 3, 1, 2, 3, 16, 4, 16, 5}},
        {/* packed and cut */ GM_REASON_BAD_FRAME, "numbers[1]", 4, {0x12, 2, 1, 0x80}},
        {/* packed, 33 bits */ GM_REASON_OUT_OF_RANGE,
         "numbers[1]",
         8,
         {0x12, 6, 1, 128, 128, 128, 128, 16}},
        {/* packed, over 1,000 */ GM_REASON_OUT_OF_RANGE, "numbers[1]", 5, {0x12, 3, 1, 0xe9, 7}},
        {/* as eight bytes */ GM_REASON_BAD_FRAME, "numbers", 9, {0x11, 1}},
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
        const uint64_t what = gm_random_below(&dice, 4);
        if (what == 0) body[at] ^= (uint8_t)(1 << gm_random_below(&dice, 8));
        if (what == 1) body[at] = (uint8_t)gm_random_u64(&dice);
        if (what == 2) memmove(body + at, body + at + run, (size -= run) - at);
        if (what == 3 && size + run <= room) {
            memmove(body + at + run, body + at, size - at);
            size += run;
        }
    }
    return size;
}

static void random_bytes_are_refused_or_give_a_message_that_passes_again(void **state)
{
    (void)state;
    static uint8_t body[16 * 1024];
    for (unsigned m = 0; m < gm_method_count; m++) {
        const struct gm_rules *rules = gm_methods[m].request;
        gm_arena_reset(&sample);
        const struct gm_bytes valid =
            gm_message_pack(gm_sample_message(rules, &dice, &sample), &sample);
        assert_true(valid.size <= sizeof body / 2);
        for (int round = 0; round < RANDOM_ROUNDS; round++) {
            const size_t size = any_body(valid, body, sizeof body);
            char field[GM_FIELD_PATH_BYTES_MAX + 1];
            ProtobufCMessage *message;
            gm_arena_reset(&scratch);
            const enum gm_reason reason =
                gm_message_check(gm_bytes(body, size), rules, &scratch, &message, field);
            if (reason == GM_REASON_NONE) {
                assert_int_equal(gm_message_check_built(message, rules, &scratch, field),
                                 GM_REASON_NONE);
            } else {
                assert_true(strlen(field) <= GM_FIELD_PATH_BYTES_MAX);
            }
        }
    }
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
    if (gm_arena_init(&scratch, 4 * ARENA_BYTES) != GM_OK) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_message_of_every_method_passes_unchanged),
        cmocka_unit_test(a_string_that_is_wrong_in_any_way_is_named),
        cmocka_unit_test(a_nul_inside_a_string_is_named),
        cmocka_unit_test(an_id_of_another_size_and_bytes_over_their_limit_are_named),
        cmocka_unit_test(a_number_outside_its_range_is_named_and_one_at_its_ends_is_not),
        cmocka_unit_test(an_enum_value_that_is_not_listed_is_named),
        cmocka_unit_test(a_message_that_is_required_and_absent_is_named),
        cmocka_unit_test(a_list_with_too_many_or_too_few_items_is_named),
        cmocka_unit_test(a_field_with_another_wire_type_is_named),
        cmocka_unit_test(a_message_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_single_field_that_is_there_twice_is_named),
        cmocka_unit_test(fields_that_are_not_known_are_passed_over_at_every_depth),
        cmocka_unit_test(a_number_that_its_type_cannot_hold_is_named),
        cmocka_unit_test(a_message_that_fills_the_arena_is_refused),
        cmocka_unit_test(a_message_that_is_too_deep_is_refused),
        cmocka_unit_test(repeated_numbers_come_packed_or_not_and_count_together),
        cmocka_unit_test(random_bytes_are_refused_or_give_a_message_that_passes_again),
        cmocka_unit_test(ids_go_into_fields_and_back),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gm_arena_release(&sample);
    gm_arena_release(&scratch);
    return failed;
}
