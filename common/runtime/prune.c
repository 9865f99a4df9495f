#include "runtime/prune.h"

#include "base/assert.h"
#include "base/time.h"
#include "runtime/parts.h"

enum {
    PRUNE_EVERY_MS = 60 * 1000,
    PRUNE_AGAIN_MS = 25, /* a round goes on: 40,000 rows a second, a few ms of the core each time */
};

/* ---- a worker collects ---- */

static bool past_keeping(const struct prune *prune, struct gm_bytes key)
{
    struct gm_key_reader reader = {key};
    if (prune->generation_below > 0) {
        uint32_t of_row;
        return gm_key_read_u32(&reader, &of_row) == GM_OK && of_row < prune->generation_below;
    }
    struct gm_id id;
    if (prune->excess > 0) return true;
    return gm_key_read_id(&reader, &id) == GM_OK && gm_id_time_ms(id) < prune->before_ms;
}

static void move_behind(struct prune *prune, struct gm_bytes key)
{
    gm_key_begin(&prune->after);
    memcpy(prune->after.v, key.at, key.size);
    prune->after.size = (uint16_t)key.size;
    prune->resumed = true;
    if (prune->excess > 0) prune->excess--;
}

static void begin(struct gm_cursor *cursor, struct gm_snapshot *snapshot, struct prune *prune)
{
    gm_cursor_init(cursor, snapshot, prune->table, prune->resumed ? &prune->after : NULL);
    if (prune->resumed) return;
    const uint64_t rows = gm_snapshot_count(snapshot, prune->table);
    prune->excess = prune->rows_max > 0 && rows > prune->rows_max ? rows - prune->rows_max : 0;
}

enum gm_status prune_collect(struct gm_snapshot *snapshot, struct prune *prune,
                             struct gm_arena *arena, struct gm_bytes *ret_event, bool *ret_more)
{
    uint8_t *event = gm_arena_alloc(arena, GM_ENTRY_EVENT_BYTES_MAX);
    if (event == NULL) return GM_TOO_LARGE;
    size_t size = PRUNE_HEAD_BYTES;
    uint16_t count = 0;
    struct gm_cursor cursor;
    begin(&cursor, snapshot, prune);
    *ret_more = false;
    for (;;) {
        const size_t mark = gm_arena_mark(arena);
        struct gm_bytes key;
        struct gm_bytes value;
        const enum gm_status status = gm_cursor_next(&cursor, arena, &key, &value);
        gm_arena_rewind(arena, mark);
        if (status == GM_END) break;
        GM_ASSERT(status == GM_OK);
        if (prune->resumed && gm_bytes_compare(key, gm_key_bytes(&prune->after)) <= 0) continue;
        if (!past_keeping(prune, key)) break;
        if (count == GM_PRUNE_KEYS_MAX || size + 2 + key.size > GM_ENTRY_EVENT_BYTES_MAX) {
            *ret_more = true;
            break;
        }
        gm_put_u16(event + size, (uint16_t)key.size);
        memcpy(event + size + 2, key.at, key.size);
        size += 2 + key.size;
        count++;
        move_behind(prune, key);
    }
    gm_cursor_release(&cursor);
    event[0] = prune->table->number;
    event[1] = 0;
    gm_put_u16(event + 2, count);
    *ret_event = gm_bytes(event, count == 0 ? 0 : size);
    return GM_OK;
}

/* ---- apply deletes ---- */

/* Of the host's dedup tables and of what follows fill. */
static const struct gm_table *table_numbered(const struct gm_service *service, uint8_t number)
{
    if (number == gm_table_dedup_members.number) return &gm_table_dedup_members;
    if (number == gm_table_dedup_services.number) return &gm_table_dedup_services;
    for (const struct gm_table *const *table = service->tables; *table != NULL; table++)
        if ((*table)->number == number) return *table;
    GM_UNREACHABLE();
}

/* Never back: a command with an id older than those may have come while they were collected, and
 * goes later than they. */
static void move_pruned_through(struct gm_fold *fold, uint8_t kind, struct gm_bytes last_key)
{
    struct gm_id last;
    GM_ASSERT(last_key.size >= GM_ID_BYTES);
    memcpy(last.v, last_key.at, GM_ID_BYTES);
    if (gm_id_compare(last, gm_pruned_get(fold->rows, kind)) <= 0) return;
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u8(&key, kind);
    gm_store_put(fold->store, &gm_table_pruned, &key, gm_bytes(last.v, GM_ID_BYTES));
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
    if (table == &gm_table_dedup_members) move_pruned_through(fold, 0, last);
    if (table == &gm_table_dedup_services) move_pruned_through(fold, 1, last);
}

/* ---- rounds ---- */

/* The tables that may hold rows past keeping, in turn: the two of dedup, then what follows have
 * filled before a reset. False behind the last. */
static bool at_place(const struct gm_host *host, unsigned place, struct prune *ret_prune)
{
    *ret_prune = (struct prune){.before_ms = host->now_ms - GM_DEDUP_DAYS * GM_DAY_MS};
    if (place == 0) {
        ret_prune->table = &gm_table_dedup_members;
        ret_prune->rows_max = host->dedup_rows_max;
        return true;
    }
    if (place == 1) {
        ret_prune->table = &gm_table_dedup_services;
        return true;
    }
    place -= 2;
    for (unsigned i = 0; i < host->follower_count; i++) {
        const struct follower *follower = &host->followers[i];
        if (follower->row.generation < 2) continue;
        ret_prune->generation_below = follower->row.generation;
        for (const struct gm_table *const *table = follower->follow->tables; *table != NULL;
             table++) {
            ret_prune->table = *table;
            if (place-- == 0) return true;
        }
    }
    return false;
}

static bool start_job(struct gm_host *host)
{
    struct gm_job *job = job_new(host, JOB_PRUNE);
    if (job == NULL) return false;
    if (gm_snapshot_open(host->store, &job->snapshot) != GM_OK) {
        job_free(host, job);
        return false;
    }
    job->prune = host->prune;
    host->pruning = true;
    job_run_later(host, job);
    return true;
}

void prune_turn(struct gm_host *host)
{
    if (host->pruning || host->prune_ms > host->monotonic_ms || host->draining) return;
    if (host->prune.table == NULL && !at_place(host, host->prune_place, &host->prune)) {
        host->prune_place = 0;
        host->prune_ms = host->monotonic_ms + PRUNE_EVERY_MS;
        return;
    }
    if (!start_job(host)) host->prune_ms = host->monotonic_ms + PRUNE_AGAIN_MS;
}

void prune_done(struct gm_host *host, const struct gm_job *job)
{
    host->pruning = false;
    host->prune_ms = host->monotonic_ms + PRUNE_AGAIN_MS;
    if (!gm_host_ready(host)) return; /* no room for the entry: the same again, later */
    if (job->keys.size > 0) execute_prune(host, job->keys);
    host->prune = job->prune;
    if (job->more) return;
    host->prune.table = NULL;
    host->prune_place++;
    host->prune_ms = host->monotonic_ms;
}
