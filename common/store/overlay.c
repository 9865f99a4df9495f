#include "store/overlay.h"

#include <sys/mman.h>

#include "base/assert.h"

/* A slot, 0 where it was never used:
 *
 *   bits 32-63  high half of the row's hash
 *   bits 23-31  generation that wrote it: clearing a half is counting one up
 *   bits 0-22   offset of the row in the arena, in units of 8 bytes
 */
enum {
    OFFSET_BITS = 23,
    OFFSET_UNIT = 8,
    GENERATION_BITS = 9,
    GENERATIONS = 1 << GENERATION_BITS,
    PAGE_BYTES = 4096,
    STRETCH_BYTES = 1 << 20, /* prefaulted at a time: about half a millisecond */
    AHEAD_BYTES = 4 << 20,   /* what the owner fills in some 50 ms at full load */
};
#define INDEX_BYTES \
    (2 * (size_t)GM_HALF_SLOTS_MAX * sizeof(uint64_t)) /* every size, side by side */
#define OFFSET_MASK ((UINT64_C(1) << OFFSET_BITS) - 1)

_Static_assert(GM_OVERLAY_BYTES_MAX + GM_OVERLAY_COMMAND_BYTES <=
                   ((uint64_t)OFFSET_UNIT << OFFSET_BITS),
               "every row of the arena can be named");
_Static_assert(sizeof(struct gm_overlay_row) % OFFSET_UNIT == 0, "rows are aligned");
_Static_assert((GM_OVERLAY_BYTES_MAX + GM_OVERLAY_COMMAND_BYTES) % PAGE_BYTES == 0, "whole pages");

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t gm_row_hash(uint64_t seed, uint8_t table, struct gm_bytes key)
{
    /* Any odd numbers with about half of their bits set do; these are wyhash's. */
    static const uint64_t by = UINT64_C(0xa0761d6478bd642f);
    static const uint64_t last_by = UINT64_C(0xe7037ed1a0b428db);
    uint64_t hash = seed ^ ((uint64_t)table << 32 | key.size);
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= key.size; i += sizeof(uint64_t)) {
        hash = mix(hash ^ gm_get_u64(key.at + i), by);
    }
    uint64_t rest = 0;
    memcpy(&rest, key.at + i, key.size - i);
    return mix(hash ^ rest, last_by);
}

size_t gm_half_memory_bytes(void)
{
    return INDEX_BYTES + GM_HALF_BYTES_MAX;
}

void gm_half_init(struct gm_half *half, void *memory, uint32_t first_slots)
{
    GM_ASSERT(first_slots > 0 && first_slots <= GM_HALF_SLOTS_MAX);
    GM_ASSERT((first_slots & (first_slots - 1)) == 0);
    *half = (struct gm_half){
        .index = memory,
        .arena = (uint8_t *)memory + INDEX_BYTES,
        .generation = 1,
    };
    atomic_init(&half->slots, first_slots);
    atomic_init(&half->rows, 0);
    atomic_init(&half->used, 0);
}

void gm_half_clear(struct gm_half *half)
{
    if (gm_hint(&half->rows) > 0) half->generation++;
    if (half->generation == GENERATIONS) {
        const uint32_t slots = gm_hint(&half->slots);
        memset(half->index + slots, 0, slots * sizeof *half->index);
        half->generation = 1;
    }
    gm_hint_set(&half->rows, 0);
    gm_hint_set(&half->used, 0);
    half->state_rows = 0;
}

static bool slot_is_empty(const struct gm_half *half, uint64_t slot)
{
    return (slot >> OFFSET_BITS & (GENERATIONS - 1)) != half->generation;
}

static struct gm_overlay_row *row_of(const struct gm_half *half, uint64_t slot)
{
    return (struct gm_overlay_row *)(void *)(half->arena + (slot & OFFSET_MASK) * OFFSET_UNIT);
}

static uint64_t slot_of(const struct gm_half *half, uint64_t hash, size_t offset)
{
    return (hash & ~UINT64_C(0xffffffff)) | (uint64_t)half->generation << OFFSET_BITS |
           offset / OFFSET_UNIT;
}

/* The slot that holds the row, or the empty one where it belongs. */
static uint64_t *probe(const struct gm_half *half, uint64_t hash, uint8_t table,
                       struct gm_bytes key)
{
    const uint32_t slots = gm_hint(&half->slots);
    uint64_t *index = half->index + slots;
    for (uint64_t i = hash >> 32 & (slots - 1);; i = (i + 1) & (slots - 1)) {
        if (slot_is_empty(half, index[i])) return &index[i];
        if (index[i] >> 32 == hash >> 32 && gm_image_is(row_of(half, index[i])->image, table, key))
            return &index[i];
    }
}

