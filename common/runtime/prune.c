#include "runtime/prune.h"

#include "base/assert.h"
#include "runtime/parts.h"

static bool past_keeping(struct gm_bytes key, uint32_t generation, int64_t before_ms)
{
    struct gm_key_reader reader = {key};
    if (generation > 0) {
        uint32_t of_row;
        return gm_key_read_u32(&reader, &of_row) == GM_OK && of_row < generation;
    }
    struct gm_id id;
    return gm_key_read_id(&reader, &id) == GM_OK && gm_id_time_ms(id) < before_ms;
}

enum gm_status prune_collect(struct gm_snapshot *snapshot, const struct gm_table *table,
                             uint32_t generation, int64_t before_ms, struct gm_arena *arena,
                             struct gm_bytes *ret_event, bool *ret_more)
{
    uint8_t *event = gm_arena_alloc(arena, GM_ENTRY_EVENT_BYTES_MAX);
    if (event == NULL) return GM_TOO_LARGE;
    size_t size = PRUNE_HEAD_BYTES;
    uint16_t count = 0;
    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, table, NULL);
    *ret_more = false;
    for (;;) {
        const size_t mark = gm_arena_mark(arena);
        struct gm_bytes key;
        struct gm_bytes value;
        const enum gm_status status = gm_cursor_next(&cursor, arena, &key, &value);
        gm_arena_rewind(arena, mark);
        if (status == GM_END) break;
        GM_ASSERT(status == GM_OK);
        if (!past_keeping(key, generation, before_ms)) break;
        if (count == GM_PRUNE_KEYS_MAX || size + 2 + key.size > GM_ENTRY_EVENT_BYTES_MAX) {
            *ret_more = true;
            break;
        }
        gm_put_u16(event + size, (uint16_t)key.size);
        memcpy(event + size + 2, key.at, key.size);
        size += 2 + key.size;
        count++;
    }
    gm_cursor_release(&cursor);
    event[0] = table->number;
    event[1] = 0;
    gm_put_u16(event + 2, count);
    *ret_event = gm_bytes(event, count == 0 ? 0 : size);
    return GM_OK;
}

/* Of the host's dedup tables and of what follows fill. */
static const struct gm_table *table_numbered(const struct gm_service *service, uint8_t number)
{
    if (number == gm_table_dedup_members.number) return &gm_table_dedup_members;
    if (number == gm_table_dedup_services.number) return &gm_table_dedup_services;
    for (const struct gm_table *const *table = service->tables; *table != NULL; table++)
        if ((*table)->number == number) return *table;
    GM_UNREACHABLE();
}

static void move_pruned_through(struct gm_fold *fold, const struct gm_table *table,
                                struct gm_bytes last_key)
{
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u8(&key, table == &gm_table_dedup_services);
    GM_ASSERT(last_key.size >= GM_ID_BYTES);
    gm_store_put(fold->store, &gm_table_pruned, &key, gm_bytes(last_key.at, GM_ID_BYTES));
}

void prune_fold(struct gm_fold *fold, struct gm_bytes event)
{
    GM_ASSERT(event.size > PRUNE_HEAD_BYTES);
    const struct gm_table *table = table_numbered(fold->host->service, event.at[0]);
    const uint16_t count = gm_get_u16(event.at + 2);
    size_t at = PRUNE_HEAD_BYTES;
    struct gm_bytes last = {0};
    for (uint16_t i = 0; i < count; i++) {
        const uint16_t size = gm_get_u16(event.at + at);
        GM_ASSERT(size <= GM_KEY_BYTES_MAX && at + 2 + size <= event.size);
        last = gm_bytes(event.at + at + 2, size);
        struct gm_key key;
        gm_key_begin(&key);
        memcpy(key.v, last.at, size);
        key.size = size;
        gm_store_delete(fold->store, table, &key);
        at += 2 + (size_t)size;
    }
    if (table == &gm_table_dedup_members || table == &gm_table_dedup_services)
        move_pruned_through(fold, table, last);
}
