#include "cli/value.h"

#include <limits.h>
#include <strings.h>

#include <sodium.h>

#include "base/assert.h"
#include "cli/member.h"

enum { BASE64_FORM = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

const char *cli_value_bytes(struct cli_meaning meaning, ProtobufCBinaryData bytes,
                            struct gm_arena *arena)
{
    if (bytes.len == 0) return "";
    if (meaning.kind == CLI_MEANS_ID && bytes.len == GM_ID_BYTES) {
        struct gm_id id;
        memcpy(id.v, bytes.data, GM_ID_BYTES);
        char *text = gm_arena_alloc(arena, GM_ID_TEXT_MAX);
        if (text == NULL || gm_id_is_zero(id)) return text == NULL ? NULL : "";
        return gm_id_text(meaning.id_kind, id, text);
    }
    if (meaning.kind == CLI_MEANS_HEX) {
        const size_t size = 2 * bytes.len + 1;
        char *text = gm_arena_alloc(arena, size);
        return text == NULL ? NULL : sodium_bin2hex(text, size, bytes.data, bytes.len);
    }
    const size_t size = sodium_base64_encoded_len(bytes.len, BASE64_FORM);
    char *text = gm_arena_alloc(arena, size);
    return text == NULL ? NULL : sodium_bin2base64(text, size, bytes.data, bytes.len, BASE64_FORM);
}

__int128 cli_value_number(ProtobufCType type, const void *at)
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
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at;
    case PROTOBUF_C_TYPE_ENUM:
        return *(const int *)at;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    GM_UNREACHABLE(); /* no message has floating point */
}

enum gm_status cli_value_store_number(ProtobufCType type, __int128 number, void *place)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        if (number < INT32_MIN || number > INT32_MAX) return GM_MALFORMED;
        *(int32_t *)place = (int32_t)number;
        return GM_OK;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        if (number < 0 || number > UINT32_MAX) return GM_MALFORMED;
        *(uint32_t *)place = (uint32_t)number;
        return GM_OK;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        if (number < INT64_MIN || number > INT64_MAX) return GM_MALFORMED;
        *(int64_t *)place = (int64_t)number;
        return GM_OK;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        if (number < 0 || number > UINT64_MAX) return GM_MALFORMED;
        *(uint64_t *)place = (uint64_t)number;
        return GM_OK;
    case PROTOBUF_C_TYPE_BOOL:
        if (number != 0 && number != 1) return GM_MALFORMED;
        *(protobuf_c_boolean *)place = number == 1;
        return GM_OK;
    case PROTOBUF_C_TYPE_ENUM:
        if (number < INT_MIN || number > INT_MAX) return GM_MALFORMED;
        *(int *)place = (int)number;
        return GM_OK;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return GM_MALFORMED;
}

static enum gm_status read_id(struct cli_meaning meaning, struct gm_bytes text, uint8_t *place)
{
    struct gm_id id;
    const enum gm_status status = meaning.id_kind == GM_ID_member
                                      ? cli_member_parse(text, &id)
                                      : gm_id_parse(meaning.id_kind, text, &id);
    if (status == GM_OK) memcpy(place, id.v, GM_ID_BYTES);
    return status;
}

enum gm_status cli_value_read_bytes(struct cli_meaning meaning, struct gm_bytes text,
                                    struct gm_arena *arena, ProtobufCBinaryData *ret_bytes)
{
    if (text.size == 0) {
        *ret_bytes = (ProtobufCBinaryData){0};
        return GM_OK;
    }
    const size_t room = text.size + GM_ID_BYTES;
    uint8_t *bytes = gm_arena_alloc(arena, room);
    if (bytes == NULL) return GM_TOO_LARGE;
    size_t size = GM_ID_BYTES;
    if (meaning.kind == CLI_MEANS_ID) {
        const enum gm_status status = read_id(meaning, text, bytes);
        if (status != GM_OK) return status;
    } else if (meaning.kind == CLI_MEANS_HEX) {
        const char *end;
        if (sodium_hex2bin(bytes, room, (const char *)text.at, text.size, NULL, &size, &end) != 0 ||
            end != (const char *)text.at + text.size)
            return GM_MALFORMED;
    } else {
        const char *end;
        if (sodium_base642bin(bytes, room, (const char *)text.at, text.size, NULL, &size, &end,
                              BASE64_FORM) != 0 ||
            end != (const char *)text.at + text.size)
            return GM_MALFORMED;
    }
    *ret_bytes = (ProtobufCBinaryData){.len = size, .data = bytes};
    return GM_OK;
}

enum gm_status cli_value_read_enum(const ProtobufCEnumDescriptor *descriptor, struct gm_bytes text,
                                   int *ret_value)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const ProtobufCEnumValue *value = &descriptor->values[i];
        if (value->value == 0 || strlen(value->name) != text.size) continue;
        if (strncasecmp(value->name, (const char *)text.at, text.size) != 0) continue;
        *ret_value = value->value;
        return GM_OK;
    }
    return GM_MALFORMED;
}
