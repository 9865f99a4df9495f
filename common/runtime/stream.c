#include <stdlib.h>

#include "base/assert.h"
#include "runtime/parts.h"
#include "wire.pb-c.h"
#include "wire/check.h"

enum { CHUNKS_PER_TURN = 8 }; /* a subscriber far behind does not keep the others waiting */

/* ---- history: the newest acked batches, in memory ---- */

static const struct segment *segment_at(const struct history *history, uint32_t index)
{
    return &history->segments[(history->first + index) % history->capacity];
}

static void history_drop_first(struct history *history)
{
    struct segment *segment = &history->segments[history->first];
    history->bytes -= segment->batch.entries.size;
    free(segment->bytes);
    history->first = (history->first + 1) % history->capacity;
    history->count--;
}

static void history_grow(struct history *history)
{
    const uint32_t capacity = history->capacity == 0 ? 64 : history->capacity * 2;
    struct segment *segments = calloc(capacity, sizeof *segments);
    GM_ASSERT(segments != NULL);
    for (uint32_t i = 0; i < history->count; i++)
        segments[i] = *segment_at(history, i);
    free(history->segments);
    history->segments = segments;
    history->capacity = capacity;
    history->first = 0;
}

void stream_acked(struct gm_host *host, const struct gm_batch *batch)
{
    struct history *history = &host->history;
    if (history->count == history->capacity) history_grow(history);
    struct segment *segment =
        &history->segments[(history->first + history->count) % history->capacity];
    segment->batch = *batch;
    segment->bytes = malloc(batch->entries.size);
    GM_ASSERT(segment->bytes != NULL);
    memcpy(segment->bytes, batch->entries.at, batch->entries.size);
    segment->batch.entries.at = segment->bytes;
    history->count++;
    history->bytes += batch->entries.size;
    while (history->bytes > history->bytes_max && history->count > 1)
        history_drop_first(history);
}

/* Index of the segment that holds seq; history->count where none does. */
static uint32_t history_find(const struct history *history, uint64_t seq)
{
    uint32_t low = 0;
    uint32_t high = history->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (gm_batch_last_seq(&segment_at(history, middle)->batch) < seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < history->count && segment_at(history, low)->batch.first_seq > seq)
        return history->count;
    return low;
}

/* ---- subscriptions ---- */

static void end(struct gm_host *host, unsigned index)
{
    struct subscription *subscription = host->subscriptions[index];
    if (subscription->job != NULL) {
        subscription->ended = true; /* goes when its job is back */
        return;
    }
    struct peer_state *peer = outbox_peer(host, &subscription->peer);
    if (peer->subscriptions > 0) peer->subscriptions--;
    outbox_peer_settle(host, &subscription->peer);
    free(subscription);
    host->subscriptions[index] = host->subscriptions[--host->subscription_count];
}

static void refuse_and_end(struct gm_host *host, unsigned index, enum gm_reason reason)
{
    const struct subscription *subscription = host->subscriptions[index];
    const struct request request = {
        .peer = subscription->peer,
        .header = {.request_id = subscription->request_id},
    };
    outbox_peer(host, &request.peer)->in_flight++; /* this reply is one that ends */
    outbox_refuse(host, &request, &(struct gm_refusal){.reason = reason});
    end(host, index);
}

void stream_peer_gone(struct gm_host *host, const struct gm_peer *peer)
{
    for (unsigned i = host->subscription_count; i-- > 0;)
        if (memcmp(&host->subscriptions[i]->peer, peer, sizeof *peer) == 0) end(host, i);
}

static bool same_subscription(const struct subscription *subscription, const struct gm_peer *peer,
                              uint64_t request_id)
{
    return subscription->request_id == request_id && !subscription->ended &&
           memcmp(&subscription->peer, peer, sizeof *peer) == 0;
}

static enum gm_reason place(const struct gm_host *host, const Wire__SubscribeRequest *wanted,
                            struct subscription *subscription)
{
    if (wanted->from_head) {
        const struct history *history = &host->history; /* never empty: a start appends */
        subscription->next_seq = host->acked + 1;
        subscription->hash = segment_at(history, history->count - 1)->batch.hash;
        subscription->verified = true;
        return GM_REASON_NONE;
    }
    subscription->next_seq = 1;
    subscription->verified = true;
    if (wanted->after == NULL || (wanted->after->journal_id == 0 && wanted->after->seq == 0))
        return GM_REASON_NONE;
    if (wanted->after->journal_id != host->journal_id || wanted->after->seq > host->acked)
        return GM_REASON_POSITION_UNKNOWN;
    subscription->next_seq = wanted->after->seq + 1;
    if (wanted->after->seq == 0) return GM_REASON_NONE;
    if (wanted->batch_hash.len != GM_HASH_BYTES) return GM_REASON_POSITION_UNKNOWN;
    memcpy(subscription->hash.v, wanted->batch_hash.data, GM_HASH_BYTES);
    subscription->verified = false;
    return GM_REASON_NONE;
}

