#include <stdlib.h>

#include "base/assert.h"
#include "runtime/parts.h"

/* What stands in a ready queue: the effect may be gone when its turn comes. */
struct ready_effect {
    struct gm_id command_id;
    uint64_t gate;
};

static struct saga *saga_of(struct gm_host *host, struct gm_id id)
{
    struct saga *saga = gm_idmap_get(&host->sagas, id);
    if (saga != NULL) return saga;
    saga = calloc(1, sizeof *saga);
    GM_ASSERT(saga != NULL);
    saga->id = id;
    gm_idmap_put(&host->sagas, id, saga);
    return saga;
}

static void make_ready(struct gm_host *host, struct effect *effect)
{
    effect->state = EFFECT_READY;
    struct ready_effect *ready = gm_fifo_push(&host->ready[effect->row.to], sizeof *ready);
    *ready = (struct ready_effect){effect->command_id, effect->row.seq};
}

static void set_alarm(struct gm_host *host, struct effect *effect, int64_t in_ms)
{
    effect->alarm_ms = host->monotonic_ms + in_ms;
    gm_heap_push(&host->alarms,
                 (struct gm_due){effect->alarm_ms, ALARM_EFFECT, effect->command_id});
}

static void leave_sent(struct gm_host *host, struct effect *effect)
{
    if (effect->state != EFFECT_SENT) return;
    gm_idmap_take(&host->sent, id_of_number(effect->request_id));
    host->under_way_to[effect->row.to]--;
}

void saga_effect_add(struct gm_host *host, struct gm_id command_id, const struct gm_effect_row *row)
{
    GM_ASSERT(row->to > GM_SERVICE_NONE && row->to < GM_SERVICE_COUNT);
    struct effect *effect = calloc(1, sizeof *effect);
    GM_ASSERT(effect != NULL);
    effect->command_id = command_id;
    effect->row = *row;
    effect->state = EFFECT_WAITING;
    gm_idmap_put(&host->effects, command_id, effect);
    struct saga *saga = saga_of(host, row->saga);
    if (saga->last == NULL) {
        saga->first = saga->last = effect;
        make_ready(host, effect);
    } else {
        saga->last->next = effect;
        saga->last = effect;
    }
}

void saga_effect_done(struct gm_host *host, struct gm_id command_id)
{
    struct effect *effect = gm_idmap_take(&host->effects, command_id);
    GM_ASSERT(effect != NULL);
    leave_sent(host, effect);
    struct saga *saga = gm_idmap_get(&host->sagas, effect->row.saga);
    GM_ASSERT(saga != NULL && saga->first == effect); /* one at a time, in order */
    saga->first = effect->next;
    if (saga->first == NULL)
        saga->last = NULL;
    else
        make_ready(host, saga->first);
    free(effect);
    if (saga->first == NULL && saga->waiting == NULL) {
        gm_idmap_take(&host->sagas, saga->id);
        free(saga);
    }
}

struct effect *saga_effect_sent(struct gm_host *host, uint64_t request_id)
{
    return gm_idmap_get(&host->sent, id_of_number(request_id));
}

/* Not answered for good: the same again, later and later, with jitter so that many do not meet. */
void saga_effect_failed(struct gm_host *host, struct effect *effect)
{
    leave_sent(host, effect);
    effect->state = EFFECT_BACKOFF;
    int64_t base = GM_EFFECT_BACKOFF_MS;
    for (uint32_t i = 1; i < effect->attempts && base < GM_EFFECT_BACKOFF_MAX_MS; i++)
        base *= 2;
    if (base > GM_EFFECT_BACKOFF_MAX_MS) base = GM_EFFECT_BACKOFF_MAX_MS;
    set_alarm(host, effect, gm_random_between(&host->random, base / 2, base));
}

void saga_alarm(struct gm_host *host, const struct gm_due *due)
{
    struct effect *effect = gm_idmap_get(&host->effects, due->id);
    if (effect == NULL || effect->alarm_ms != due->at_ms) return;
    if (effect->state == EFFECT_SENT)
        saga_effect_failed(host, effect);
    else if (effect->state == EFFECT_BACKOFF)
        make_ready(host, effect);
}

static void send_effect(struct gm_host *host, struct effect *effect)
{
    gm_arena_reset(&host->arena);
    struct gm_key key;
    struct gm_bytes row;
    gm_key_begin(&key);
    gm_key_id(&key, effect->command_id);
    const enum gm_status found =
        gm_rows_get(host->rows, &gm_table_effects, &key, &host->arena, &row);
    GM_ASSERT(found == GM_OK && row.size >= GM_EFFECT_HEAD_BYTES);
    effect->state = EFFECT_SENT;
    effect->attempts++;
    effect->request_id = host->next_request_id++;
    gm_idmap_put(&host->sent, id_of_number(effect->request_id), effect);
    host->under_way_to[effect->row.to]++;
    set_alarm(host, effect, GM_EFFECT_TIMEOUT_MS);
    const struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = effect->row.method,
        .request_id = effect->request_id,
        .command_id = effect->command_id,
        .timeout_ms = GM_EFFECT_TIMEOUT_MS,
        .member = gm_service_member(host->service->name),
    };
    outbox_request(host, (enum gm_service_name)effect->row.to, &header,
                   gm_bytes(row.at + GM_EFFECT_HEAD_BYTES, row.size - GM_EFFECT_HEAD_BYTES));
}

/* Durable effects leave while the window of their service is open. */
static void send_ready(struct gm_host *host, unsigned to)
{
    while (host->under_way_to[to] < GM_EFFECT_WINDOW) {
        const struct ready_effect *ready = gm_fifo_front(&host->ready[to]);
        if (ready == NULL || ready->gate > host->acked) return;
        struct effect *effect = gm_idmap_get(&host->effects, ready->command_id);
        gm_fifo_pop(&host->ready[to]);
        if (effect != NULL && effect->state == EFFECT_READY) send_effect(host, effect);
    }
}