struct gm_overlay_row *gm_half_find(const struct gm_half *half, uint64_t hash, uint8_t table,
                                    struct gm_bytes key)
{
    const uint64_t *slot = probe(half, hash, table, key);
    return slot_is_empty(half, *slot) ? NULL : row_of(half, *slot);
}

static void grow_index(struct gm_half *half)
{
    const uint32_t slots = gm_hint(&half->slots);
    const uint64_t *from = half->index + slots;
    uint64_t *to = half->index + 2 * (size_t)slots;
    for (uint32_t i = 0; i < slots; i++) {
        if (slot_is_empty(half, from[i])) continue;
        uint64_t at = from[i] >> 32 & (2 * slots - 1);
        while (to[at] != 0) {
            at = (at + 1) & (2 * slots - 1);
        }
        to[at] = from[i];
    }
    const size_t bytes = slots * sizeof *half->index;
    /* A hint that the pages are free again; where it fails they merely stay. */
    if (bytes >= PAGE_BYTES) (void)madvise(half->index + slots, bytes, MADV_DONTNEED);
    gm_hint_set(&half->slots, 2 * slots);
}

static struct gm_overlay_row *append(struct gm_half *half, uint8_t table, struct gm_bytes key,
                                     size_t value_size, size_t *ret_offset)
{
    const size_t offset = gm_hint(&half->used);
    const size_t before = sizeof(struct gm_overlay_row) + GM_IMAGE_HEAD_BYTES + key.size;
    const size_t size = (before + value_size + OFFSET_UNIT - 1) & ~(size_t)(OFFSET_UNIT - 1);
    GM_ASSERT(size <= GM_HALF_BYTES_MAX - offset); /* gm_store_has_room was asked */

    struct gm_overlay_row *row = (struct gm_overlay_row *)(void *)(half->arena + offset);
    row->room = (uint32_t)(size - before);
    gm_image_begin(row->image, table, key);
    gm_hint_set(&half->used, offset + size);
    *ret_offset = offset;
    return row;
}

struct gm_overlay_row *gm_half_place(struct gm_half *half, struct gm_overlay_row *row,
                                     uint64_t hash, const struct gm_table *table,
                                     struct gm_bytes key, size_t value_size)
{
    if (row != NULL && value_size <= row->room) return row;

    const uint32_t rows = gm_hint(&half->rows);
    if (row == NULL) {
        GM_ASSERT(rows < GM_HALF_ROWS_MAX);
        if ((rows + 1) * 2 > gm_hint(&half->slots)) grow_index(half);
        gm_hint_set(&half->rows, rows + 1);
        if (!table->bulk) half->state_rows++;
    }
    uint64_t *slot = probe(half, hash, table->number, key);
    size_t offset = 0;
    struct gm_overlay_row *placed = append(half, table->number, key, value_size, &offset);
    *slot = slot_of(half, hash, offset);
    return placed;
}

void gm_half_prefetch(const struct gm_half *half, uint64_t hash)
{
    const uint32_t slots = gm_hint(&half->slots);
    __builtin_prefetch(half->index + slots + (hash >> 32 & (slots - 1)));
}

void gm_half_each(const struct gm_half *half,
                  void (*visit)(struct gm_overlay_row *row, void *context), void *context)
{
    const uint32_t slots = gm_hint(&half->slots);
    const uint64_t *index = half->index + slots;
    for (uint32_t i = 0; i < slots; i++) {
        if (!slot_is_empty(half, index[i])) visit(row_of(half, index[i]), context);
    }
}

bool gm_prefault(void *at, size_t size)
{
    return madvise(at, size, MADV_POPULATE_WRITE) == 0;
}

bool gm_half_prepare(struct gm_half *half)
{
    /* Some way ahead of the owner, where it writes at all: an idle store stays small. */
    const size_t used = gm_hint(&half->used);
    const size_t wanted = used == 0 ? 0 : used + AHEAD_BYTES;
    if (half->arena_ready < wanted && half->arena_ready < GM_HALF_BYTES_MAX) {
        const size_t left = GM_HALF_BYTES_MAX - half->arena_ready;
        const size_t stretch = left < STRETCH_BYTES ? left : STRETCH_BYTES;
        const bool done = gm_prefault(half->arena + half->arena_ready, stretch);
        half->arena_ready = done ? half->arena_ready + stretch : GM_HALF_BYTES_MAX;
        return done;
    }

    /* The next index, once this one is half way to it. */
    const uint32_t next = 2 * gm_hint(&half->slots);
    if (next > GM_HALF_SLOTS_MAX || next <= half->index_ready) return false;
    if (gm_hint(&half->rows) < next / 8 || next * sizeof *half->index < PAGE_BYTES) return false;
    half->index_ready = next;
    return gm_prefault(half->index + next, next * sizeof *half->index);
}
