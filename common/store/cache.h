/* store/cache.h - the row cache: whole values of hot rows in 256-byte slots, one possible slot per
 * row, each equal to the newest state. A slot found is lent to the caller, and its row is not
 * replaced before the loan ends (gm_cache_end_loans).
 *
 * Growing is raising a mask over address space reserved once: a row whose slot is another one now
 * is simply not found, and its old slot is never asked for it again. Threads: the owner's, but for
 * gm_cache_prepare, which prefaults and then publishes the new size. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/overlay.h"

enum { GM_CACHE_SLOT_BYTES = 256, GM_CACHE_IMAGE_BYTES = GM_CACHE_SLOT_BYTES - 24 };

struct gm_cache_slot {
    uint64_t hash; /* with its lowest bit set; 0 where empty */
    uint64_t sum;  /* share of the state hash, 0 where not known */
    uint32_t lent; /* the loan in which it was found last */
    uint32_t value_size;
    uint8_t image[GM_CACHE_IMAGE_BYTES];
};
_Static_assert(sizeof(struct gm_cache_slot) == GM_CACHE_SLOT_BYTES, "four cache lines");

struct gm_cache {
    struct gm_cache_slot *slots;
    uint32_t slots_max;
    uint32_t loan;
    _Atomic uint32_t count;     /* of slots in use, a power of two */
    _Atomic uint32_t evictions; /* rows that made way for others, so far; a hint */
    uint32_t evictions_seen;    /* of gm_cache_prepare */
};

/* memory: slots_max zeroed slots, borrowed. Both counts powers of two. */
void gm_cache_init(struct gm_cache *cache, void *memory, uint32_t first, uint32_t slots_max);

/* NULL where it is not here. The slot is on loan from now. */
struct gm_cache_slot *gm_cache_find(struct gm_cache *cache, uint64_t hash, uint8_t table,
                                    struct gm_bytes key);
static inline struct gm_bytes gm_cache_value(const struct gm_cache_slot *slot)
{
    const struct gm_bytes key = gm_image_key(slot->image);
    return gm_bytes(key.at + key.size, slot->value_size);
}

/* Keeps the row where it fits and its slot is not on loan to another; an older value of it is gone
 * in any case. value does not lie in the slot. sum: 0 where not known. */
void gm_cache_fill(struct gm_cache *cache, uint64_t hash, uint8_t table, struct gm_bytes key,
                   struct gm_bytes value, uint64_t sum);
/* Forgets the row. */
void gm_cache_drop(struct gm_cache *cache, uint64_t hash, uint8_t table, struct gm_bytes key);

static inline void gm_cache_end_loans(struct gm_cache *cache)
{
    cache->loan++;
}

void gm_cache_prefetch(const struct gm_cache *cache, uint64_t hash);

/* Grows where rows often make way for each other. Any one thread. True where it did. */
bool gm_cache_prepare(struct gm_cache *cache);