void stream_subscribe(struct gm_host *host, const struct request *request,
                      const ProtobufCMessage *message)
{
    const Wire__SubscribeRequest *wanted = (const Wire__SubscribeRequest *)message;
    struct subscription subscription = {
        .peer = request->peer,
        .request_id = request->header.request_id,
        .member = request->header.member,
        .credit = wanted->credit_bytes,
        .beat_ms = host->monotonic_ms,
    };
    enum gm_reason reason = place(host, wanted, &subscription);
    if (host->subscription_count == GM_SUBSCRIBERS_MAX) reason = GM_REASON_OPEN_LIMIT;
    const bool ours = wanted->service[0] == '\0' ||
                      strcmp(wanted->service, gm_service_text(host->service->name)) == 0;
    if (!ours) reason = GM_REASON_METHOD_UNKNOWN; /* never POSITION_UNKNOWN: nothing begins anew */
    if (reason != GM_REASON_NONE) {
        outbox_refuse(host, request, &(struct gm_refusal){.reason = reason});
        return;
    }
    struct subscription *kept = malloc(sizeof *kept);
    GM_ASSERT(kept != NULL);
    *kept = subscription;
    host->subscriptions[host->subscription_count++] = kept;
    struct peer_state *peer = outbox_peer(host, &request->peer);
    peer->subscriptions++;
    peer->in_flight--; /* its replies are chunks, which have their own credit */
}

void stream_credit(struct gm_host *host, const struct request *request,
                   const ProtobufCMessage *message)
{
    const Wire__CreditRequest *given = (const Wire__CreditRequest *)message;
    for (unsigned i = 0; i < host->subscription_count; i++) {
        struct subscription *subscription = host->subscriptions[i];
        if (!same_subscription(subscription, &request->peer, given->subscription)) continue;
        subscription->credit += given->bytes;
        if (given->end) end(host, i);
        outbox_reply(host, request, GM_CODE_OK, (struct gm_position){host->journal_id, host->acked},
                     false, host->acked, gm_bytes(NULL, 0));
        return;
    }
    outbox_refuse(host, request, &(struct gm_refusal){.reason = GM_REASON_POSITION_UNKNOWN});
}

/* ---- chunks ---- */

static void sent_chunk(struct gm_host *host, struct subscription *subscription, size_t bytes,
                       uint64_t through, const struct gm_hash *hash)
{
    subscription->next_seq = through + 1;
    subscription->hash = *hash;
    subscription->credit -= (int64_t)bytes;
    subscription->beat_ms = host->monotonic_ms + GM_STREAM_BEAT_MS;
    host->counts.chunks_sent++;
}

static void ask_worker(struct gm_host *host, struct subscription *subscription)
{
    struct gm_job *job = job_new(host, JOB_STREAM);
    if (job == NULL) return; /* the next turn tries again */
    job->subscription = subscription;
    job->from = subscription->next_seq;
    job->durable = host->acked;
    job->hash = subscription->hash;
    job->check_hash = !subscription->verified;
    job->request.header.member = subscription->member;
    subscription->job = job;
    job_run_later(host, job);
}

/* Says where the stream stands though it has nothing to show. */
static void send_beat(struct gm_host *host, struct subscription *subscription)
{
    gm_arena_reset(&host->arena);
    struct chunk chunk;
    chunk_begin(&chunk, host->service, subscription->member, subscription->next_seq, &host->arena);
    chunk.hash = subscription->hash;
    outbox_chunk(host, subscription, chunk_pack(&chunk, host->journal_id, host->acked));
    subscription->beat_ms = host->monotonic_ms + GM_STREAM_BEAT_MS;
}

