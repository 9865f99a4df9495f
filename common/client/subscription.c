#include "client/subscription.h"

#include "base/assert.h"
#include "methods.h"
#include "wire/check.h"

void gm_subscription_init(struct gm_subscription *subscription,
                          const struct gm_subscription_config *config, uint64_t seed,
                          int64_t monotonic_ms)
{
    *subscription = (struct gm_subscription){
        .config = *config,
        .place = config->after,
        .place_known = !config->from_head,
        .resumable = !config->from_head,
        .state = GM_SUBSCRIPTION_PAUSED,
        .due_ms = monotonic_ms,
    };
    uint32_t *credit = &subscription->config.credit_bytes;
    if (*credit == 0) *credit = GM_STREAM_CREDIT_DEFAULT;
    if (*credit < GM_STREAM_CREDIT_MIN) *credit = GM_STREAM_CREDIT_MIN;
    if (*credit > GM_STREAM_CREDIT_MAX) *credit = GM_STREAM_CREDIT_MAX;
    gm_random_seed(&subscription->random, seed);
}

/* ---- out ---- */

static void compose(const struct gm_subscription *subscription, uint16_t method,
                    uint64_t request_id, const ProtobufCMessage *body,
                    struct gm_subscription_message *ret_message)
{
    const struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = method,
        .request_id = request_id,
        .member = subscription->config.member,
    };
    ret_message->header_bytes = gm_request_header_encode(&header, ret_message->header);
    ret_message->body_bytes = protobuf_c_message_get_packed_size(body);
    GM_ASSERT(ret_message->body_bytes <= sizeof ret_message->body);
    (void)protobuf_c_message_pack(body, ret_message->body);
}

static void subscribe(struct gm_subscription *subscription, struct gm_calls *calls,
                      int64_t monotonic_ms, struct gm_subscription_message *ret_message)
{
    Wire__Position after = WIRE__POSITION__INIT;
    after.journal_id = subscription->place.position.journal_id;
    after.seq = subscription->place.position.seq;
    Wire__SubscribeRequest message = WIRE__SUBSCRIBE_REQUEST__INIT;
    message.credit_bytes = subscription->config.credit_bytes;
    message.from_head = !subscription->resumable;
    if (subscription->resumable && after.journal_id != 0) message.after = &after;
    if (message.after != NULL && after.seq != 0) {
        message.batch_hash = (ProtobufCBinaryData){GM_HASH_BYTES, subscription->place.batch_hash.v};
    }
    subscription->request_id = gm_calls_request_id(calls);
    subscription->credit_request_id = 0;
    subscription->owed_bytes = 0;
    subscription->state = GM_SUBSCRIPTION_ASKED;
    subscription->due_ms = monotonic_ms + GM_STREAM_PATIENCE_MS;
    compose(subscription, GM_METHOD_HOST_SUBSCRIBE, subscription->request_id, &message.base,
            ret_message);
}

static void credit(struct gm_subscription *subscription, struct gm_calls *calls,
                   struct gm_subscription_message *ret_message)
{
    Wire__CreditRequest message = WIRE__CREDIT_REQUEST__INIT;
    message.subscription = subscription->request_id;
    message.bytes = subscription->owed_bytes;
    subscription->owed_bytes = 0;
    subscription->credit_request_id = gm_calls_request_id(calls);
    compose(subscription, GM_METHOD_HOST_CREDIT, subscription->credit_request_id, &message.base,
            ret_message);
}

static void leave(struct gm_subscription *subscription, struct gm_calls *calls,
                  struct gm_subscription_message *ret_message)
{
    Wire__CreditRequest message = WIRE__CREDIT_REQUEST__INIT;
    message.subscription = subscription->left_request_id;
    message.end = 1;
    subscription->left_request_id = 0;
    compose(subscription, GM_METHOD_HOST_CREDIT, gm_calls_request_id(calls), &message.base,
            ret_message);
}

