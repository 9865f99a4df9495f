#include "wire/check.h"

#include "wire/check_bytes.h"
#include "wire/check_message.h"

static void *take(void *arena, size_t size)
{
    return gm_arena_alloc(arena, size);
}

static void leave(void *arena, void *pointer)
{
    (void)arena; /* all of it goes at once */
    (void)pointer;
}

ProtobufCMessage *gm_message_unpack(struct gm_bytes body,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    struct gm_arena *arena)
{
    ProtobufCAllocator allocator = {.alloc = take, .free = leave, .allocator_data = arena};
    return protobuf_c_message_unpack(descriptor, &allocator, body.size, body.at);
}

struct gm_bytes gm_message_pack(const ProtobufCMessage *message, struct gm_arena *arena)
{
    const size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *at = gm_arena_alloc(arena, size);
    if (at == NULL) return (struct gm_bytes){0};
    return gm_bytes(at, protobuf_c_message_pack(message, at));
}

enum gm_reason gm_message_check(struct gm_bytes body, const struct gm_rules *rules,
                                struct gm_arena *arena, ProtobufCMessage **ret_message,
                                char ret_field[GM_FIELD_PATH_BYTES_MAX + 1])
{
    gm_path_text(NULL, ret_field);
    enum gm_reason reason = gm_check_bytes(body, rules, ret_field);
    if (reason != GM_REASON_NONE) return reason;

    ProtobufCMessage *message = gm_message_unpack(body, rules->descriptor, arena);
    if (message == NULL) return GM_REASON_BAD_FRAME;
    reason = gm_check_message(message, rules, arena, true, ret_field);
    if (reason == GM_REASON_NONE) *ret_message = message;
    return reason;
}

enum gm_reason gm_message_check_built(const ProtobufCMessage *message, const struct gm_rules *rules,
                                      struct gm_arena *arena,
                                      char ret_field[GM_FIELD_PATH_BYTES_MAX + 1])
{
    gm_path_text(NULL, ret_field);
    /* Not changed: replace is false. */
    return gm_check_message((ProtobufCMessage *)(uintptr_t)message, rules, arena, false, ret_field);
}

struct gm_id gm_message_id(ProtobufCBinaryData field)
{
    struct gm_id id = {{0}};
    if (field.len == GM_ID_BYTES) memcpy(id.v, field.data, GM_ID_BYTES);
    return id;
}
