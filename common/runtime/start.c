#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "runtime/parts.h"

__attribute__((format(printf, 4, 5))) static enum gm_status
fail(char *ret_why, size_t why_size, enum gm_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(ret_why, why_size, format, arguments);
    va_end(arguments);
    return status;
}

/* The time of the journal's last entry: `now` never runs behind it. */
static enum gm_status last_time(struct gm_host *host, const struct gm_journal_tail *tail,
                                uint8_t *buffer, int64_t *ret_time_ms)
{
    *ret_time_ms = 0;
    if (tail->seq == 0) return GM_OK;
    struct gm_batch batch;
    const enum gm_status status = gm_journal_read(host->journal, tail->seq, buffer, &batch);
    if (status != GM_OK) return status;
    for (struct gm_bytes rest = batch.entries; rest.size > 0;) {
        struct gm_entry entry;
        size_t taken;
        gm_arena_reset(&host->fold_arena);
        const enum gm_status decoded = gm_entry_decode(rest, &host->fold_arena, &entry, &taken);
        if (decoded != GM_OK) return decoded;
        *ret_time_ms = entry.time_ms;
        rest = gm_bytes(rest.at + taken, rest.size - taken);
    }
    return GM_OK;
}

/* The tail is proved durable by appending after it: after a failed sync the page cache can show
 * what the disk has not. The state behind it is not folded yet, so the batch says nothing of it. */
static enum gm_append append_epoch(struct gm_host *host, uint64_t first_seq)
{
    uint8_t random[10];
    gm_random_bytes(&host->random, random, sizeof random);
    const struct gm_entry entry = {
        .kind = GM_ENTRY_EPOCH,
        .seq = first_seq,
        .time_ms = host->now_ms,
        .id = gm_id_v7(host->now_ms, random),
        .member = gm_service_member(host->service->name),
    };
    gm_entry_encode(&entry, host->buffers[0]);
    struct gm_batch batch = {
        .fold_version = host->service->fold_version,
        .journal_id = host->journal_id,
        .epoch = host->epoch,
        .first_seq = first_seq,
        .count = 1,
        .entries = gm_bytes(host->buffers[0], gm_entry_bytes(&entry)),
    };
    gm_random_bytes(&host->random, batch.batch_id.v, GM_ID_BYTES);
    const enum gm_append outcome = gm_journal_append(host->journal, &batch);
    if (outcome == GM_APPEND_ACKED) stream_acked(host, &batch);
    return outcome;
}

static enum gm_status checkpoint_here(struct gm_host *host)
{
    struct gm_checkpoint *checkpoint = gm_store_freeze(host->store, host->head);
    GM_ASSERT(checkpoint != NULL);
    const enum gm_status status = gm_checkpoint_run(checkpoint);
    if (status == GM_OK) gm_store_thaw(host->store, checkpoint);
    return status;
}

static enum gm_status replay_batch(struct gm_host *host, const struct gm_batch *batch,
                                   uint64_t through)
{
    if (batch->state_known && batch->fold_version == host->service->fold_version &&
        batch->first_seq == host->head + 1 && batch->state_hash != gm_store_hash(host->store))
        return GM_CORRUPT;
    for (struct gm_bytes rest = batch->entries; rest.size > 0;) {
        struct gm_entry entry;
        size_t taken;
        gm_arena_reset(&host->fold_arena);
        const enum gm_status status = gm_entry_decode(rest, &host->fold_arena, &entry, &taken);
        if (status != GM_OK) return status;
        rest = gm_bytes(rest.at + taken, rest.size - taken);
        if (entry.seq <= host->head) continue; /* in the tables already */
        if (entry.seq > through) break;
        fold_entry(host, &entry, NULL);
        host->head = entry.seq;
        if (!gm_store_has_room(host->store) || gm_store_load(host->store).due) {
            const enum gm_status committed = checkpoint_here(host);
            if (committed != GM_OK) return committed;
        }
    }
    return GM_OK;
}