/* What the service still sends under this request id is not heard any more. */
static void drop(struct gm_subscription *subscription)
{
    subscription->left_request_id = subscription->request_id;
    subscription->request_id = 0;
    subscription->credit_request_id = 0;
}

static void ask_again(struct gm_subscription *subscription, int64_t due_ms)
{
    if (!subscription->resumable) {
        subscription->gaps++;
        subscription->place_known = false;
    }
    subscription->state = GM_SUBSCRIPTION_PAUSED;
    subscription->due_ms = due_ms;
}

bool gm_subscription_output(struct gm_subscription *subscription, struct gm_calls *calls,
                            int64_t monotonic_ms, struct gm_subscription_message *ret_message)
{
    const bool due = subscription->due_ms <= monotonic_ms;
    if (subscription->state == GM_SUBSCRIPTION_ASKED && due) {
        drop(subscription);
        ask_again(subscription, monotonic_ms);
    }
    if (subscription->left_request_id != 0) {
        leave(subscription, calls, ret_message);
        return true;
    }
    if (subscription->state == GM_SUBSCRIPTION_PAUSED && due) {
        subscribe(subscription, calls, monotonic_ms, ret_message);
        return true;
    }
    /* Not for every chunk, but long before the service has none left. */
    const bool owes = subscription->owed_bytes >= subscription->config.credit_bytes / 4;
    if (subscription->state == GM_SUBSCRIPTION_ASKED && owes) {
        credit(subscription, calls, ret_message);
        return true;
    }
    return false;
}

int64_t gm_subscription_wake_ms(const struct gm_subscription *subscription)
{
    return subscription->state == GM_SUBSCRIPTION_OVER ? INT64_MAX : subscription->due_ms;
}

void gm_subscription_disconnected(struct gm_subscription *subscription, int64_t monotonic_ms)
{
    subscription->left_request_id = 0; /* the service has dropped it with the connection */
    if (subscription->state == GM_SUBSCRIPTION_ASKED) ask_again(subscription, monotonic_ms);
    subscription->request_id = 0;
    subscription->credit_request_id = 0;
}

void gm_subscription_end(struct gm_subscription *subscription)
{
    if (subscription->request_id != 0) drop(subscription);
    subscription->state = GM_SUBSCRIPTION_OVER;
    subscription->reason = GM_REASON_NONE;
}

/* ---- in ---- */

static bool is_zero(const struct gm_hash *hash)
{
    const struct gm_hash zero = {{0}};
    return gm_hash_compare(hash, &zero) == 0;
}

/* The same history, the next entry, entries in order and of the stretch that it says. */
static bool in_step(const struct gm_subscription *subscription, const Wire__StreamChunk *chunk)
{
    if (chunk->through == NULL || chunk->through->journal_id == 0) return false;
    if (chunk->batch_hash.len != GM_HASH_BYTES) return false;
    if (chunk->from == 0 || chunk->through->seq < chunk->from - 1) return false;
    if (subscription->place_known) {
        const struct gm_position *at = &subscription->place.position;
        if (chunk->from != at->seq + 1) return false;
        if (at->journal_id != 0 && chunk->through->journal_id != at->journal_id) return false;
    }
    uint64_t last = chunk->from - 1;
    for (size_t i = 0; i < chunk->n_entries; i++) {
        if (chunk->entries[i]->seq <= last) return false;
        last = chunk->entries[i]->seq;
    }
    return last <= chunk->through->seq;
}

static enum gm_stream_heard take(struct gm_subscription *subscription, int64_t monotonic_ms,
                                 const Wire__StreamChunk *chunk, size_t bytes)
{
    const bool shows = chunk->through->seq >= chunk->from;
    struct gm_hash hash;
    memcpy(hash.v, chunk->batch_hash.data, GM_HASH_BYTES);
    subscription->refusals = 0;
    subscription->head_seq = chunk->head_seq;
    subscription->due_ms = monotonic_ms + GM_STREAM_PATIENCE_MS;
    if (shows) subscription->owed_bytes += (uint32_t)bytes; /* a beat costs no credit */
    subscription->place.position.journal_id = chunk->through->journal_id;
    subscription->place.position.seq = chunk->through->seq;
    subscription->place.batch_hash = hash;
    subscription->place_known = true;
    if (!is_zero(&hash)) subscription->resumable = true;
    return shows ? GM_STREAM_CHUNK : GM_STREAM_KEPT;
}

