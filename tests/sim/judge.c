#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
#include "runtime/tables.h"
#include "runtime/verify.h"
#include "shadow.h"
#include "wire.pb-c.h"

enum { CATALOG = 0, MATCHING = 1, ORDER = 2, HISTORIES_MAX = 16, ARENA_BYTES = 1024 * 1024 };

/* A history as it was read from a medium: entries by sequence number, from 1. */
struct history {
    uint64_t journal_id;
    struct gm_bytes *entries; /* encoded, owned */
    uint64_t count;
    uint64_t capacity;
    struct gm_idmap commands; /* (command id, member) -> sequence number */
    int64_t last_time_ms;
};

/* What a follower's journal has taken from a source. */
struct taken {
    uint64_t journal_id;
    uint64_t through;
};

struct judge {
    struct history histories[HISTORIES_MAX]; /* the present one of a node is at[node] */
    unsigned history_count;
    unsigned at[SIM_NODES];
    struct gm_journal *journals[SIM_NODES];
    struct shadow *shadow;
    struct taken taken; /* by matching, of the catalog */
    struct gm_arena arena;
    struct gm_arena scratch;
    uint8_t *buffer;
    bool restored;
};

static const char *name_of(const struct sim *sim, uint8_t node)
{
    return gm_service_text(sim->nodes[node].name);
}

static struct history *history_of(struct judge *judge, uint8_t node)
{
    return &judge->histories[judge->at[node]];
}

static void open_history(struct sim *sim, struct judge *judge, uint8_t node)
{
    GM_ASSERT(judge->history_count < HISTORIES_MAX);
    judge->at[node] = judge->history_count++;
    history_of(judge, node)->journal_id = sim->nodes[node].journal_id;
    judge->journals[node] = gm_journal_memory_open(sim->nodes[node].medium);
}

struct judge *judge_new(struct sim *sim)
{
    struct judge *judge = calloc(1, sizeof *judge);
    GM_ASSERT(judge != NULL);
    judge->buffer = malloc(GM_BATCH_BYTES_MAX);
    const enum gm_status arena = gm_arena_init(&judge->arena, ARENA_BYTES);
    const enum gm_status scratch = gm_arena_init(&judge->scratch, ARENA_BYTES);
    GM_ASSERT(judge->buffer != NULL && arena == GM_OK && scratch == GM_OK);
    judge->shadow = shadow_new();
    for (unsigned i = 0; i < SIM_NODES; i++)
        open_history(sim, judge, (uint8_t)i);
    return judge;
}

static void history_release(struct history *history)
{
    for (uint64_t i = 0; i < history->count; i++)
        free((void *)(uintptr_t)history->entries[i].at);
    free(history->entries);
    gm_idmap_release(&history->commands);
}

void judge_free(struct judge *judge)
{
    if (judge == NULL) return;
    for (unsigned i = 0; i < judge->history_count; i++)
        history_release(&judge->histories[i]);
    for (unsigned i = 0; i < SIM_NODES; i++)
        gm_journal_close(judge->journals[i]);
    shadow_free(judge->shadow);
    gm_arena_release(&judge->arena);
    gm_arena_release(&judge->scratch);
    free(judge->buffer);
    free(judge);
}

/* ---- entries ---- */

/* A key of two ids: their exclusive or, the second turned so that equal ids do not vanish. */
static struct gm_id command_key(struct gm_id command_id, struct gm_id member)
{
    struct gm_id key = command_id;
    for (unsigned i = 0; i < GM_ID_BYTES; i++)
        key.v[i] ^= (uint8_t)(member.v[(i + 3) % GM_ID_BYTES] + i);
    return key;
}

/* An entry that a journal holds, borrowed from the arena until the next one. */
static struct gm_entry decode(struct gm_arena *arena, struct gm_bytes encoded)
{
    size_t taken;
    struct gm_entry entry;
    gm_arena_reset(arena);
    const enum gm_status status = gm_entry_decode(encoded, arena, &entry, &taken);
    GM_ASSERT(status == GM_OK);
    return entry;
}

/* The events that a source's history really has from `from` through `through` are those that were
 * taken. */
static void judge_follow(struct sim *sim, struct judge *judge, const struct gm_entry *entry)
{
    const struct history *source = NULL;
    for (unsigned i = 0; i < judge->history_count; i++)
        if (judge->histories[i].journal_id == entry->source_journal) source = &judge->histories[i];
    if (source == NULL || entry->through > source->count) {
        sim_fail(sim, "matching took entry %llu of the catalog, which is not durable there",
                 (unsigned long long)entry->through);
        return;
    }
    if (judge->taken.journal_id == 0) judge->taken.journal_id = entry->source_journal;
    if (judge->taken.journal_id != entry->source_journal ||
        entry->from != judge->taken.through + 1) {
        sim_fail(sim,
                 "matching goes on with entry %llu of another history, or not with the next one",
                 (unsigned long long)entry->from);
        return;
    }
    unsigned next = 0;
    for (uint64_t seq = entry->from; seq <= entry->through; seq++) {
        const struct gm_entry original = decode(&judge->scratch, source->entries[seq - 1]);
        if (original.kind == GM_ENTRY_PRUNE) continue;
        for (unsigned i = 0; i < original.event_count; i++, next++) {
            if (next < entry->foreign_count && entry->foreign[next].seq == seq &&
                gm_bytes_equal(entry->foreign[next].event, original.events[i]))
                continue;
            sim_fail(sim, "matching took something else than event %u of the catalog's entry %llu",
                     i, (unsigned long long)seq);
            return;
        }
    }
    if (next != entry->foreign_count)
        sim_fail(sim, "matching took events that the catalog never had");
    judge->taken.through = entry->through;
}

