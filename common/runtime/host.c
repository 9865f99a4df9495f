#include "runtime/host.h"

#include <stdlib.h>

#include "base/assert.h"
#include "runtime/parts.h"

struct gm_host *gm_host_new(const struct gm_host_config *config)
{
    GM_ASSERT(config->service->name > GM_SERVICE_NONE && config->poison != NULL);
    /* What the door could unpack, a search can. */
    GM_ASSERT(config->search_arena_bytes == 0 || config->search_arena_bytes >= REQUEST_ARENA_BYTES);
    struct gm_host *host = calloc(1, sizeof *host);
    if (host == NULL) return NULL;
    host->service = config->service;
    host->store = config->store;
    host->journal = config->journal;
    host->poison = config->poison;
    host->rows = gm_store_rows(config->store);
    host->version = config->version == NULL ? "" : config->version;
    host->apply_decoded = config->apply_decoded;
    host->disk_floor_bytes =
        config->disk_floor_bytes == 0 ? GM_DISK_FLOOR_DEFAULT : config->disk_floor_bytes;
    host->search_arena_bytes = config->search_arena_bytes;
    host->history.bytes_max =
        config->history_bytes == 0 ? GM_HISTORY_BYTES_DEFAULT : config->history_bytes;
    host->dedup_rows_max =
        config->dedup_rows_max == 0 ? GM_DEDUP_MEMBER_ROWS_MAX : config->dedup_rows_max;
    host->space.disk_free_bytes = UINT64_MAX;
    host->waiting_last = &host->waiting;
    host->changed_ms = INT64_MAX;
    gm_random_seed(&host->random, config->seed);
    /* A late answer to the process before this one must not pass for one to ours. */
    host->next_request_id = gm_random_u64(&host->random) >> 8 | 1;
    host->buffers[0] = malloc(GM_BATCH_BYTES_MAX);
    host->buffers[1] = malloc(GM_BATCH_BYTES_MAX);
    const bool arenas = gm_arena_init(&host->arena, REQUEST_ARENA_BYTES) == GM_OK &&
                        gm_arena_init(&host->fold_arena, FOLD_ARENA_BYTES) == GM_OK;
    if (host->buffers[0] == NULL || host->buffers[1] == NULL || !arenas) {
        gm_host_free(host);
        return NULL;
    }
    return host;
}

void gm_host_free(struct gm_host *host)
{
    if (host == NULL) return;
    stream_release(host);
    job_release(host);
    parked_release(host);
    saga_release(host);
    outbox_release(host);
    gm_arena_release(&host->arena);
    gm_arena_release(&host->fold_arena);
    free(host->buffers[0]);
    free(host->buffers[1]);
    free(host);
}

void gm_host_time(struct gm_host *host, struct gm_clock_reading reading)
{
    (void)gm_clock_update(&host->clock, reading);
    if (host->clock.now_ms > host->now_ms) host->now_ms = host->clock.now_ms;
    if (reading.monotonic_ms > host->monotonic_ms) host->monotonic_ms = reading.monotonic_ms;
}

void gm_host_hear(struct gm_host *host, enum gm_service_name from, const struct gm_frames *frames)
{
    GM_ASSERT(host->started && gm_host_ready(host));
    host->arrived_ms = host->monotonic_ms;
    struct gm_reply_header header;
    if (frames->count != GM_FRAMES_MAX ||
        gm_reply_header_decode(frames->header, &header) != GM_OK) {
        host->counts.dropped++;
        return;
    }
    if (follow_hear(host, from, &header, frames->body)) return;
    struct effect *effect = saga_effect_sent(host, header.request_id);
    if (effect == NULL || effect->row.to != (uint8_t)from) return; /* of a copy that timed out */
    if (header.recorded)
        execute_answer(host, effect, &header, frames->body);
    else
        saga_effect_failed(host, effect);
}

void gm_host_reconnected(struct gm_host *host, enum gm_service_name to)
{
    saga_reconnected(host, to);
    follow_reconnected(host, to);
}

static void run_alarms(struct gm_host *host)
{
    struct gm_due due;
    while (gm_heap_pop_due(&host->alarms, host->monotonic_ms, &due)) {
        if (due.kind == ALARM_EFFECT)
            saga_alarm(host, &due);
        else
            parked_alarm(host, due.id);
    }
}

void gm_host_turn(struct gm_host *host)
{
    GM_ASSERT(host->started);
    run_alarms(host);
    saga_turn(host);
    follow_turn(host);
    stream_turn(host);
    parked_turn(host);
    job_turn(host);
}

int64_t gm_host_wake_ms(const struct gm_host *host)
{
    const int64_t parts_ms[] = {
        gm_heap_next_ms(&host->alarms), saga_wake_ms(host),   follow_wake_ms(host),
        stream_wake_ms(host),           parked_wake_ms(host), job_wake_ms(host),
    };
    int64_t wake_ms = INT64_MAX;
    for (size_t i = 0; i < sizeof parts_ms / sizeof *parts_ms; i++)
        if (parts_ms[i] < wake_ms) wake_ms = parts_ms[i];
    return wake_ms;
}

void gm_host_drain(struct gm_host *host)
{
    host->draining = true;
    parked_drain(host);
}

bool gm_host_idle(const struct gm_host *host)
{
    return host->batch.count == 0 && !host->appending && host->gated.count == 0 &&
           host->now.count == 0 && host->job_count == 0 && host->checkpoint_job == NULL;
}

const struct gm_host_counts *gm_host_counts(const struct gm_host *host)
{
    return &host->counts;
}

uint64_t gm_host_head(const struct gm_host *host)
{
    return host->head;
}

uint64_t gm_host_durable(const struct gm_host *host)
{
    return host->acked;
}

uint64_t gm_host_epoch(const struct gm_host *host)
{
    return host->epoch;
}

int64_t gm_host_now(const struct gm_host *host)
{
    return host->now_ms;
}

unsigned gm_host_effects_open(const struct gm_host *host)
{
    return host->effects.count;
}

void gm_host_set_space(struct gm_host *host, const struct gm_host_space *space)
{
    host->space = *space;
}
