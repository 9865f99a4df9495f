#include "wire/check_bytes.h"

#include "base/assert.h"
#include "base/text.h"
#include "wire/check.h"
#include "wire/scan.h"

/* One message on the way down. */
struct level {
    const struct gm_rules *rules;
    const struct gm_path *path;
    unsigned depth;
    char *ret_field;
    uint32_t counts[GM_MESSAGE_FIELDS_MAX]; /* of each field, so far */
};

static enum gm_reason check_level(struct gm_bytes body, struct level *level);

static enum gm_wire_type wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return GM_WIRE_VARINT;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return GM_WIRE_FIXED64;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return GM_WIRE_FIXED32;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return GM_WIRE_BYTES;
    }
    GM_UNREACHABLE();
}

/* A 32-bit field in 64 bits: protobuf-c keeps the low half, so that 2^32 + 5 pieces would become 5.
 */
static bool fits(ProtobufCType type, uint64_t value)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return (int64_t)value >= INT32_MIN && (int64_t)value <= INT32_MAX;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
        return value <= UINT32_MAX;
    case PROTOBUF_C_TYPE_BOOL:
        return value <= 1;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return true;
    }
    GM_UNREACHABLE();
}

enum gm_reason gm_check_size(const struct gm_limit *limit, size_t size)
{
    if (size == 0) return GM_REASON_NONE;
    const bool exact = limit->id_kind >= 0 || limit->bytes > 0;
    if (exact && size != limit->max_bytes) return GM_REASON_BAD_ID;
    return size > limit->max_bytes ? GM_REASON_FIELD_TOO_LONG : GM_REASON_NONE;
}

static enum gm_reason check_string(struct gm_bytes text, const struct gm_limit *limit)
{
    if (text.size > gm_text_raw_bytes_max(limit)) return GM_REASON_FIELD_TOO_LONG;
    if (text.size > 0 && memchr(text.at, '\0', text.size) != NULL) return GM_REASON_BAD_TEXT;
    return gm_text_is_utf8(text) ? GM_REASON_NONE : GM_REASON_BAD_TEXT;
}

/* A value of a known field and its own wire type. */
static enum gm_reason check_value(const struct level *level, const ProtobufCFieldDescriptor *field,
                                  const struct gm_limit *limit, const struct gm_path *path,
                                  const struct gm_scan_field *scanned)
{
    enum gm_reason reason = GM_REASON_NONE;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        struct level inner = {.rules = limit->rules,
                              .path = path,
                              .depth = level->depth + 1,
                              .ret_field = level->ret_field};
        return check_level(scanned->bytes, &inner);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        reason = check_string(scanned->bytes, limit);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        reason = gm_check_size(limit, scanned->bytes.size);
    } else if (!fits(field->type, scanned->value)) {
        reason = GM_REASON_OUT_OF_RANGE;
    }
    return reason == GM_REASON_NONE ? reason : gm_path_refuse(path, reason, level->ret_field);
}

/* Numbers of a repeated field, end to end in one value. */
static enum gm_reason check_packed(struct level *level, unsigned index, struct gm_path *path,
                                   struct gm_bytes items)
{
    const ProtobufCFieldDescriptor *field = &level->rules->descriptor->fields[index];
    const struct gm_limit *limit = &level->rules->limits[index];
    const enum gm_wire_type type = wire_type_of(field->type);
    struct gm_scan scan = {items};
    uint64_t value;
    for (;;) {
        path->index = (long)level->counts[index];
        const enum gm_status status = gm_scan_packed(&scan, type, &value);
        if (status == GM_END) return GM_REASON_NONE;
        enum gm_reason reason = GM_REASON_NONE;
        if (status != GM_OK) {
            reason = GM_REASON_BAD_FRAME;
        } else if (level->counts[index] == limit->max_items) {
            path->index = GM_PATH_NO_INDEX;
            reason = GM_REASON_TOO_MANY;
        } else if (!fits(field->type, value)) {
            reason = GM_REASON_OUT_OF_RANGE;
        }
        if (reason != GM_REASON_NONE) return gm_path_refuse(path, reason, level->ret_field);
        level->counts[index]++;
    }
}

/* Whether this field, or another member of its oneof, was there before. protobuf would merge or
 * drop the earlier one; no encoder writes such a thing, and whoever did might be read in two ways.
 */
static bool was_seen(const struct level *level, unsigned index)
{
    const ProtobufCMessageDescriptor *descriptor = level->rules->descriptor;
    const ProtobufCFieldDescriptor *field = &descriptor->fields[index];
    if (level->counts[index] > 0) return true;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0) return false;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &descriptor->fields[i];
        const bool same_oneof = (other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
                                other->quantifier_offset == field->quantifier_offset;
        if (same_oneof && level->counts[i] > 0) return true;
    }
    return false;
}

static enum gm_reason check_field(struct level *level, const struct gm_scan_field *scanned)
{
    const ProtobufCMessageDescriptor *descriptor = level->rules->descriptor;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(descriptor, scanned->number);
    if (field == NULL) return GM_REASON_NONE; /* of a newer program */

    const unsigned index = (unsigned)(field - descriptor->fields);
    const struct gm_limit *limit = &level->rules->limits[index];
    const bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    const enum gm_wire_type type = wire_type_of(field->type);
    struct gm_path path = {level->path, field->name, GM_PATH_NO_INDEX};

    if (repeated && type != GM_WIRE_BYTES && scanned->type == GM_WIRE_BYTES) {
        return check_packed(level, index, &path, scanned->bytes);
    }
    if (scanned->type != type || (!repeated && was_seen(level, index))) {
        return gm_path_refuse(&path, GM_REASON_BAD_FRAME, level->ret_field);
    }
    if (repeated && level->counts[index] == limit->max_items) {
        return gm_path_refuse(&path, GM_REASON_TOO_MANY, level->ret_field);
    }
    if (repeated) path.index = (long)level->counts[index];
    level->counts[index]++;
    return check_value(level, field, limit, &path, scanned);
}

static enum gm_reason check_level(struct gm_bytes body, struct level *level)
{
    GM_ASSERT(level->rules->descriptor->n_fields <= GM_MESSAGE_FIELDS_MAX);
    if (level->depth > GM_MESSAGE_DEPTH_MAX) {
        return gm_path_refuse(level->path, GM_REASON_BAD_FRAME, level->ret_field);
    }
    struct gm_scan scan = {body};
    struct gm_scan_field scanned;
    enum gm_status status;
    while ((status = gm_scan_next(&scan, &scanned)) == GM_OK) {
        const enum gm_reason reason = check_field(level, &scanned);
        if (reason != GM_REASON_NONE) return reason;
    }
    if (status == GM_END) return GM_REASON_NONE;
    return gm_path_refuse(level->path, GM_REASON_BAD_FRAME, level->ret_field);
}

enum gm_reason gm_check_bytes(struct gm_bytes body, const struct gm_rules *rules,
                              char ret_field[GM_FIELD_PATH_BYTES_MAX + 1])
{
    struct level top = {.rules = rules, .depth = 1, .ret_field = ret_field};
    return check_level(body, &top);
}
