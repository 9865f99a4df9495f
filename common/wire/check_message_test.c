/* The second pass, and both together: one thing wrong at a time, everywhere in every request. */
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
#include "wire/check_bytes.h"
#include "wire/check_message.h"
#include "wire/sample.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, SLOTS_MAX = 1024, SAMPLES = 3 };

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
    char *end = text;
    for (size_t i = 0; i < most / 3; i++) {
        end += snprintf(end, 6, "e\xcc\x82\xcc\x81");
    }
    expect(message, rules, any ? GM_REASON_NONE : GM_REASON_BAD_TEXT, slot->path);
    memset(end, 'z', 3);
    end[3] = '\0';
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
    const struct gm_limit *limit = slot->limit;
    const int64_t type_min = size == 4 ? INT32_MIN : INT64_MIN;
    const int64_t type_max = size == 4 ? INT32_MAX : INT64_MAX;
    int64_t before = 0;
    memcpy(&before, slot->at, size);
    const struct {
        int64_t value; /* little endian: the low half is the 32-bit number */
        enum gm_reason reason;
        bool meant;
    } rows[] = {
        {limit->min, GM_REASON_NONE, limit->has_min},
        {limit->min - 1, GM_REASON_OUT_OF_RANGE, limit->has_min && is_signed},
        {type_min, GM_REASON_OUT_OF_RANGE, limit->has_min && is_signed},
        {limit->max, GM_REASON_NONE, limit->has_max},
        {limit->max + 1, GM_REASON_OUT_OF_RANGE, limit->has_max},
        {type_max, limit->has_max ? GM_REASON_OUT_OF_RANGE : GM_REASON_NONE, true},
        {-1, GM_REASON_OUT_OF_RANGE, limit->has_max && !is_signed}, /* the largest */
        {0, GM_REASON_OUT_OF_RANGE, limit->has_min && limit->min > 0},
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

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    printf("seed %llu\n", (unsigned long long)seed);
    gm_random_seed(&dice, seed);
    if (gm_arena_init(&sample, ARENA_BYTES) != GM_OK) return 1;
    if (gm_arena_init(&scratch, ARENA_BYTES) != GM_OK) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_message_of_every_method_passes_unchanged),
        cmocka_unit_test(a_string_that_is_wrong_in_any_way_is_named),
        cmocka_unit_test(a_nul_inside_a_string_is_named),
        cmocka_unit_test(an_id_of_another_size_and_bytes_over_their_limit_are_named),
        cmocka_unit_test(a_number_outside_its_range_is_named_and_one_at_its_ends_is_not),
        cmocka_unit_test(an_enum_value_that_is_not_listed_is_named),
        cmocka_unit_test(a_message_that_is_required_and_absent_is_named),
        cmocka_unit_test(a_list_with_too_many_or_too_few_items_is_named),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gm_arena_release(&sample);
    gm_arena_release(&scratch);
    return failed;
}
