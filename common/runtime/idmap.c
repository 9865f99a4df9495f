#include "runtime/idmap.h"

#include <stdlib.h>

#include "base/assert.h"

enum { FIRST_CAPACITY = 16 };

/* Ids are hashes or random in their last bytes; a peer's are small, so all bytes are mixed. */
static uint32_t slot_of(const struct gm_idmap *map, struct gm_id key)
{
    const uint64_t mixed =
        (gm_get_u64(key.v) ^ (gm_get_u64(key.v + 8) * UINT64_C(0x9e3779b97f4a7c15)));
    return (uint32_t)((mixed * UINT64_C(0xd6e8feb86659fd93)) >> 32) & (map->capacity - 1);
}

static uint32_t find(const struct gm_idmap *map, struct gm_id key)
{
    uint32_t at = slot_of(map, key);
    while (map->slots[at].value != NULL && !gm_id_equal(map->slots[at].key, key))
        at = (at + 1) & (map->capacity - 1);
    return at;
}

static void grow(struct gm_idmap *map)
{
    struct gm_idmap larger = {.capacity = map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    GM_ASSERT(larger.slots != NULL);
    for (uint32_t i = 0; i < map->capacity; i++)
        if (map->slots[i].value != NULL)
            gm_idmap_put(&larger, map->slots[i].key, map->slots[i].value);
    gm_idmap_release(map);
    *map = larger;
}

void gm_idmap_release(struct gm_idmap *map)
{
    free(map->slots);
    *map = (struct gm_idmap){0};
}

void *gm_idmap_get(const struct gm_idmap *map, struct gm_id key)
{
    return map->capacity == 0 ? NULL : map->slots[find(map, key)].value;
}

void gm_idmap_put(struct gm_idmap *map, struct gm_id key, void *value)
{
    GM_ASSERT(value != NULL);
    if (map->count * 4 >= map->capacity * 3) grow(map);
    struct gm_idmap_slot *slot = &map->slots[find(map, key)];
    if (slot->value == NULL) map->count++;
    *slot = (struct gm_idmap_slot){.key = key, .value = value};
}

void *gm_idmap_take(struct gm_idmap *map, struct gm_id key)
{
    if (map->capacity == 0) return NULL;
    uint32_t hole = find(map, key);
    void *taken = map->slots[hole].value;
    if (taken == NULL) return NULL;
    map->count--;
    /* Close the hole: a later slot of the run moves up where its own place is not behind the hole.
     */
    for (uint32_t at = (hole + 1) & (map->capacity - 1); map->slots[at].value != NULL;
         at = (at + 1) & (map->capacity - 1)) {
        const uint32_t home = slot_of(map, map->slots[at].key);
        if (((at - home) & (map->capacity - 1)) < ((at - hole) & (map->capacity - 1))) continue;
        map->slots[hole] = map->slots[at];
        hole = at;
    }
    map->slots[hole].value = NULL;
    return taken;
}