enum gm_status start_replay(struct gm_host *host, uint64_t through, uint8_t *buffer)
{
    while (host->head < through) {
        struct gm_batch batch;
        enum gm_status status = gm_journal_read(host->journal, host->head + 1, buffer, &batch);
        if (status == GM_OK) status = replay_batch(host, &batch, through);
        if (status != GM_OK) return status;
    }
    return GM_OK;
}

static enum gm_status load_memory(struct gm_host *host)
{
    struct gm_snapshot *snapshot;
    const enum gm_status status = gm_snapshot_open(host->store, &snapshot);
    if (status != GM_OK) return status;
    saga_load(host, snapshot);
    gm_snapshot_release(snapshot);
    follow_load(host);
    return GM_OK;
}

static enum gm_status start(struct gm_host *host, struct gm_clock_reading reading, uint8_t *buffer,
                            char *ret_why, size_t why_size)
{
    struct gm_journal_tail tail;
    enum gm_status status = gm_journal_tail(host->journal, &tail);
    if (status != GM_OK)
        return fail(ret_why, why_size, status, "the journal's tail cannot be read");
    if (gm_store_journal_id(host->store) != tail.journal_id)
        return fail(
            ret_why, why_size, GM_REFUSED,
            "tables and journal are of different histories: remove the tables folder, they are "
            "rebuilt from the journal");
    const uint64_t applied = gm_store_applied(host->store);
    if (applied > tail.seq)
        return fail(
            ret_why, why_size, GM_REFUSED,
            "the tables stand at entry %llu, the journal ends at %llu: the journal is an older "
            "copy; restore it whole under a new id",
            (unsigned long long)applied, (unsigned long long)tail.seq);
    if (applied > 0 && gm_store_schema(host->store) != host->service->fold_version)
        return fail(
            ret_why, why_size, GM_REFUSED,
            "the tables are of fold version %u, this program folds by %u: remove the tables "
            "folder, they are rebuilt from the journal",
            gm_store_schema(host->store), host->service->fold_version);
    int64_t floor_ms;
    status = last_time(host, &tail, buffer, &floor_ms);
    if (status != GM_OK)
        return fail(ret_why, why_size, status, "the journal's last batch is damaged");
    gm_clock_init(&host->clock, reading, floor_ms);
    host->now_ms = host->clock.now_ms;
    host->monotonic_ms = host->started_ms = reading.monotonic_ms;

    status = gm_journal_fence(host->journal, &host->epoch);
    if (status != GM_OK) return fail(ret_why, why_size, status, "the journal gives no epoch");
    host->journal_id = tail.journal_id;
    const enum gm_append outcome = append_epoch(host, tail.seq + 1);
    if (outcome != GM_APPEND_ACKED)
        return fail(ret_why, why_size, outcome == GM_APPEND_FENCED ? GM_REFUSED : GM_UNAVAILABLE,
                    "the first append was not acked");
    host->acked = tail.seq + 1;
    host->head = applied;
    status = load_memory(host);
    if (status != GM_OK) return fail(ret_why, why_size, status, "the tables cannot be read");
    status = start_replay(host, host->acked, buffer);
    if (status != GM_OK)
        return fail(ret_why, why_size, status, "the replay of the journal failed after entry %llu",
                    (unsigned long long)host->head);
    return GM_OK;
}

enum gm_status gm_host_start(struct gm_host *host, struct gm_clock_reading reading, char *ret_why,
                             size_t why_size)
{
    GM_ASSERT(!host->started);
    uint8_t *buffer = malloc(GM_BATCH_BYTES_MAX);
    GM_ASSERT(buffer != NULL);
    const enum gm_status status = start(host, reading, buffer, ret_why, why_size);
    free(buffer);
    if (status != GM_OK) return status;
    host->started = true;
    host->arrived_ms = host->frozen_ms = host->monotonic_ms;
    host->prune_ms = host->monotonic_ms;
    if (host->head > gm_store_applied(host->store)) host->changed_ms = host->monotonic_ms;
    (void)gm_poison_start(host->poison, host->now_ms);
    return GM_OK;
}
