/* catalog/parts.h - pieces that decide and apply make events and documents of. What a request asks
 * for is bounded by its door and its arena has room for it (runtime/parts.h): a full arena is our
 * own bug. */
#pragma once

#include <catalog.pb-c.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/bytes.h"
#include "base/id.h"

/* Zeroed, in the arena, never NULL. */
static inline void *catalog_array(struct gm_arena *arena, size_t count, size_t size)
{
    void *at = gm_arena_zalloc_array(arena, count, size);
    GM_ASSERT(at != NULL);
    return at;
}

/* As many NULL pointers: a repeated field of messages. */
static inline void *catalog_pointers(struct gm_arena *arena, size_t count)
{
    return catalog_array(arena, count, sizeof(void *));
}

static inline void *catalog_copy(struct gm_arena *arena, const void *at, size_t size)
{
    void *copy = gm_arena_copy(arena, at, size);
    GM_ASSERT(copy != NULL);
    return copy;
}

/* A message without fields set, in the arena. */
static inline void *catalog_message(struct gm_arena *arena,
                                    const ProtobufCMessageDescriptor *descriptor)
{
    void *message = catalog_array(arena, 1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

/* An Event of that kind; its message is the caller's to set. */
static inline Catalog__Event *catalog_event(struct gm_arena *arena, Catalog__Event__EventCase what)
{
    Catalog__Event *event = catalog_message(arena, &catalog__event__descriptor);
    event->event_case = what;
    return event;
}

/* The id's bytes in the arena, as a field. */
static inline ProtobufCBinaryData catalog_bytes(struct gm_arena *arena, struct gm_id id)
{
    return (ProtobufCBinaryData){.len = sizeof id, .data = catalog_copy(arena, &id, sizeof id)};
}

/* What a product is stored as; in the arena. The same product is the same bytes. */
struct catalog_product_documents {
    struct gm_bytes document; /* Product without descriptions; its terms are the last field */
    uint16_t terms_bytes;     /* of the encoded terms in it */
    struct gm_bytes
        descriptions; /* ProductTerms with descriptions alone; empty where there are none */
};
struct catalog_product_documents catalog_encode_product(const Catalog__Product *product,
                                                        struct gm_arena *arena);
struct gm_bytes catalog_encode_lot(const Catalog__Lot *lot, struct gm_arena *arena);
Catalog__Lot *catalog_decode_lot(struct gm_bytes document, struct gm_arena *arena);