/* One chunk out of memory; false where there is none now. */
static bool send_chunk(struct gm_host *host, unsigned index)
{
    struct subscription *subscription = host->subscriptions[index];
    if (subscription->next_seq > host->acked && subscription->verified) return false;
    const struct history *history = &host->history;
    if (!subscription->verified) {
        const uint32_t known = history_find(history, subscription->next_seq - 1);
        if (known == history->count) {
            ask_worker(host, subscription);
            return false;
        }
        if (gm_hash_compare(&segment_at(history, known)->batch.hash, &subscription->hash) != 0) {
            refuse_and_end(host, index, GM_REASON_POSITION_UNKNOWN);
            return false;
        }
        subscription->verified = true;
        return true;
    }
    uint32_t at = history_find(history, subscription->next_seq);
    if (at == history->count) {
        ask_worker(host, subscription);
        return false;
    }
    gm_arena_reset(&host->arena);
    struct chunk chunk;
    chunk_begin(&chunk, host->service, subscription->member, subscription->next_seq, &host->arena);
    for (; at < history->count && !chunk.full; at++)
        chunk_add(&chunk, &segment_at(history, at)->batch);
    const struct gm_bytes body = chunk_pack(&chunk, host->journal_id, host->acked);
    outbox_chunk(host, subscription, body);
    sent_chunk(host, subscription, body.size, chunk.through, &chunk.hash);
    return true;
}

static bool has_room(const struct gm_host *host)
{
    return host->now.bytes < GM_OUTBOX_BYTES_MAX / 2;
}

/* Chunks and beat of one; false where it ended, and another took its place. */
static bool serve(struct gm_host *host, unsigned index)
{
    struct subscription *subscription = host->subscriptions[index];
    const unsigned count = host->subscription_count;
    for (unsigned sent = 0; sent < CHUNKS_PER_TURN; sent++) {
        if (subscription->job != NULL || subscription->credit <= 0 || !has_room(host)) break;
        const bool more = send_chunk(host, index);
        if (host->subscription_count < count) return false;
        if (!more) break;
    }
    if (subscription->job == NULL && subscription->verified &&
        subscription->beat_ms <= host->monotonic_ms)
        send_beat(host, subscription);
    return true;
}

/* Round about: who found no room in the outbox or no worker is the first next time. */
void stream_turn(struct gm_host *host)
{
    unsigned index = host->stream_from;
    bool short_of = false;
    for (unsigned left = host->subscription_count; left > 0 && host->subscription_count > 0;
         left--) {
        if (index >= host->subscription_count) index = 0;
        if (!short_of && (!has_room(host) || !job_free_place(host, JOB_STREAM))) {
            short_of = true;
            host->stream_from = index;
        }
        if (serve(host, index)) index++;
    }
}

/* Whether a turn would send it something, or ask a worker to. */
static bool has_more(const struct gm_host *host, const struct subscription *subscription)
{
    if (subscription->credit <= 0) return false;
    if (subscription->verified && subscription->next_seq > host->acked) return false;
    const uint64_t seq = subscription->next_seq - (subscription->verified ? 0 : 1);
    return history_find(&host->history, seq) < host->history.count ||
           job_free_place(host, JOB_STREAM);
}

int64_t stream_wake_ms(const struct gm_host *host)
{
    int64_t wake_ms = INT64_MAX;
    for (unsigned i = 0; i < host->subscription_count; i++) {
        const struct subscription *subscription = host->subscriptions[i];
        if (subscription->job != NULL) continue; /* the worker wakes us */
        if (has_more(host, subscription)) return host->monotonic_ms;
        if (subscription->verified && subscription->beat_ms < wake_ms)
            wake_ms = subscription->beat_ms;
    }
    return wake_ms;
}

void stream_job_done(struct gm_host *host, struct gm_job *job)
{
    struct subscription *subscription = job->subscription;
    subscription->job = NULL;
    unsigned index = 0;
    while (host->subscriptions[index] != subscription)
        index++;
    if (subscription->ended) {
        end(host, index);
    } else if (job->unknown) {
        refuse_and_end(host, index, GM_REASON_POSITION_UNKNOWN);
    } else {
        subscription->verified = true;
        if (job->chunk.size == 0) return;
        outbox_chunk(host, subscription, job->chunk);
        sent_chunk(host, subscription, job->chunk.size, job->chunk_through, &job->chunk_hash);
    }
}

void stream_release(struct gm_host *host)
{
    for (unsigned i = 0; i < host->subscription_count; i++)
        free(host->subscriptions[i]);
    while (host->history.count > 0)
        history_drop_first(&host->history);
    free(host->history.segments);
}
