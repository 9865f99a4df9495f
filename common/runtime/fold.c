#include <stdlib.h>

#include "base/assert.h"
#include "runtime/parts.h"
#include "wire/check.h"

/* ---- what apply and react may write beside the service's rows ---- */

void gm_effect(struct gm_fold *fold, struct gm_id saga, enum gm_service_name to, uint16_t method,
               const ProtobufCMessage *message)
{
    const size_t body_bytes = protobuf_c_message_get_packed_size(message);
    GM_ASSERT(body_bytes <= GM_DOCUMENT_BYTES_MAX);
    uint8_t *value = gm_arena_alloc(fold->arena, GM_EFFECT_HEAD_BYTES + body_bytes);
    GM_ASSERT(value != NULL);
    const struct gm_effect_row row = {
        .saga = saga,
        .seq = fold->seq,
        .time_ms = fold->time_ms,
        .number = ++fold->effect_count,
        .method = method,
        .to = (uint8_t)to,
    };
    const struct gm_id command_id = gm_id_derive(fold->entry_id, row.number);
    gm_effect_encode(&row, value);
    (void)protobuf_c_message_pack(message, value + GM_EFFECT_HEAD_BYTES);
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_id(&key, command_id);
    gm_store_put(fold->store, &gm_table_effects, &key,
                 gm_bytes(value, GM_EFFECT_HEAD_BYTES + body_bytes));
    saga_effect_add(fold->host, command_id, &row);
}

static void timer_key(struct gm_key *key, uint8_t kind, struct gm_id subject)
{
    gm_key_begin(key);
    gm_key_u8(key, kind);
    gm_key_id(key, subject);
}

void gm_timer_start(struct gm_fold *fold, uint8_t kind, struct gm_id subject, int64_t due_ms)
{
    GM_ASSERT(kind < GM_TIMER_KINDS_MAX && due_ms > 0); /* 0: does not run */
    struct gm_key key;
    timer_key(&key, kind, subject);
    gm_store_put(fold->store, &gm_table_timers, &key, gm_bytes(&due_ms, sizeof due_ms));
    gm_heap_push(&fold->host->timers, (struct gm_due){due_ms, kind, subject});
}

void gm_timer_stop(struct gm_fold *fold, uint8_t kind, struct gm_id subject)
{
    struct gm_key key;
    timer_key(&key, kind, subject);
    gm_store_delete(fold->store, &gm_table_timers, &key);
}

/* ---- entries ---- */

static const ProtobufCMessage *unpack(struct gm_fold *fold, struct gm_bytes event,
                                      const ProtobufCMessageDescriptor *descriptor)
{
    const ProtobufCMessage *message = gm_message_unpack(event, descriptor, fold->arena);
    GM_ASSERT(message != NULL); /* decide made it and the journal keeps it under a CRC */
    return message;
}

static void fold_events(struct gm_fold *fold, const struct gm_entry *entry,
                        const ProtobufCMessage *const *events)
{
    const struct gm_service *service = fold->host->service;
    for (unsigned i = 0; i < entry->event_count; i++) {
        const ProtobufCMessage *event =
            events != NULL ? events[i] : unpack(fold, entry->events[i], service->event);
        service->apply(fold, event);
        if (service->react != NULL) service->react(fold, event);
    }
}

static void fold_command(struct gm_fold *fold, const struct gm_entry *entry)
{
    GM_ASSERT(entry->reply.size <= GM_REPLY_BYTES_MAX);
    uint8_t value[GM_DEDUP_HEAD_BYTES + GM_REPLY_BYTES_MAX];
    const struct gm_dedup_row row = {
        .content_hash = entry->content_hash,
        .seq = entry->seq,
        .status = entry->status,
        .reason = entry->reason,
    };
    gm_dedup_encode(&row, value);
    if (entry->reply.size > 0)
        memcpy(value + GM_DEDUP_HEAD_BYTES, entry->reply.at, entry->reply.size);
    struct gm_key key;
    gm_dedup_key(&key, entry->command_id, entry->member);
    gm_store_put(fold->store, gm_dedup_table(entry->member), &key,
                 gm_bytes(value, GM_DEDUP_HEAD_BYTES + entry->reply.size));
}

static void fold_answer(struct gm_fold *fold, const struct gm_entry *entry)
{
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_id(&key, entry->command_id);
    gm_store_delete(fold->store, &gm_table_effects, &key);
    saga_effect_done(fold->host, entry->command_id);
}

static struct follower *follower_of(struct gm_host *host, uint16_t source)
{
    for (unsigned i = 0; i < host->follower_count; i++)
        if (host->followers[i].follow->source == (enum gm_service_name)source)
            return &host->followers[i];
    GM_UNREACHABLE(); /* a service that stops following something migrates first */
}

static void put_follow(struct gm_fold *fold, const struct follower *follower)
{
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u8(&key, (uint8_t)follower->follow->source);
    gm_store_put(fold->store, &gm_table_follows, &key,
                 gm_bytes(&follower->row, sizeof follower->row));
}

static void fold_follow(struct gm_fold *fold, const struct gm_entry *entry)
{
    struct follower *follower = follower_of(fold->host, entry->method);
    const struct gm_follow *follow = follower->follow;
    struct gm_follow_row *row = &follower->row;
    if (row->generation == 0) row->generation = 1;
    if (row->journal_id == 0) row->journal_id = entry->source_journal;
    GM_ASSERT(row->journal_id == entry->source_journal && entry->from == row->through + 1);
    for (unsigned i = 0; i < entry->foreign_count; i++) {
        const size_t mark = gm_arena_mark(fold->arena);
        follow->apply(fold, row->generation, &entry->foreign[i],
                      unpack(fold, entry->foreign[i].event, follow->event));
        gm_arena_rewind(fold->arena, mark); /* a chunk of many is no reason to run out */
    }
    row->through = entry->through;
    row->hash = entry->source_hash;
    put_follow(fold, follower);
    fold->host->positions_moved = true;
}

/* The next generation follows whatever history the source has now, from its first entry. */
static void fold_reset(struct gm_fold *fold, const struct gm_entry *entry)
{
    struct follower *follower = follower_of(fold->host, entry->method);
    follower->row = (struct gm_follow_row){.generation = follower->row.generation + 1};
    put_follow(fold, follower);
}

void fold_entry(struct gm_host *host, const struct gm_entry *entry,
                const ProtobufCMessage *const *events)
{
    struct gm_fold fold = {
        .store = host->store,
        .rows = host->rows,
        .seq = entry->seq,
        .time_ms = entry->time_ms,
        .entry_id = entry->id,
        .member = entry->member,
        .arena = &host->fold_arena,
        .host = host,
    };
    switch (entry->kind) {
    case GM_ENTRY_COMMAND:
        fold_events(&fold, entry, events);
        fold_command(&fold, entry);
        return;
    case GM_ENTRY_ANSWER:
        fold_answer(&fold, entry);
        fold_events(&fold, entry, events);
        return;
    case GM_ENTRY_TIMER:
        gm_timer_stop(&fold, (uint8_t)entry->method, entry->command_id);
        fold_events(&fold, entry, events);
        return;
    case GM_ENTRY_FOLLOW:
        fold_follow(&fold, entry);
        return;
    case GM_ENTRY_RESET:
        fold_reset(&fold, entry);
        return;
    case GM_ENTRY_PRUNE:
        prune_fold(&fold, entry->events[0]);
        return;
    case GM_ENTRY_EPOCH:
        return;
    case GM_ENTRY_NONE:
    case GM_ENTRY_KIND_COUNT:
        break;
    }
    GM_UNREACHABLE();
}
