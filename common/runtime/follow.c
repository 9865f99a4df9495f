#include "base/assert.h"
#include "methods.h"
#include "runtime/parts.h"
#include "wire.pb-c.h"
#include "wire/check.h"

enum {
    RESUBSCRIBE_MS = 200,
    FOREIGN_HEAD_BYTES = 20,
    /* Of the events of a chunk, in the entry that keeps it: four times a chunk, so that all that a
     * source sends fits. */
    FOREIGN_BYTES_MAX = GM_ENTRY_BYTES_MAX - GM_ENTRY_HEAD_BYTES - GM_ENTRY_FOLLOW_BYTES,
};

void follow_load(struct gm_host *host)
{
    const struct gm_follow *follow = host->service->follows;
    for (; follow != NULL && follow->source != GM_SERVICE_NONE; follow++) {
        GM_ASSERT(host->follower_count < GM_SERVICE_FOLLOWS_MAX);
        struct follower *follower = &host->followers[host->follower_count++];
        follower->follow = follow;
        (void)gm_follow_get(host->rows, follow->source, &follower->row);
    }
}

static void send(struct gm_host *host, const struct follower *follower, uint16_t method,
                 uint64_t request_id, const ProtobufCMessage *message)
{
    uint8_t body[128];
    const size_t size = protobuf_c_message_get_packed_size(message);
    GM_ASSERT(size <= sizeof body);
    (void)protobuf_c_message_pack(message, body);
    const struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = method,
        .request_id = request_id,
        .timeout_ms = GM_EFFECT_TIMEOUT_MS,
        .member = gm_service_member(host->service->name),
    };
    outbox_request(host, follower->follow->source, &header, gm_bytes(body, size));
}

static void subscribe(struct gm_host *host, struct follower *follower)
{
    Wire__Position after = WIRE__POSITION__INIT;
    after.journal_id = follower->row.journal_id;
    after.seq = follower->row.through;
    Wire__SubscribeRequest message = WIRE__SUBSCRIBE_REQUEST__INIT;
    if (after.journal_id != 0) message.after = &after;
    if (after.seq != 0)
        message.batch_hash = (ProtobufCBinaryData){GM_HASH_BYTES, follower->row.hash.v};
    message.credit_bytes = GM_STREAM_CREDIT_BYTES;
    message.service = gm_service_text(follower->follow->source);
    follower->subscription = host->next_request_id++;
    follower->heard_ms = host->monotonic_ms;
    follower->taken_bytes = 0;
    send(host, follower, GM_METHOD_HOST_SUBSCRIBE, follower->subscription, &message.base);
}

/* The subscription is over or out of step; the next turn but a few begins anew from what is
 * applied. */
static void lose(struct gm_host *host, struct follower *follower)
{
    if (follower->subscription != 0) {
        Wire__CreditRequest message = WIRE__CREDIT_REQUEST__INIT;
        message.subscription = follower->subscription;
        message.end = 1;
        send(host, follower, GM_METHOD_HOST_CREDIT, host->next_request_id++, &message.base);
    }
    follower->subscription = 0;
    follower->subscribe_ms = host->monotonic_ms + RESUBSCRIBE_MS;
}

static void give_credit(struct gm_host *host, struct follower *follower, size_t bytes)
{
    follower->taken_bytes += (uint32_t)bytes;
    if (follower->taken_bytes < GM_STREAM_CREDIT_BYTES / 4) return;
    Wire__CreditRequest message = WIRE__CREDIT_REQUEST__INIT;
    message.subscription = follower->subscription;
    message.bytes = follower->taken_bytes;
    follower->taken_bytes = 0;
    send(host, follower, GM_METHOD_HOST_CREDIT, host->next_request_id++, &message.base);
}

/* The chunk as one entry: what came, as it came. */
static void take(struct gm_host *host, const struct follower *follower,
                 const Wire__StreamChunk *chunk, size_t count)
{
    struct gm_foreign_event *foreign = GM_ARENA_ARRAY(&host->arena, struct gm_foreign_event, count);
    GM_ASSERT(foreign != NULL); /* bounded by FOREIGN_BYTES_MAX */
    struct gm_entry entry = {
        .source_journal = chunk->through->journal_id,
        .from = chunk->from,
        .through = chunk->through->seq,
        .foreign = foreign,
    };
    memcpy(entry.source_hash.v, chunk->batch_hash.data, GM_HASH_BYTES);
    for (size_t i = 0; i < chunk->n_entries; i++)
        for (size_t j = 0; j < chunk->entries[i]->n_events; j++)
            foreign[entry.foreign_count++] = (struct gm_foreign_event){
                .seq = chunk->entries[i]->seq,
                .time_ms = chunk->entries[i]->time_ms,
                .event =
                    gm_bytes(chunk->entries[i]->events[j].data, chunk->entries[i]->events[j].len),
            };
    execute_follow(host, follower, &entry);
    host->counts.chunks_taken++;
}

/* One that was taken before, or a beat from then, come again. */
static bool is_copy(const struct follower *follower, const Wire__StreamChunk *chunk)
{
    return chunk->through != NULL && chunk->through->journal_id == follower->row.journal_id &&
           chunk->through->seq <= follower->row.through && chunk->from <= follower->row.through;
}

