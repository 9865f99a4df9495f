#include "base/assert.h"
#include "base/time.h"
#include "runtime/parts.h"
#include "wire/check.h"

/* ---- the batch that is formed ---- */

/* Gives the entry its number and time, encodes it into the batch and folds it. Room was made sure
 * of by gm_host_ready. */
static void append(struct gm_host *host, struct gm_entry *entry,
                   const ProtobufCMessage *const *events)
{
    struct gm_batch *batch = &host->batch;
    uint8_t *buffer = host->buffers[host->forming];
    entry->seq = host->head + 1;
    entry->time_ms = host->now_ms;
    if (batch->count == 0) {
        uint8_t random[GM_ID_BYTES];
        gm_random_bytes(&host->random, random, sizeof random);
        *batch = (struct gm_batch){
            .fold_version = host->service->fold_version,
            .journal_id = host->journal_id,
            .epoch = host->epoch,
            .first_seq = entry->seq,
            .state_hash = gm_store_hash(host->store),
            .state_known = true,
            .entries = gm_bytes(buffer, 0),
        };
        memcpy(batch->batch_id.v, random, sizeof random);
    }
    const size_t size = gm_entry_bytes(entry);
    GM_ASSERT(batch->entries.size + size <= GM_BATCH_BYTES_MAX &&
              batch->count < GM_BATCH_ENTRIES_MAX);
    uint8_t *at = buffer + batch->entries.size;
    gm_entry_encode(entry, at);
    batch->entries.size += size;
    batch->count++;
    host->head = entry->seq;
    if (host->changed_ms == INT64_MAX) host->changed_ms = host->monotonic_ms;

    gm_arena_reset(&host->fold_arena);
    if (!host->apply_decoded) {
        fold_entry(host, entry, events);
        return;
    }
    struct gm_entry decoded;
    size_t taken;
    const enum gm_status status =
        gm_entry_decode(gm_bytes(at, size), &host->fold_arena, &decoded, &taken);
    GM_ASSERT(status == GM_OK && taken == size);
    fold_entry(host, &decoded, NULL);
}

static struct gm_id fresh_entry_id(struct gm_host *host)
{
    uint8_t random[10];
    gm_random_bytes(&host->random, random, sizeof random);
    return gm_id_v7(host->now_ms, random);
}

/* The decision's events, encoded into the arena; false where they pass the limit of an entry. */
static bool encode_events(const struct gm_decision *decision, struct gm_arena *arena,
                          struct gm_bytes *ret_events)
{
    size_t total = 0;
    for (unsigned i = 0; i < decision->event_count; i++) {
        ret_events[i] = gm_message_pack(decision->events[i], arena);
        if (ret_events[i].at == NULL) return false;
        total += ret_events[i].size;
    }
    return total <= GM_ENTRY_EVENT_BYTES_MAX;
}

/* ---- commands ---- */

struct outcome {
    enum gm_reason reason;
    enum gm_code status;
    uint8_t reply[GM_REPLY_BYTES_MAX];
    size_t reply_bytes;
};

static void outcome_of(const struct gm_decision *decision, const struct request *request,
                       struct outcome *ret)
{
    ret->reason = decision->refusal.reason;
    ret->status = GM_CODE_OK;
    ret->reply_bytes = 0;
    if (ret->reason != GM_REASON_NONE) {
        ret->status = gm_reason_row(ret->reason)->status;
        ret->reply_bytes =
            gm_refusal_encode(&decision->refusal, request->header.language, ret->reply);
    } else if (decision->reply != NULL) {
        ret->reply_bytes = protobuf_c_message_get_packed_size(decision->reply);
        GM_ASSERT(ret->reply_bytes <= GM_REPLY_BYTES_MAX);
        (void)protobuf_c_message_pack(decision->reply, ret->reply);
    }
}

static void reply_settled(struct gm_host *host, const struct request *request,
                          const struct outcome *outcome)
{
    struct parked *parked =
        parked_new(host, PARKED_SETTLED, request, gm_bytes(outcome->reply, outcome->reply_bytes));
    if (parked != NULL) {
        parked_wait_saga(host, parked, (struct gm_id){{0}});
        return;
    }
    outbox_reply(host, request, outcome->status, (struct gm_position){host->journal_id, host->head},
                 true, host->head, gm_bytes(outcome->reply, outcome->reply_bytes));
}

