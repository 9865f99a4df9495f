#include "cli/json.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/reason.h"
#include "base/time.h"
#include "cli/meaning.h"
#include "cli/message.h"
#include "cli/value.h"

enum { VALUE_ARENA_BYTES = 64 * 1024 }; /* of one value's text; the largest are tokens and chunks */

/* ---- out ---- */

static json_t *some(json_t *json)
{
    GM_ASSERT(json != NULL); /* memory, or text that is not UTF-8, which the door refuses */
    return json;
}

static json_t *text_of(const char *text)
{
    return text[0] == '\0' ? some(json_null()) : some(json_string(text));
}

static json_t *enum_of(const ProtobufCEnumDescriptor *descriptor, int value)
{
    if (value == 0) return some(json_null());
    const ProtobufCEnumValue *named = protobuf_c_enum_descriptor_get_value(descriptor, value);
    /* A newer service may say what this program has no name for. */
    return named == NULL ? some(json_integer(value)) : some(json_string(named->name));
}

static json_t *number_of(struct cli_meaning meaning, __int128 number)
{
    char text[GM_DATE_TEXT_MAX + 24];
    if (meaning.kind == CLI_MEANS_DAY) {
        if (number <= 0) return some(json_null());
        return some(json_string(gm_day_text((int32_t)number, text)));
    }
    if (meaning.kind == CLI_MEANS_HASH) {
        snprintf(text, sizeof text, "%016llx", (unsigned long long)number);
        return some(json_string(text));
    }
    if (meaning.kind == CLI_MEANS_REASON) {
        if (number <= 0 || number >= GM_REASON_COUNT) return some(json_null());
        return some(json_string(gm_reason_row((enum gm_reason)number)->word));
    }
    if (number <= INT64_MAX) return some(json_integer((json_int_t)number));
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return some(json_string(text));
}

static json_t *bytes_of(struct cli_meaning meaning, const ProtobufCBinaryData *bytes)
{
    struct gm_arena arena;
    GM_ASSERT(gm_arena_init(&arena, VALUE_ARENA_BYTES + 2 * bytes->len) == GM_OK);
    json_t *json = text_of(cli_value_bytes(meaning, *bytes, &arena));
    gm_arena_release(&arena);
    return json;
}

static json_t *object_of(const ProtobufCMessage *message, const char *arm);

static json_t *value_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                        size_t index, struct cli_meaning meaning)
{
    const void *at = cli_message_at(message, field, index);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *inner = cli_message_inner(message, field, index);
        return inner == NULL ? some(json_null()) : object_of(inner, field->name);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return some(json_string(cli_message_text(message, field, index)));
    if (field->type == PROTOBUF_C_TYPE_BYTES) return bytes_of(meaning, at);
    if (field->type == PROTOBUF_C_TYPE_BOOL)
        return some(json_boolean(cli_value_number(field->type, at) != 0));
    if (field->type == PROTOBUF_C_TYPE_ENUM) return enum_of(field->descriptor, *(const int *)at);
    return number_of(meaning, cli_value_number(field->type, at));
}

/* Members of its oneof. */
static unsigned siblings(const ProtobufCMessageDescriptor *descriptor,
                         const ProtobufCFieldDescriptor *field)
{
    unsigned count = 0;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &descriptor->fields[i];
        if ((other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
            other->quantifier_offset == field->quantifier_offset)
            count++;
    }
    return count;
}

static json_t *object_of(const ProtobufCMessage *message, const char *arm)
{
    json_t *object = some(json_object());
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const struct cli_meaning meaning = cli_meaning_of(message->descriptor, field, arm);
        const size_t count = cli_message_count(message, field);
        json_t *value;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            value = some(json_array());
            for (size_t at = 0; at < count; at++) {
                json_array_append_new(value, value_of(message, field, at, meaning));
            }
        } else if (count > 0) {
            value = value_of(message, field, 0, meaning);
        } else if (siblings(message->descriptor, field) > 1) {
            continue;
        } else {
            value = some(json_null());
        }
        json_object_set_new(object, field->name, value);
    }
    return object;
}

json_t *cli_json_of(const ProtobufCMessage *message)
{
    return object_of(message, NULL);
}

/* ---- in ---- */

struct filling {
    struct gm_arena *arena;
    char *path;
};

/* Puts a name, or an index, before what is there: paths are made from the inside out. */
static enum gm_status at_name(const struct filling *filling, enum gm_status status,
                              const char *name, long index)
{
    char rest[CLI_JSON_PATH_MAX];
    if (status == GM_OK) return GM_OK;
    snprintf(rest, sizeof rest, "%s", filling->path);
    char number[24] = "";
    if (index >= 0) snprintf(number, sizeof number, "[%ld]", index);
    const char *dot = rest[0] == '\0' || rest[0] == '[' ? "" : ".";
    const int size =
        snprintf(filling->path, CLI_JSON_PATH_MAX, "%s%s%s%s", name, number, dot, rest);
    return size < 0 ? GM_IO : status;
}