/* In step: the same history, the next entry. A source of our own network that breaks the form is a
 * bug there, not here: the chunk is refused like one that was lost. */
static bool in_step(const struct follower *follower, const Wire__StreamChunk *chunk)
{
    if (chunk->through == NULL || chunk->through->journal_id == 0 ||
        chunk->batch_hash.len != GM_HASH_BYTES)
        return false;
    if (follower->row.journal_id != 0 && chunk->through->journal_id != follower->row.journal_id)
        return false;
    return chunk->from == follower->row.through + 1 && chunk->through->seq + 1 >= chunk->from;
}

/* Decodes: apply takes it for granted. */
static bool event_whole(struct gm_host *host, const struct follower *follower,
                        ProtobufCBinaryData event)
{
    const size_t mark = gm_arena_mark(&host->arena);
    const bool whole = gm_message_unpack(gm_bytes(event.data, event.len), follower->follow->event,
                                         &host->arena) != NULL;
    gm_arena_rewind(&host->arena, mark);
    return whole;
}

/* Entries in their order and within the chunk, every event whole, and an entry holds all of them.
 */
static bool events_whole(struct gm_host *host, const struct follower *follower,
                         const Wire__StreamChunk *chunk, size_t *ret_count)
{
    uint64_t last = chunk->from - 1;
    size_t bytes = 0;
    size_t count = 0;
    for (size_t i = 0; i < chunk->n_entries; i++) {
        const Wire__StreamEntry *entry = chunk->entries[i];
        if (entry->seq <= last || entry->seq > chunk->through->seq) return false;
        last = entry->seq;
        for (size_t j = 0; j < entry->n_events; j++) {
            bytes += FOREIGN_HEAD_BYTES + entry->events[j].len;
            count++;
            if (bytes > FOREIGN_BYTES_MAX || !event_whole(host, follower, entry->events[j]))
                return false;
        }
    }
    *ret_count = count;
    return true;
}

static void hear_chunk(struct gm_host *host, struct follower *follower, struct gm_bytes body)
{
    gm_arena_reset(&host->arena);
    const Wire__StreamChunk *chunk = NULL;
    if (body.size <= GM_REPLY_BODY_BYTES_MAX)
        chunk = (const Wire__StreamChunk *)gm_message_unpack(body, &wire__stream_chunk__descriptor,
                                                             &host->arena);
    follower->heard_ms = host->monotonic_ms;
    if (chunk != NULL && is_copy(follower, chunk)) return;
    size_t count = 0;
    if (chunk == NULL || !in_step(follower, chunk) ||
        !events_whole(host, follower, chunk, &count)) {
        lose(host, follower);
        return;
    }
    follower->head_seq = chunk->head_seq;
    if (chunk->through->seq < chunk->from) return; /* a beat costs no credit */
    take(host, follower, chunk, count);
    give_credit(host, follower, body.size);
}

bool follow_hear(struct gm_host *host, enum gm_service_name from,
                 const struct gm_reply_header *header, struct gm_bytes body)
{
    for (unsigned i = 0; i < host->follower_count; i++) {
        struct follower *follower = &host->followers[i];
        if (follower->follow->source != from || follower->subscription != header->request_id ||
            header->request_id == 0)
            continue;
        struct gm_refusal refusal;
        if (header->status == GM_CODE_OK) {
            hear_chunk(host, follower, body);
        } else {
            const bool unknown = gm_refusal_decode(body, &refusal, NULL) == GM_OK &&
                                 refusal.reason == GM_REASON_POSITION_UNKNOWN;
            follower->subscription = 0;
            lose(host, follower);
            if (!unknown || follower->row.journal_id == 0) return true;
            execute_reset(host, follower);
            host->counts.resets++;
        }
        return true;
    }
    return false;
}

void follow_turn(struct gm_host *host)
{
    for (unsigned i = 0; i < host->follower_count; i++) {
        struct follower *follower = &host->followers[i];
        if (follower->subscription != 0 &&
            host->monotonic_ms - follower->heard_ms > GM_STREAM_SILENT_MS)
            lose(host, follower);
        if (follower->subscription == 0 && follower->subscribe_ms <= host->monotonic_ms)
            subscribe(host, follower);
    }
}

void follow_reconnected(struct gm_host *host, enum gm_service_name source)
{
    for (unsigned i = 0; i < host->follower_count; i++) {
        if (host->followers[i].follow->source != source) continue;
        host->followers[i].subscription = 0;
        host->followers[i].subscribe_ms = host->monotonic_ms;
    }
}

int64_t follow_wake_ms(const struct gm_host *host)
{
    int64_t wake_ms = INT64_MAX;
    for (unsigned i = 0; i < host->follower_count; i++) {
        const struct follower *follower = &host->followers[i];
        const int64_t at_ms = follower->subscription == 0
                                  ? follower->subscribe_ms
                                  : follower->heard_ms + GM_STREAM_SILENT_MS + 1;
        if (at_ms < wake_ms) wake_ms = at_ms;
    }
    return wake_ms;
}
