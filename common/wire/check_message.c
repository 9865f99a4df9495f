#include "wire/check_message.h"

#include <string.h>

#include "base/assert.h"
#include "wire/check.h"
#include "wire/check_bytes.h"
#include "wire/check_text.h"

struct walk {
    struct gm_arena *arena;
    bool replace;
    char *ret_field;
};

static enum gm_reason walk_message(const struct walk *walk, void *message,
                                   const struct gm_rules *rules, const struct gm_path *up,
                                   unsigned depth);

/* Wide enough for both int64 and uint64. */
static __int128 number_at(ProtobufCType type, const void *at)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return *(const int32_t *)at;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return *(const uint32_t *)at;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return *(const int64_t *)at;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return *(const uint64_t *)at;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    GM_UNREACHABLE(); /* no message has floating point */
}

static enum gm_reason check_number(const ProtobufCFieldDescriptor *field,
                                   const struct gm_limit *limit, const void *at)
{
    const __int128 number = number_at(field->type, at);
    if (limit->has_min && number < limit->min) return GM_REASON_OUT_OF_RANGE;
    if (limit->has_max && number > limit->max) return GM_REASON_OUT_OF_RANGE;
    return GM_REASON_NONE;
}

static enum gm_reason check_enum(const ProtobufCFieldDescriptor *field, int value, bool required)
{
    if (required && value == 0) return GM_REASON_FIELD_MISSING;
    return protobuf_c_enum_descriptor_get_value(field->descriptor, value) == NULL
               ? GM_REASON_BAD_ENUM
               : GM_REASON_NONE;
}

static enum gm_reason check_string(const struct walk *walk, const struct gm_limit *limit,
                                   const char **place, bool required)
{
    const size_t mark = gm_arena_mark(walk->arena);
    const char *clean = "";
    enum gm_reason reason = GM_REASON_NONE;
    if (*place != NULL) reason = gm_check_text(*place, limit, walk->arena, &clean);
    if (reason == GM_REASON_NONE && required && clean[0] == '\0') reason = GM_REASON_FIELD_MISSING;
    if (walk->replace) {
        *place = clean;
    } else {
        gm_arena_rewind(walk->arena, mark);
    }
    return reason;
}

static enum gm_reason check_binary(const struct gm_limit *limit, const ProtobufCBinaryData *bytes,
                                   bool required)
{
    if (required && bytes->len == 0) return GM_REASON_FIELD_MISSING;
    const enum gm_reason reason = gm_check_size(limit, bytes->len);
    if (reason != GM_REASON_NONE || bytes->len == 0 || limit->id_kind < 0) return reason;
    /* Zero stands for "no id" everywhere behind the door, so it is nobody's. */
    return gm_id_is_zero(gm_message_id(*bytes)) ? GM_REASON_BAD_ID : GM_REASON_NONE;
}

/* One value, or one item of a repeated field. */
static enum gm_reason check_item(const struct walk *walk, const ProtobufCFieldDescriptor *field,
                                 const struct gm_limit *limit, void *at, bool required,
                                 const struct gm_path *path, unsigned depth)
{
    enum gm_reason reason = GM_REASON_NONE;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        void *inner = *(void **)at;
        if (inner != NULL) return walk_message(walk, inner, limit->rules, path, depth + 1);
        if (required) reason = GM_REASON_FIELD_MISSING;
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        reason = check_string(walk, limit, at, required);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        reason = check_binary(limit, at, required);
    } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
        reason = check_enum(field, *(const int *)at, required);
    } else if (field->type != PROTOBUF_C_TYPE_BOOL) {
        reason = check_number(field, limit, at);
    }
    return reason == GM_REASON_NONE ? reason : gm_path_refuse(path, reason, walk->ret_field);
}

size_t gm_item_bytes(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(int);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    }
    GM_UNREACHABLE();
}

static enum gm_reason check_repeated(const struct walk *walk, const ProtobufCFieldDescriptor *field,
                                     const struct gm_limit *limit, size_t count, uint8_t *items,
                                     const struct gm_path *up, unsigned depth)
{
    struct gm_path path = {up, field->name, GM_PATH_NO_INDEX};
    if (count < limit->min_items) {
        return gm_path_refuse(&path, GM_REASON_FIELD_MISSING, walk->ret_field);
    }
    if (count > limit->max_items) {
        return gm_path_refuse(&path, GM_REASON_TOO_MANY, walk->ret_field);
    }
    for (size_t i = 0; i < count; i++) {
        path.index = (long)i;
        /* An item that is there says something: an empty one is missing. */
        const enum gm_reason reason = check_item(
            walk, field, limit, items + i * gm_item_bytes(field->type), true, &path, depth);
        if (reason != GM_REASON_NONE) return reason;
    }
    return GM_REASON_NONE;
}

/* Of the members of a oneof only the one that is set is there. */
static bool is_there(const ProtobufCFieldDescriptor *field, const void *quantifier)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 ||
           *(const uint32_t *)quantifier == field->id;
}

static enum gm_reason walk_message(const struct walk *walk, void *message,
                                   const struct gm_rules *rules, const struct gm_path *up,
                                   unsigned depth)
{
    if (depth > GM_MESSAGE_DEPTH_MAX) {
        return gm_path_refuse(up, GM_REASON_BAD_FRAME, walk->ret_field);
    }
    for (unsigned i = 0; i < rules->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &rules->descriptor->fields[i];
        const struct gm_limit *limit = &rules->limits[i];
        uint8_t *const at = (uint8_t *)message + field->offset;
        const void *quantifier = (const uint8_t *)message + field->quantifier_offset;
        const struct gm_path path = {up, field->name, GM_PATH_NO_INDEX};
        enum gm_reason reason = GM_REASON_NONE;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            const size_t count = *(const size_t *)quantifier;
            reason = check_repeated(walk, field, limit, count, *(uint8_t **)at, up, depth);
        } else if (is_there(field, quantifier)) {
            reason = check_item(walk, field, limit, at, limit->required, &path, depth);
        }
        if (reason != GM_REASON_NONE) return reason;
    }
    return GM_REASON_NONE;
}

enum gm_reason gm_check_message(ProtobufCMessage *message, const struct gm_rules *rules,
                                struct gm_arena *arena, bool replace,
                                char ret_field[GM_FIELD_PATH_BYTES_MAX + 1])
{
    GM_ASSERT(message->descriptor == rules->descriptor);
    const struct walk walk = {.arena = arena, .replace = replace, .ret_field = ret_field};
    return walk_message(&walk, message, rules, NULL, 1);
}