static void judge_entry(struct sim *sim, struct judge *judge, uint8_t node,
                        const struct gm_entry *entry)
{
    struct history *history = history_of(judge, node);
    if (entry->time_ms < history->last_time_ms)
        sim_fail(sim, "%s: time runs backwards at entry %llu", name_of(sim, node),
                 (unsigned long long)entry->seq);
    history->last_time_ms = entry->time_ms;
    if (entry->kind == GM_ENTRY_COMMAND) {
        const struct gm_id key = command_key(entry->command_id, entry->member);
        if (gm_idmap_get(&history->commands, key) != NULL)
            sim_fail(sim, "%s: entry %llu is a command that was journalled before",
                     name_of(sim, node), (unsigned long long)entry->seq);
        gm_idmap_put(&history->commands, key, (void *)(uintptr_t)entry->seq);
    }
    if (entry->kind == GM_ENTRY_FOLLOW) judge_follow(sim, judge, entry);
    if (entry->kind == GM_ENTRY_RESET) judge->taken = (struct taken){0};
    if (entry->kind == GM_ENTRY_PRUNE || node == MATCHING) return;
    char why[SIM_WHY_BYTES];
    for (unsigned i = 0; i < entry->event_count; i++)
        if (!(node == CATALOG ? shadow_catalog(judge->shadow, entry->seq, entry->events[i], why)
                              : shadow_order(judge->shadow, entry->seq, entry->events[i], why)))
            sim_fail(sim, "%s, entry %llu: %s", name_of(sim, node), (unsigned long long)entry->seq,
                     why);
}

static void keep(struct history *history, struct gm_bytes encoded)
{
    if (history->count == history->capacity) {
        history->capacity = history->capacity == 0 ? 1024 : history->capacity * 2;
        history->entries = realloc(history->entries, history->capacity * sizeof *history->entries);
        GM_ASSERT(history->entries != NULL);
    }
    uint8_t *copy = malloc(encoded.size);
    GM_ASSERT(copy != NULL);
    memcpy(copy, encoded.at, encoded.size);
    history->entries[history->count++] = gm_bytes(copy, encoded.size);
}

void judge_look(struct sim *sim, uint8_t node)
{
    struct judge *judge = sim->judge;
    struct history *history = history_of(judge, node);
    for (;;) {
        struct gm_batch batch;
        const enum gm_status status =
            gm_journal_read(judge->journals[node], history->count + 1, judge->buffer, &batch);
        if (status == GM_NOT_FOUND) return;
        GM_ASSERT(status == GM_OK && batch.first_seq == history->count + 1);
        for (struct gm_bytes rest = batch.entries; rest.size > 0;) {
            const size_t size = gm_entry_peek(rest);
            keep(history, gm_bytes(rest.at, size));
            const struct gm_entry entry =
                decode(&judge->arena, history->entries[history->count - 1]);
            judge_entry(sim, judge, node, &entry);
            rest = gm_bytes(rest.at + size, rest.size - size);
        }
    }
}

/* ---- what leaves a node ---- */

static void judge_chunk(struct sim *sim, uint8_t node, const struct gm_output *output)
{
    const struct history *history = history_of(sim->judge, node);
    Wire__StreamChunk *chunk = wire__stream_chunk__unpack(NULL, output->body.size, output->body.at);
    GM_ASSERT(chunk != NULL && chunk->through != NULL);
    if (chunk->through->seq > history->count)
        sim_fail(sim, "%s streams entry %llu, which is not durable", name_of(sim, node),
                 (unsigned long long)chunk->through->seq);
    for (size_t i = 0; i < chunk->n_entries; i++)
        if (chunk->entries[i]->seq > history->count)
            sim_fail(sim, "%s streams entry %llu, which is not durable", name_of(sim, node),
                     (unsigned long long)chunk->entries[i]->seq);
    wire__stream_chunk__free_unpacked(chunk, NULL);
}

void judge_output(struct sim *sim, uint8_t node, const struct gm_output *output)
{
    if (output->kind != GM_OUTPUT_REPLY) return;
    struct gm_reply_header header;
    if (gm_reply_header_decode(output->header, &header) != GM_OK) {
        sim_fail(sim, "%s sends a header that does not decode", name_of(sim, node));
        return;
    }
    if (header.position.seq > history_of(sim->judge, node)->count)
        sim_fail(sim, "%s answers from entry %llu, which is not durable", name_of(sim, node),
                 (unsigned long long)header.position.seq);
    if (header.more) judge_chunk(sim, node, output);
}