void execute_command(struct gm_host *host, const struct request *request,
                     const struct gm_handler *handler, const struct gm_call *given)
{
    struct gm_call call = *given;
    struct gm_decision decision = {0};
    struct gm_bytes events[GM_DECISION_EVENTS_MAX];
    struct outcome outcome;
    call.entry_id = fresh_entry_id(host);

    gm_poison_enter(host->poison, request->header.command_id, request->content_hash);
    decision.refusal.reason = handler->decide(host->rows, &call, &decision);
    if (decision.refusal.reason == GM_REASON_NONE &&
        !encode_events(&decision, call.arena, events)) {
        /* Each field was within its limit and the whole is not: the door's answer, not journalled.
         */
        gm_poison_leave(host->poison);
        outbox_refuse(host, request, &(struct gm_refusal){.reason = GM_REASON_FIELD_TOO_LONG});
        return;
    }
    if (decision.refusal.reason != GM_REASON_NONE) decision.event_count = 0;
    outcome_of(&decision, request, &outcome);
    if (request->header.dry_run) {
        gm_poison_leave(host->poison);
        outbox_reply(host, request, outcome.status,
                     (struct gm_position){host->journal_id, host->head}, false, host->head,
                     gm_bytes(outcome.reply, outcome.reply_bytes));
        return;
    }
    struct gm_entry entry = {
        .kind = GM_ENTRY_COMMAND,
        .method = request->method->number,
        .reason = (uint16_t)outcome.reason,
        .status = (uint16_t)outcome.status,
        .id = call.entry_id,
        .command_id = request->header.command_id,
        .member = request->header.member,
        .content_hash = request->content_hash,
        .trace_id = request->header.trace_id,
        .event_count = (uint16_t)decision.event_count,
        .events = events,
        .reply = gm_bytes(outcome.reply, outcome.reply_bytes),
    };
    append(host, &entry, decision.events);
    gm_poison_leave(host->poison);

    host->counts.commands++;
    if (outcome.reason != GM_REASON_NONE) {
        host->counts.refusals++;
        host->counts.reasons[outcome.reason]++;
    } else if (request->header.until_settled && host->service->settled != NULL) {
        reply_settled(host, request, &outcome);
        return;
    }
    outbox_reply(host, request, outcome.status, (struct gm_position){host->journal_id, entry.seq},
                 true, entry.seq, entry.reply);
}

/* ---- what the host feeds itself ---- */

struct gm_call execute_call(struct gm_host *host, struct gm_id member)
{
    return (struct gm_call){
        .member = member,
        .now_ms = host->now_ms,
        .today = gm_day_of(host->now_ms),
        .arena = &host->arena,
    };
}

static void append_decided(struct gm_host *host, const struct gm_entry *given,
                           const struct gm_decision *decision)
{
    struct gm_bytes events[GM_DECISION_EVENTS_MAX];
    const bool fits = encode_events(decision, &host->arena, events);
    GM_ASSERT(fits);                /* what a service decides on its own is small */
    struct gm_entry entry = *given; /* the caller's outlives the events */
    entry.event_count = (uint16_t)decision->event_count;
    entry.events = events;
    append(host, &entry, decision->events);
}

