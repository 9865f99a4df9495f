/* matching/parts.h - pieces that messages are made of, in an arena that has room for them: what is
 * asked is bounded by the door, and what is shown by a reply. A full arena is our own bug. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/id.h"
#include "wire/check.h"

/* Zeroed, never NULL. */
static inline void *matching_array(struct gm_arena *arena, size_t count, size_t size)
{
    void *at = gm_arena_zalloc_array(arena, count, size);
    GM_ASSERT(at != NULL);
    return at;
}

/* As many NULL pointers: a repeated field of messages or texts. */
static inline void *matching_pointers(struct gm_arena *arena, size_t count)
{
    return matching_array(arena, count, sizeof(void *));
}

static inline void *matching_copy(struct gm_arena *arena, const void *at, size_t size)
{
    void *copy = gm_arena_copy(arena, at, size);
    GM_ASSERT(copy != NULL);
    return copy;
}

/* A message without fields set. */
static inline void *matching_message(struct gm_arena *arena,
                                     const ProtobufCMessageDescriptor *descriptor)
{
    void *message = matching_array(arena, 1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

/* The id's bytes, as a field. */
static inline ProtobufCBinaryData matching_bytes(struct gm_arena *arena, struct gm_id id)
{
    return (ProtobufCBinaryData){.len = sizeof id, .data = matching_copy(arena, &id, sizeof id)};
}

static inline struct gm_bytes matching_pack(const ProtobufCMessage *message, struct gm_arena *arena)
{
    const struct gm_bytes packed = gm_message_pack(message, arena);
    GM_ASSERT(packed.at != NULL);
    return packed;
}

/* Of bytes that matching_pack made. */
static inline const void *matching_unpack(struct gm_bytes packed,
                                          const ProtobufCMessageDescriptor *descriptor,
                                          struct gm_arena *arena)
{
    const ProtobufCMessage *message = gm_message_unpack(packed, descriptor, arena);
    GM_ASSERT(message != NULL);
    return message;
}