static void judge_recorded(struct sim *sim, uint8_t node, struct gm_id command_id,
                           struct gm_id member, bool until_settled,
                           const struct gm_reply_header *header, struct gm_bytes body)
{
    struct judge *judge = sim->judge;
    const struct history *history = history_of(judge, node);
    const uint64_t seq =
        (uint64_t)(uintptr_t)gm_idmap_get(&history->commands, command_key(command_id, member));
    if (seq == 0) {
        sim_fail(sim, "%s acknowledged a command that is not in its journal", name_of(sim, node));
        return;
    }
    const struct gm_entry entry = decode(&judge->arena, history->entries[seq - 1]);
    if (entry.status != header->status)
        sim_fail(sim, "%s: status %u was said of entry %llu, which has %u", name_of(sim, node),
                 header->status, (unsigned long long)seq, entry.status);
    if (until_settled && header->status == GM_CODE_OK) return; /* its body tells of a later state */
    if (header->position.seq != seq || !gm_bytes_equal(entry.reply, body))
        sim_fail(sim, "%s: the reply is not that of entry %llu", name_of(sim, node),
                 (unsigned long long)seq);
}

void judge_reply(struct sim *sim, uint8_t node, const struct gm_method *method,
                 struct gm_id command_id, struct gm_id member, bool until_settled,
                 const struct gm_reply_header *header, struct gm_bytes body)
{
    struct judge *judge = sim->judge;
    if (header->position.journal_id != history_of(judge, node)->journal_id)
        return; /* before a restore */
    if (method->kind == GM_METHOD_COMMAND) {
        if (header->recorded)
            judge_recorded(sim, node, command_id, member, until_settled, header, body);
        return;
    }
    if (header->status != GM_CODE_OK) return;
    char why[SIM_WHY_BYTES];
    if (!shadow_view(judge->shadow, method->number, header->position.seq, body, why))
        sim_fail(sim, "%s answered %s at entry %llu: %s", name_of(sim, node), method->name,
                 (unsigned long long)header->position.seq, why);
}

void judge_checkpoint(struct sim *sim, uint8_t node, uint64_t applied)
{
    if (applied > history_of(sim->judge, node)->count)
        sim_fail(sim, "%s: tables stand for entry %llu, ahead of the journal", name_of(sim, node),
                 (unsigned long long)applied);
}

void judge_leave(struct sim *sim, uint8_t node)
{
    gm_journal_close(sim->judge->journals[node]);
    sim->judge->journals[node] = NULL;
}

void judge_restored(struct sim *sim, uint8_t node)
{
    struct judge *judge = sim->judge;
    open_history(sim, judge, node);
    /* Orders know of reservations that the older copy has not: from here on only followers are
     * judged. */
    judge->restored = true;
    shadow_forget_catalog(judge->shadow);
    judge_look(sim, node);
}

bool judge_at_rest(const struct sim *sim)
{
    for (unsigned i = 0; i < SIM_NODES; i++)
        if (sim->nodes[i].host == NULL || gm_host_effects_open(sim->nodes[i].host) > 0)
            return false;
    if (sim->judge->restored) return true;
    return shadow_orders_moving(sim->judge->shadow) == 0;
}

/* ---- the end ---- */

static void verify_node(struct sim *sim, uint8_t index)
{
    struct node *node = &sim->nodes[index];
    char why[SIM_WHY_BYTES];
    char *scratch = gm_temp_dir_new();
    struct gm_verify_report report;
    const enum gm_status status =
        gm_verify(node->service, node->journal, node->store, scratch, &report, why, sizeof why);
    if (status != GM_OK) sim_fail(sim, "%s: %s", name_of(sim, index), why);
    if (report.applied != gm_host_head(node->host))
        sim_fail(sim, "%s: the last checkpoint stands at %llu of %llu", name_of(sim, index),
                 (unsigned long long)report.applied, (unsigned long long)gm_host_head(node->host));
    gm_temp_dir_free(scratch);
}

void judge_end(struct sim *sim)
{
    struct judge *judge = sim->judge;
    char why[SIM_WHY_BYTES];
    for (unsigned i = 0; i < SIM_NODES; i++) {
        judge_look(sim, (uint8_t)i);
        verify_node(sim, (uint8_t)i);
        if (gm_host_effects_open(sim->nodes[i].host) > 0)
            sim_fail(sim, "%s: an effect was never answered", name_of(sim, (uint8_t)i));
    }
    if (judge->taken.journal_id != history_of(judge, CATALOG)->journal_id ||
        judge->taken.through != history_of(judge, CATALOG)->count)
        sim_fail(sim, "matching stands at entry %llu of the catalog's %llu",
                 (unsigned long long)judge->taken.through,
                 (unsigned long long)history_of(judge, CATALOG)->count);
    if (!judge->restored && !shadow_end(judge->shadow, why)) sim_fail(sim, "%s", why);
}