void execute_answer(struct gm_host *host, const struct effect *effect,
                    const struct gm_reply_header *header, struct gm_bytes body)
{
    gm_arena_reset(&host->arena);
    struct gm_key key;
    struct gm_bytes row;
    gm_key_begin(&key);
    gm_key_id(&key, effect->command_id);
    const enum gm_status found =
        gm_rows_get(host->rows, &gm_table_effects, &key, &host->arena, &row);
    GM_ASSERT(found == GM_OK && row.size >= GM_EFFECT_HEAD_BYTES);

    /* The row goes before the events that borrow from it are applied. */
    const uint8_t *request =
        gm_arena_copy(&host->arena, row.at + GM_EFFECT_HEAD_BYTES, row.size - GM_EFFECT_HEAD_BYTES);
    GM_ASSERT(request != NULL);
    struct gm_effect_answer answer = {
        .saga = effect->row.saga,
        .from = (enum gm_service_name)effect->row.to,
        .method = effect->row.method,
        .request = gm_bytes(request, row.size - GM_EFFECT_HEAD_BYTES),
        .status = (enum gm_code)header->status,
    };
    if (answer.status == GM_CODE_OK)
        answer.reply = body;
    else if (gm_refusal_decode(body, &answer.refusal, NULL) != GM_OK)
        answer.refusal = (struct gm_refusal){0};

    struct gm_call call = execute_call(host, gm_service_member(answer.from));
    struct gm_decision decision = {0};
    call.entry_id = fresh_entry_id(host);
    call.method = gm_method_find(answer.method);
    if (host->service->decide_answer != NULL)
        host->service->decide_answer(host->rows, &call, &answer, &decision);
    GM_ASSERT(decision.refusal.reason == GM_REASON_NONE);
    const struct gm_entry entry = {
        .kind = GM_ENTRY_ANSWER,
        .method = answer.method,
        .id = call.entry_id,
        .command_id = effect->command_id,
        .member = call.member,
    };
    const struct gm_id saga = effect->row.saga; /* the effect is gone once folded */
    append_decided(host, &entry, &decision);
    parked_settle(host, saga);
}

void execute_timer(struct gm_host *host, uint8_t kind, struct gm_id subject)
{
    GM_ASSERT(host->service->decide_timer != NULL);
    gm_arena_reset(&host->arena);
    struct gm_call call = execute_call(host, gm_service_member(host->service->name));
    struct gm_decision decision = {0};
    call.entry_id = fresh_entry_id(host);
    host->service->decide_timer(host->rows, &call, kind, subject, &decision);
    GM_ASSERT(decision.refusal.reason == GM_REASON_NONE);
    const struct gm_entry entry = {
        .kind = GM_ENTRY_TIMER,
        .method = kind,
        .id = call.entry_id,
        .command_id = subject,
        .member = call.member,
    };
    append_decided(host, &entry, &decision);
}

void execute_follow(struct gm_host *host, const struct follower *follower, struct gm_entry *entry)
{
    entry->kind = GM_ENTRY_FOLLOW;
    entry->method = (uint16_t)follower->follow->source;
    entry->id = fresh_entry_id(host);
    entry->member = gm_service_member(follower->follow->source);
    append(host, entry, NULL);
}

void execute_reset(struct gm_host *host, const struct follower *follower)
{
    struct gm_entry entry = {
        .kind = GM_ENTRY_RESET,
        .method = (uint16_t)follower->follow->source,
        .id = fresh_entry_id(host),
        .member = gm_service_member(follower->follow->source),
    };
    append(host, &entry, NULL);
}

void execute_prune(struct gm_host *host, struct gm_bytes keys)
{
    struct gm_entry entry = {
        .kind = GM_ENTRY_PRUNE,
        .id = fresh_entry_id(host),
        .member = gm_service_member(host->service->name),
        .event_count = 1,
        .events = &keys,
    };
    append(host, &entry, NULL);
}

/* ---- the caller's side ---- */

bool gm_host_ready(const struct gm_host *host)
{
    return host->batch.count < GM_BATCH_ENTRIES_MAX &&
           host->batch.entries.size + GM_ENTRY_BYTES_MAX <= GM_BATCH_BYTES_MAX &&
           host->gated.bytes + host->now.bytes < GM_OUTBOX_BYTES_MAX &&
           gm_store_has_room(host->store);
}

bool gm_host_batch(struct gm_host *host, struct gm_batch **ret_batch)
{
    if (host->appending || host->batch.count == 0) return false;
    host->under_way = host->batch;
    host->appending = true;
    host->forming ^= 1;
    host->batch = (struct gm_batch){0};
    *ret_batch = &host->under_way;
    return true;
}

void gm_host_appended(struct gm_host *host, enum gm_append outcome)
{
    GM_ASSERT(host->appending && outcome == GM_APPEND_ACKED);
    host->appending = false;
    host->acked = gm_batch_last_seq(&host->under_way);
    stream_acked(host, &host->under_way);
}
