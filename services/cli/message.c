#include "cli/message.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "wire/check.h"
#include "wire/check_message.h"

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

static bool is_member(const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static void *place_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (uint8_t *)(uintptr_t)message + field->offset;
}

static void *quantifier_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (uint8_t *)(uintptr_t)message + field->quantifier_offset;
}

ProtobufCMessage *cli_message_new(const ProtobufCMessageDescriptor *descriptor,
                                  struct gm_arena *arena)
{
    ProtobufCMessage *message = gm_arena_zalloc(arena, descriptor->sizeof_message);
    if (message != NULL) protobuf_c_message_init(descriptor, message);
    return message;
}

ProtobufCMessage *cli_message_copy(const ProtobufCMessage *message, struct gm_arena *arena)
{
    const struct gm_bytes body = gm_message_pack(message, arena);
    return body.at == NULL ? NULL : gm_message_unpack(body, message->descriptor, arena);
}

const ProtobufCFieldDescriptor *cli_message_field(const ProtobufCMessageDescriptor *descriptor,
                                                  struct gm_bytes name)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        if (gm_bytes_equal(gm_bytes_of_text(descriptor->fields[i].name), name))
            return &descriptor->fields[i];
    }
    return NULL;
}

const ProtobufCFieldDescriptor *
cli_message_field_named(const ProtobufCMessageDescriptor *descriptor, const char *name)
{
    return cli_message_field(descriptor, gm_bytes_of_text(name));
}

size_t cli_message_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (is_repeated(field)) return *(const size_t *)quantifier_of(message, field);
    if (is_member(field)) return *(const uint32_t *)quantifier_of(message, field) == field->id;
    return 1;
}

const void *cli_message_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                           size_t index)
{
    GM_ASSERT(index < cli_message_count(message, field));
    if (!is_repeated(field)) return place_of(message, field);
    return *(uint8_t **)place_of(message, field) + index * gm_item_bytes(field->type);
}

const char *cli_message_text(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                             size_t index)
{
    GM_ASSERT(field->type == PROTOBUF_C_TYPE_STRING);
    const char *text = *(const char *const *)cli_message_at(message, field, index);
    return text == NULL ? "" : text;
}

const ProtobufCMessage *cli_message_inner(const ProtobufCMessage *message,
                                          const ProtobufCFieldDescriptor *field, size_t index)
{
    GM_ASSERT(field->type == PROTOBUF_C_TYPE_MESSAGE);
    return *(ProtobufCMessage *const *)cli_message_at(message, field, index);
}

bool cli_message_has(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    static const uint8_t zero[sizeof(uint64_t)];
    if (cli_message_count(message, field) == 0) return false;
    if (is_repeated(field) || is_member(field)) return true;
    const void *at = place_of(message, field);
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)at != NULL;
    case PROTOBUF_C_TYPE_STRING:
        return cli_message_text(message, field, 0)[0] != '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)at)->len > 0;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return memcmp(at, zero, gm_item_bytes(field->type)) != 0;
    }
    GM_UNREACHABLE();
}

void *cli_message_slot(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    GM_ASSERT(!is_repeated(field));
    if (is_member(field) && cli_message_count(message, field) == 0) {
        *(uint32_t *)quantifier_of(message, field) = field->id;
        memset(place_of(message, field), 0, gm_item_bytes(field->type));
    }
    return place_of(message, field);
}

void *cli_message_append(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                         struct gm_arena *arena)
{
    GM_ASSERT(is_repeated(field));
    size_t *count = quantifier_of(message, field);
    uint8_t **items = place_of(message, field);
    const size_t size = gm_item_bytes(field->type);
    /* Lists are short, and one that was unpacked has no room to spare. */
    uint8_t *more = gm_arena_alloc(arena, (*count + 1) * size);
    if (more == NULL) return NULL;
    if (*count > 0) memcpy(more, *items, *count * size);
    *items = more;
    uint8_t *item = *items + *count * size;
    memset(item, 0, size);
    (*count)++;
    return item;
}

ProtobufCMessage *cli_message_open(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                   struct gm_arena *arena)
{
    GM_ASSERT(field->type == PROTOBUF_C_TYPE_MESSAGE);
    ProtobufCMessage **place = cli_message_slot(message, field);
    if (*place == NULL) *place = cli_message_new(field->descriptor, arena);
    return *place;
}

void cli_message_clear(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (is_repeated(field)) {
        *(size_t *)quantifier_of(message, field) = 0;
        *(void **)place_of(message, field) = NULL;
        return;
    }
    if (is_member(field)) {
        if (cli_message_count(message, field) == 0) return;
        *(uint32_t *)quantifier_of(message, field) = 0;
    }
    memset(place_of(message, field), 0, gm_item_bytes(field->type));
}

const ProtobufCMessage *cli_message_follow(const ProtobufCMessage *message, const char *path,
                                           const ProtobufCFieldDescriptor **ret_field)
{
    for (;;) {
        const size_t length = strcspn(path, ".");
        const ProtobufCFieldDescriptor *field =
            cli_message_field(message->descriptor, gm_bytes(path, length));
        GM_ASSERT(field != NULL);
        const bool is_last = path[length] == '\0';
        if (is_last && ret_field != NULL) {
            *ret_field = field;
            return message;
        }
        message = cli_message_has(message, field) ? cli_message_inner(message, field, 0) : NULL;
        if (is_last || message == NULL) return message;
        path += length + 1;
    }
}