static enum gm_stream_heard refused(struct gm_subscription *subscription, int64_t monotonic_ms,
                                    const struct gm_reply_header *header, struct gm_bytes body)
{
    struct gm_refusal refusal = {0};
    gm_ignore(gm_refusal_decode(body, &refusal, NULL), "without a reason it has its status");
    subscription->request_id = 0;
    subscription->credit_request_id = 0;
    const bool later = refusal.reason == GM_REASON_NONE
                           ? header->status == GM_CODE_UNAVAILABLE || header->status == GM_CODE_OK
                           : gm_reason_row(refusal.reason)->transient;
    if (!later) {
        subscription->state = GM_SUBSCRIPTION_OVER;
        subscription->reason = refusal.reason;
        return GM_STREAM_OVER;
    }
    int64_t pause_ms = GM_STREAM_PAUSE_MS;
    for (unsigned i = 0; i < subscription->refusals && pause_ms < GM_STREAM_PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    if (pause_ms > GM_STREAM_PAUSE_MAX_MS) pause_ms = GM_STREAM_PAUSE_MAX_MS;
    /* Shorter at random, but not than what the service asks for. */
    const int64_t least_ms = refusal.retry_after_ms;
    if (pause_ms < least_ms) pause_ms = least_ms;
    pause_ms = gm_random_between(&subscription->random, pause_ms / 2 + least_ms / 2,
                                 pause_ms + least_ms / 2);
    subscription->refusals++;
    ask_again(subscription, monotonic_ms + pause_ms);
    return GM_STREAM_KEPT;
}

enum gm_stream_heard gm_subscription_hear(struct gm_subscription *subscription,
                                          int64_t monotonic_ms, const struct gm_frames *frames,
                                          struct gm_arena *arena,
                                          const Wire__StreamChunk **ret_chunk)
{
    struct gm_reply_header header;
    if (subscription->state != GM_SUBSCRIPTION_ASKED) return GM_STREAM_NOTHING;
    if (frames->count != GM_FRAMES_MAX) return GM_STREAM_NOTHING;
    if (gm_reply_header_decode(frames->header, &header) != GM_OK) return GM_STREAM_NOTHING;

    if (header.request_id == subscription->credit_request_id) {
        /* A service that does not know the subscription has dropped it, with chunks that are lost.
         */
        subscription->credit_request_id = 0;
        if (header.status == GM_CODE_OK) return GM_STREAM_KEPT;
        drop(subscription);
        ask_again(subscription, monotonic_ms);
        return GM_STREAM_KEPT;
    }
    if (header.request_id != subscription->request_id) return GM_STREAM_NOTHING;
    if (header.status != GM_CODE_OK || !header.more) {
        return refused(subscription, monotonic_ms, &header, frames->body);
    }
    const Wire__StreamChunk *chunk = NULL;
    if (frames->body.size <= GM_REPLY_BODY_BYTES_MAX) {
        chunk = (const Wire__StreamChunk *)(const void *)gm_message_unpack(
            frames->body, &wire__stream_chunk__descriptor, arena);
    }
    if (chunk == NULL || !in_step(subscription, chunk)) { /* something in between was lost */
        drop(subscription);
        ask_again(subscription, monotonic_ms);
        return GM_STREAM_KEPT;
    }
    const enum gm_stream_heard heard = take(subscription, monotonic_ms, chunk, frames->body.size);
    if (heard == GM_STREAM_CHUNK) *ret_chunk = chunk;
    return heard;
}
