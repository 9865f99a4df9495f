#include "wire/sample.h"

#include <string.h>

#include "base/assert.h"
#include "base/id.h"
#include "wire/check_message.h"

enum { ITEMS_MAX = 3, TEXT_BYTES_MAX = 24 };

static void *take(struct gm_arena *arena, size_t size)
{
    void *at = gm_arena_zalloc(arena, size);
    GM_ASSERT(at != NULL);
    return at;
}

static uint64_t below(struct gm_random *dice, uint64_t bound)
{
    return gm_random_below(dice, bound);
}

/* Characters of the form, the last of them of three bytes where the form takes any. */
static const char *text_of(enum gm_text_form form, size_t bytes_max, struct gm_random *dice,
                           struct gm_arena *arena)
{
    static const char *const languages[] = {"vi", "en", "zh-Hans", "pt-BR"};
    static const char *const currencies[] = {"VND", "USD", "EUR", "JPY"};
    static const char *const alphabets[] = {
        [GM_FORM_LINE] = "abc XYZ 019",   [GM_FORM_BLOCK] = "abc\nXYZ 019",
        [GM_FORM_CODE] = "ABCXYZ019._/-", [GM_FORM_SLUG] = "abcxyz019_-",
        [GM_FORM_COUNTRY] = "ABCXYZ",
    };
    if (form == GM_FORM_LANGUAGE) return languages[below(dice, 4)];
    if (form == GM_FORM_CURRENCY) return currencies[below(dice, 4)];

    const size_t most = bytes_max < TEXT_BYTES_MAX ? bytes_max : TEXT_BYTES_MAX;
    const size_t size = form == GM_FORM_COUNTRY ? 2 : 1 + below(dice, most);
    const char *alphabet = alphabets[form];
    char *text = take(arena, size + 1);
    for (size_t i = 0; i < size; i++) {
        text[i] = alphabet[below(dice, strlen(alphabet))];
    }
    const bool any = form == GM_FORM_LINE || form == GM_FORM_BLOCK;
    if (any) text[0] = text[size - 1] = 'g'; /* no outer white space */
    static const char composed[] = {'\xe1', '\xbb', '\x91'};
    if (any && size >= sizeof composed) {
        memcpy(text + size - sizeof composed, composed, sizeof composed);
    }
    return text;
}

static ProtobufCBinaryData bytes_of(const struct gm_limit *limit, struct gm_random *dice,
                                    struct gm_arena *arena)
{
    const bool exact = limit->id_kind >= 0 || limit->bytes > 0;
    const size_t size = exact ? limit->max_bytes : 1 + below(dice, limit->max_bytes);
    uint8_t *at = take(arena, size);
    gm_random_bytes(dice, at, size);
    return (ProtobufCBinaryData){.len = size, .data = at};
}

static int64_t number_of(const struct gm_limit *limit, int64_t type_min, int64_t type_max,
                         struct gm_random *dice)
{
    const int64_t low = limit->has_min ? limit->min : type_min;
    const int64_t high = limit->has_max ? limit->max : type_max;
    return gm_random_between(dice, low, high);
}

static void fill_item(const ProtobufCFieldDescriptor *field, const struct gm_limit *limit, void *at,
                      struct gm_random *dice, struct gm_arena *arena)
{
    const ProtobufCEnumDescriptor *values = field->descriptor;
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = gm_sample_message(limit->rules, dice, arena);
        return;
    case PROTOBUF_C_TYPE_STRING:
        *(const char **)at = text_of((enum gm_text_form)limit->text, limit->max_bytes, dice, arena);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)at = bytes_of(limit, dice, arena);
        return;
    case PROTOBUF_C_TYPE_ENUM: /* not the first, which is UNSPECIFIED */
        *(int *)at = values->values[1 + below(dice, values->n_values - 1)].value;
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = (protobuf_c_boolean)below(dice, 2);
        return;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        *(int32_t *)at = (int32_t)number_of(limit, INT32_MIN, INT32_MAX, dice);
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        *(uint32_t *)at = (uint32_t)number_of(limit, 0, UINT32_MAX, dice);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        *(int64_t *)at = number_of(limit, INT64_MIN, INT64_MAX, dice);
        return;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        *(uint64_t *)at = (uint64_t)number_of(limit, 0, INT64_MAX, dice);
        return;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    GM_UNREACHABLE();
}

static void fill_repeated(const ProtobufCFieldDescriptor *field, const struct gm_limit *limit,
                          uint8_t *message, struct gm_random *dice, struct gm_arena *arena)
{
    const size_t least = limit->min_items > 0 ? limit->min_items : 1;
    const size_t most = limit->max_items < ITEMS_MAX ? limit->max_items : ITEMS_MAX;
    const size_t count = least + below(dice, most - least + 1);
    uint8_t *items = take(arena, count * gm_item_bytes(field->type));
    for (size_t i = 0; i < count; i++) {
        fill_item(field, limit, items + i * gm_item_bytes(field->type), dice, arena);
    }
    *(size_t *)(void *)(message + field->quantifier_offset) = count;
    *(uint8_t **)(void *)(message + field->offset) = items;
}

ProtobufCMessage *gm_sample_message(const struct gm_rules *rules, struct gm_random *dice,
                                    struct gm_arena *arena)
{
    const ProtobufCMessageDescriptor *descriptor = rules->descriptor;
    uint8_t *message = take(arena, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        uint8_t *quantifier = message + field->quantifier_offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            fill_repeated(field, &rules->limits[i], message, dice, arena);
            continue;
        }
        fill_item(field, &rules->limits[i], message + field->offset, dice, arena);
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            *(uint32_t *)(void *)quantifier = field->id;
        }
    }
    return (ProtobufCMessage *)(void *)message;
}
