#include "runtime/tables.h"

#include <stdlib.h>

#include "base/assert.h"

const struct gm_table gm_table_dedup_members = {
    .number = GM_TABLE_HOST_FIRST, .name = "dedup_members", .bulk = true};
const struct gm_table gm_table_dedup_services = {
    .number = GM_TABLE_HOST_FIRST + 1, .name = "dedup_services", .bulk = true};
const struct gm_table gm_table_effects = {.number = GM_TABLE_HOST_FIRST + 2, .name = "effects"};
const struct gm_table gm_table_timers = {.number = GM_TABLE_HOST_FIRST + 3, .name = "timers"};
const struct gm_table gm_table_follows = {.number = GM_TABLE_HOST_FIRST + 4, .name = "follows"};
const struct gm_table gm_table_pruned = {.number = GM_TABLE_HOST_FIRST + 5, .name = "pruned"};

static const struct gm_table *const own[] = {
    &gm_table_dedup_members, &gm_table_dedup_services, &gm_table_effects,
    &gm_table_timers,        &gm_table_follows,        &gm_table_pruned,
};
enum { OWN_COUNT = sizeof own / sizeof *own };

const struct gm_table **gm_host_tables_new(const struct gm_service *service)
{
    size_t count = 0;
    while (service->tables[count] != NULL) {
        GM_ASSERT(service->tables[count]->number < GM_TABLE_HOST_FIRST);
        count++;
    }
    const struct gm_table **all = calloc(count + OWN_COUNT + 1, sizeof *all);
    GM_ASSERT(all != NULL);
    memcpy(all, service->tables, count * sizeof *all);
    memcpy(all + count, own, sizeof own);
    return all;
}

void gm_dedup_encode(const struct gm_dedup_row *row, uint8_t ret[GM_DEDUP_HEAD_BYTES])
{
    memcpy(ret, row->content_hash.v, GM_ID_BYTES);
    gm_put_u64(ret + 16, row->seq);
    gm_put_u16(ret + 24, row->status);
    gm_put_u16(ret + 26, row->reason);
}

struct gm_dedup_row gm_dedup_decode(struct gm_bytes value)
{
    GM_ASSERT(value.size >= GM_DEDUP_HEAD_BYTES);
    struct gm_dedup_row row = {
        .seq = gm_get_u64(value.at + 16),
        .status = gm_get_u16(value.at + 24),
        .reason = gm_get_u16(value.at + 26),
    };
    memcpy(row.content_hash.v, value.at, GM_ID_BYTES);
    return row;
}

void gm_effect_encode(const struct gm_effect_row *row, uint8_t ret[GM_EFFECT_HEAD_BYTES])
{
    memcpy(ret, row->saga.v, GM_ID_BYTES);
    gm_put_u64(ret + 16, row->seq);
    gm_put_u64(ret + 24, (uint64_t)row->time_ms);
    gm_put_u32(ret + 32, row->number);
    gm_put_u16(ret + 36, row->method);
    ret[38] = row->to;
    ret[39] = 0;
}

struct gm_effect_row gm_effect_decode(struct gm_bytes value)
{
    GM_ASSERT(value.size >= GM_EFFECT_HEAD_BYTES);
    struct gm_effect_row row = {
        .seq = gm_get_u64(value.at + 16),
        .time_ms = (int64_t)gm_get_u64(value.at + 24),
        .number = gm_get_u32(value.at + 32),
        .method = gm_get_u16(value.at + 36),
        .to = value.at[38],
    };
    memcpy(row.saga.v, value.at, GM_ID_BYTES);
    return row;
}

const struct gm_table *gm_dedup_table(struct gm_id member)
{
    return gm_service_of_member(member) == GM_SERVICE_NONE ? &gm_table_dedup_members
                                                           : &gm_table_dedup_services;
}

void gm_dedup_key(struct gm_key *key, struct gm_id command_id, struct gm_id member)
{
    gm_key_begin(key);
    gm_key_id(key, command_id);
    gm_key_id(key, member);
}

bool gm_follow_get(const struct gm_rows *rows, enum gm_service_name source,
                   struct gm_follow_row *ret_row)
{
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u8(&key, (uint8_t)source);
    *ret_row = (struct gm_follow_row){0};
    return gm_rows_get_fixed(rows, &gm_table_follows, &key, ret_row, sizeof *ret_row) == GM_OK;
}

uint32_t gm_follow_generation(const struct gm_rows *rows, enum gm_service_name source)
{
    struct gm_follow_row row;
    return gm_follow_get(rows, source, &row) ? row.generation : 0;
}

struct gm_id gm_pruned_get(const struct gm_rows *rows, uint8_t kind)
{
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u8(&key, kind);
    struct gm_id id = {{0}};
    if (gm_rows_get_fixed(rows, &gm_table_pruned, &key, &id, sizeof id) != GM_OK)
        return (struct gm_id){{0}};
    return id;
}

int64_t gm_timer_due(const struct gm_rows *rows, uint8_t kind, struct gm_id subject)
{
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u8(&key, kind);
    gm_key_id(&key, subject);
    int64_t due_ms = 0;
    if (gm_rows_get_fixed(rows, &gm_table_timers, &key, &due_ms, sizeof due_ms) != GM_OK) return 0;
    return due_ms;
}