static enum gm_status read_text_number(const ProtobufCFieldDescriptor *field,
                                       struct cli_meaning meaning, const char *text, void *place)
{
    if (meaning.kind == CLI_MEANS_DAY) {
        int32_t day;
        if (gm_day_parse(gm_bytes_of_text(text), &day) == GM_OK)
            return cli_value_store_number(field->type, day, place);
    }
    if (meaning.kind == CLI_MEANS_REASON)
        return cli_value_store_number(field->type, gm_reason_named(text), place);
    if (text[0] < '0' || text[0] > '9') {
        if (meaning.kind != CLI_MEANS_HASH) return GM_MALFORMED;
    }
    char *end;
    const unsigned long long number =
        strtoull(text, &end, meaning.kind == CLI_MEANS_HASH ? 16 : 10);
    if (*end != '\0' || end == text) return GM_MALFORMED;
    return cli_value_store_number(field->type, number, place);
}

static enum gm_status fill_object(const struct filling *filling, const json_t *json,
                                  ProtobufCMessage *message, const char *arm);

static enum gm_status fill_value(const struct filling *filling, const json_t *json,
                                 const ProtobufCFieldDescriptor *field, struct cli_meaning meaning,
                                 void *place)
{
    const char *text = json_string_value(json);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage **inner = place;
        if (*inner == NULL) *inner = cli_message_new(field->descriptor, filling->arena);
        if (*inner == NULL) return GM_TOO_LARGE;
        return fill_object(filling, json, *inner, field->name);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES) {
        if (text == NULL) return GM_MALFORMED;
        if (field->type == PROTOBUF_C_TYPE_BYTES)
            return cli_value_read_bytes(meaning, gm_bytes_of_text(text), filling->arena, place);
        const char *copy = gm_arena_copy_text(filling->arena, gm_bytes_of_text(text));
        if (copy == NULL) return GM_TOO_LARGE;
        *(const char **)place = copy;
        return GM_OK;
    }
    if (json_is_boolean(json) != (field->type == PROTOBUF_C_TYPE_BOOL)) return GM_MALFORMED;
    if (json_is_boolean(json))
        return cli_value_store_number(field->type, json_is_true(json), place);
    if (json_is_integer(json))
        return cli_value_store_number(field->type, json_integer_value(json), place);
    if (text == NULL) return GM_MALFORMED;
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return cli_value_read_enum(field->descriptor, gm_bytes_of_text(text), place);
    return read_text_number(field, meaning, text, place);
}

static enum gm_status fill_list(const struct filling *filling, const json_t *json,
                                ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                struct cli_meaning meaning)
{
    if (!json_is_array(json)) return GM_MALFORMED;
    cli_message_clear(message, field);
    for (size_t i = 0; i < json_array_size(json); i++) {
        void *place = cli_message_append(message, field, filling->arena);
        if (place == NULL) return GM_TOO_LARGE;
        filling->path[0] = '\0';
        const enum gm_status status =
            fill_value(filling, json_array_get(json, i), field, meaning, place);
        if (status != GM_OK) return at_name(filling, status, "", (long)i);
    }
    return GM_OK;
}

static enum gm_status fill_object(const struct filling *filling, const json_t *json,
                                  ProtobufCMessage *message, const char *arm)
{
    const char *name;
    json_t *value;
    if (!json_is_object(json)) return GM_MALFORMED;
    /* The iteration takes a json_t that it may change; this one is not. */
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        filling->path[0] = '\0';
        const ProtobufCFieldDescriptor *field = cli_message_field_named(message->descriptor, name);
        if (field == NULL) return at_name(filling, GM_MALFORMED, name, -1);
        const struct cli_meaning meaning = cli_meaning_of(message->descriptor, field, arm);
        enum gm_status status = GM_OK;
        if (json_is_null(value)) {
            cli_message_clear(message, field);
        } else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            status = fill_list(filling, value, message, field, meaning);
        } else {
            status = fill_value(filling, value, field, meaning, cli_message_slot(message, field));
        }
        if (status != GM_OK) return at_name(filling, status, name, -1);
    }
    return GM_OK;
}

enum gm_status cli_json_fill(const json_t *json, ProtobufCMessage *message, struct gm_arena *arena,
                             char ret_path[CLI_JSON_PATH_MAX])
{
    ret_path[0] = '\0';
    const struct filling filling = {.arena = arena, .path = ret_path};
    return fill_object(&filling, json, message, NULL);
}