static void run_timers(struct gm_host *host)
{
    struct gm_due due;
    while (gm_host_ready(host) && gm_heap_pop_due(&host->timers, host->now_ms, &due))
        if (gm_timer_due(host->rows, (uint8_t)due.kind, due.id) == due.at_ms)
            execute_timer(host, (uint8_t)due.kind, due.id);
}

void saga_turn(struct gm_host *host)
{
    run_timers(host);
    for (unsigned to = GM_SERVICE_NONE + 1; to < GM_SERVICE_COUNT; to++)
        send_ready(host, to);
}

int64_t saga_wake_ms(const struct gm_host *host)
{
    for (unsigned to = GM_SERVICE_NONE + 1; to < GM_SERVICE_COUNT; to++) {
        const struct ready_effect *ready = gm_fifo_front(&host->ready[to]);
        if (ready != NULL && ready->gate <= host->acked &&
            host->under_way_to[to] < GM_EFFECT_WINDOW)
            return host->monotonic_ms;
    }
    const int64_t due_ms = gm_heap_next_ms(&host->timers);
    if (due_ms == INT64_MAX || !gm_host_ready(host)) return INT64_MAX;
    /* Business time runs with the monotonic clock or slower. */
    return host->monotonic_ms + (due_ms > host->now_ms ? due_ms - host->now_ms : 0);
}

void saga_reconnected(struct gm_host *host, enum gm_service_name to)
{
    for (uint32_t i = 0; i < host->effects.capacity; i++) {
        struct effect *effect = host->effects.slots[i].value;
        if (effect == NULL || effect->row.to != (uint8_t)to) continue;
        if (effect->state != EFFECT_SENT && effect->state != EFFECT_BACKOFF) continue;
        leave_sent(host, effect);
        effect->attempts =
            0; /* what failed before says nothing of a peer that has just come back */
        make_ready(host, effect);
    }
}

int64_t saga_oldest_ms(const struct gm_host *host)
{
    int64_t oldest_ms = 0;
    for (uint32_t i = 0; i < host->effects.capacity; i++) {
        const struct effect *effect = host->effects.slots[i].value;
        if (effect != NULL && (oldest_ms == 0 || effect->row.time_ms < oldest_ms))
            oldest_ms = effect->row.time_ms;
    }
    return oldest_ms;
}

/* ---- start: what stands in memory is rebuilt from the tables' last checkpoint ---- */

struct loaded_effect {
    struct gm_id command_id;
    struct gm_effect_row row;
};

static int by_order(const void *a, const void *b)
{
    const struct gm_effect_row *x = &((const struct loaded_effect *)a)->row;
    const struct gm_effect_row *y = &((const struct loaded_effect *)b)->row;
    if (x->seq != y->seq) return x->seq < y->seq ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static void load_effects(struct gm_host *host, struct gm_snapshot *snapshot)
{
    struct loaded_effect *loaded = NULL;
    size_t count = 0;
    size_t capacity = 0;
    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, &gm_table_effects, NULL);
    for (;;) {
        struct gm_bytes key;
        struct gm_bytes value;
        gm_arena_reset(&host->arena);
        const enum gm_status status = gm_cursor_next(&cursor, &host->arena, &key, &value);
        if (status == GM_END) break;
        GM_ASSERT(status == GM_OK && key.size == GM_ID_BYTES);
        if (count == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            loaded = realloc(loaded, capacity * sizeof *loaded);
            GM_ASSERT(loaded != NULL);
        }
        memcpy(loaded[count].command_id.v, key.at, GM_ID_BYTES);
        loaded[count++].row = gm_effect_decode(value);
    }
    gm_cursor_release(&cursor);
    /* Keys are ids, in order of time only; effects of a saga leave in the order of their entries.
     */
    if (count > 0) qsort(loaded, count, sizeof *loaded, by_order);
    for (size_t i = 0; i < count; i++)
        saga_effect_add(host, loaded[i].command_id, &loaded[i].row);
    free(loaded);
}

static void load_timers(struct gm_host *host, struct gm_snapshot *snapshot)
{
    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, &gm_table_timers, NULL);
    for (;;) {
        struct gm_bytes key;
        struct gm_bytes value;
        const enum gm_status status = gm_cursor_next(&cursor, NULL, &key, &value);
        if (status == GM_END) break;
        GM_ASSERT(status == GM_OK && key.size == 1 + GM_ID_BYTES && value.size == sizeof(int64_t));
        struct gm_due due = {.at_ms = (int64_t)gm_get_u64(value.at), .kind = key.at[0]};
        memcpy(due.id.v, key.at + 1, GM_ID_BYTES);
        gm_heap_push(&host->timers, due);
    }
    gm_cursor_release(&cursor);
}

void saga_load(struct gm_host *host, struct gm_snapshot *snapshot)
{
    load_effects(host, snapshot);
    load_timers(host, snapshot);
}

static void free_values(struct gm_idmap *map)
{
    for (uint32_t i = 0; i < map->capacity; i++)
        free(map->slots[i].value);
    gm_idmap_release(map);
}

void saga_release(struct gm_host *host)
{
    free_values(&host->effects);
    free_values(&host->sagas);
    gm_idmap_release(&host->sent);
    for (unsigned i = 0; i < GM_SERVICE_COUNT; i++)
        gm_fifo_release(&host->ready[i]);
    gm_heap_release(&host->alarms);
    gm_heap_release(&host->timers);
}
