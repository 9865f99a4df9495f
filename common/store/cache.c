#include "store/cache.h"

#include <sys/mman.h>

#include "base/assert.h"

enum { LINE_BYTES = 64, GROWTH = 4 };

static bool is_power_of_two(uint32_t count)
{
    return count > 0 && (count & (count - 1)) == 0;
}

void gm_cache_init(struct gm_cache *cache, void *memory, uint32_t first, uint32_t slots_max)
{
    GM_ASSERT(is_power_of_two(first) && is_power_of_two(slots_max) && first <= slots_max);
    *cache = (struct gm_cache){.slots = memory, .slots_max = slots_max, .loan = 1};
    atomic_init(&cache->count, first);
    atomic_init(&cache->evictions, 0);
}

static uint64_t mark_of(uint64_t hash)
{
    return hash | 1;
}

/* Above the bit that the mark sets; the index of the overlay uses the upper half. */
static struct gm_cache_slot *slot_of(const struct gm_cache *cache, uint64_t hash)
{
    return &cache->slots[hash >> 1 & (gm_hint(&cache->count) - 1)];
}

static bool slot_is(const struct gm_cache_slot *slot, uint64_t hash, uint8_t table,
                    struct gm_bytes key)
{
    return slot->hash == mark_of(hash) && gm_image_is(slot->image, table, key);
}

struct gm_cache_slot *gm_cache_find(struct gm_cache *cache, uint64_t hash, uint8_t table,
                                    struct gm_bytes key)
{
    struct gm_cache_slot *slot = slot_of(cache, hash);
    if (!slot_is(slot, hash, table, key)) return NULL;
    slot->lent = cache->loan;
    return slot;
}

void gm_cache_fill(struct gm_cache *cache, uint64_t hash, uint8_t table, struct gm_bytes key,
                   struct gm_bytes value, uint64_t sum)
{
    struct gm_cache_slot *slot = slot_of(cache, hash);
    if (GM_IMAGE_HEAD_BYTES + key.size + value.size > sizeof slot->image) {
        gm_cache_drop(cache, hash, table, key);
        return;
    }
    if (slot->hash != 0 && !slot_is(slot, hash, table, key)) {
        if (slot->lent == cache->loan) return;
        gm_hint_set(&cache->evictions, gm_hint(&cache->evictions) + 1);
    }
    slot->hash = mark_of(hash);
    slot->sum = sum;
    slot->lent = 0;
    slot->value_size = (uint32_t)value.size;
    uint8_t *at = gm_image_begin(slot->image, table, key);
    if (value.size > 0) memcpy(at, value.at, value.size);
}

void gm_cache_drop(struct gm_cache *cache, uint64_t hash, uint8_t table, struct gm_bytes key)
{
    struct gm_cache_slot *slot = slot_of(cache, hash);
    if (slot_is(slot, hash, table, key)) slot->hash = 0;
}

void gm_cache_prefetch(const struct gm_cache *cache, uint64_t hash)
{
    const uint8_t *slot = (const uint8_t *)slot_of(cache, hash);
    for (size_t line = 0; line < GM_CACHE_SLOT_BYTES; line += LINE_BYTES) {
        __builtin_prefetch(slot + line);
    }
}

bool gm_cache_prepare(struct gm_cache *cache)
{
    const uint32_t count = gm_hint(&cache->count);
    const uint32_t evictions = gm_hint(&cache->evictions);
    if (count == cache->slots_max || evictions - cache->evictions_seen < (count + 1) / 2) {
        return false;
    }

    const uint32_t next = cache->slots_max / GROWTH < count ? cache->slots_max : count * GROWTH;
    const size_t bytes = (size_t)(next - count) * GM_CACHE_SLOT_BYTES;
    /* Looked up at random: large pages save most of the misses in the processor's page tables.
     * Where the kernel does neither, the owner's first touch does. */
    (void)madvise(cache->slots + count, bytes, MADV_HUGEPAGE);
    (void)gm_prefault(cache->slots + count, bytes);
    cache->evictions_seen = evictions;
    gm_hint_set(&cache->count, next);
    return true;
}
