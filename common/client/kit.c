#include "client/kit.h"

#include "base/assert.h"
#include "base/id.h"
#include "methods.h"
#include "wire.pb-c.h"
#include "wire/check.h"

enum { ENTRIES_MAX = 16, EVENT_BYTES_MAX = 10000 };

void gm_say_bytes(struct gm_said *said, uint64_t request_id, enum gm_code status, bool more,
                  size_t body_bytes)
{
    const struct gm_reply_header header = {
        .request_id = request_id, .status = (uint16_t)status, .more = more};
    said->frames = (struct gm_frames){
        .header = gm_bytes(said->header, gm_reply_header_encode(&header, said->header)),
        .body = gm_bytes(said->body, body_bytes),
        .count = GM_FRAMES_MAX,
    };
}

void gm_say(struct gm_said *said, uint64_t request_id, enum gm_reason reason,
            uint32_t retry_after_ms, bool recorded)
{
    const struct gm_refusal refusal = {.reason = reason, .retry_after_ms = retry_after_ms};
    struct gm_reply_header header = {
        .request_id = request_id, .position = {7, 42}, .recorded = recorded};
    size_t body_bytes = 3;
    memcpy(said->body, "yes", body_bytes);
    if (reason != GM_REASON_NONE) {
        header.status = (uint16_t)gm_reason_row(reason)->status;
        body_bytes = gm_refusal_encode(&refusal, GM_LANGUAGE_EN, said->body);
    }
    said->frames = (struct gm_frames){
        .header = gm_bytes(said->header, gm_reply_header_encode(&header, said->header)),
        .body = gm_bytes(said->body, body_bytes),
        .count = GM_FRAMES_MAX,
    };
}

struct gm_hash gm_said_hash(uint64_t journal, uint64_t seq)
{
    struct gm_hash hash = {{0}};
    if (seq == 0) return hash;
    gm_put_u64(hash.v, journal);
    gm_put_u64(hash.v + 8, seq);
    return hash;
}

void gm_say_chunk(struct gm_said *said, uint64_t request_id, const struct gm_chunk_shape *shape)
{
    static uint8_t event[EVENT_BYTES_MAX];
    static uint8_t member[GM_ID_BYTES] = {1};
    Wire__StreamEntry entries[ENTRIES_MAX];
    Wire__StreamEntry *list[ENTRIES_MAX];
    GM_ASSERT(shape->event_bytes <= EVENT_BYTES_MAX);
    ProtobufCBinaryData events = {shape->event_bytes, event};
    struct gm_hash hash = gm_said_hash(shape->journal, shape->no_hash ? 0 : shape->through);
    Wire__Position through = WIRE__POSITION__INIT;
    through.journal_id = shape->journal;
    through.seq = shape->through;
    Wire__StreamChunk chunk = WIRE__STREAM_CHUNK__INIT;
    if (!shape->no_through) chunk.through = &through;
    chunk.from = shape->from;
    chunk.head_seq = shape->through + 100;
    chunk.batch_hash = (ProtobufCBinaryData){shape->short_hash ? 31 : GM_HASH_BYTES, hash.v};
    chunk.entries = list;
    for (uint64_t seq = shape->from; seq <= shape->through; seq++) {
        GM_ASSERT(chunk.n_entries < ENTRIES_MAX);
        Wire__StreamEntry *entry = &entries[chunk.n_entries];
        wire__stream_entry__init(entry);
        entry->seq = seq;
        if (shape->repeated_entry) entry->seq = shape->from;
        if (shape->entry_behind) entry->seq = seq + 1;
        entry->member = (ProtobufCBinaryData){sizeof member, member};
        entry->n_events = 1;
        entry->events = &events;
        list[chunk.n_entries++] = entry;
    }
    GM_ASSERT(wire__stream_chunk__get_packed_size(&chunk) <= sizeof said->body);
    gm_say_bytes(said, request_id, GM_CODE_OK, true, wire__stream_chunk__pack(&chunk, said->body));
}

static void read_asked(const ProtobufCMessage *body, struct gm_asked *asked)
{
    if (asked->is_credit) {
        const Wire__CreditRequest *credit = (const void *)body;
        asked->subscription = credit->subscription;
        asked->bytes = credit->bytes;
        asked->end = credit->end != 0;
        return;
    }
    const Wire__SubscribeRequest *subscribe = (const void *)body;
    asked->from_head = subscribe->from_head != 0;
    asked->has_after = subscribe->after != NULL;
    if (asked->has_after) {
        asked->journal = subscribe->after->journal_id;
        asked->seq = subscribe->after->seq;
    }
    if (subscribe->batch_hash.len == GM_HASH_BYTES) {
        memcpy(asked->hash.v, subscribe->batch_hash.data, GM_HASH_BYTES);
    }
    asked->bytes = subscribe->credit_bytes;
}

bool gm_next_asked(struct gm_subscription *subscription, struct gm_calls *calls,
                   int64_t monotonic_ms, struct gm_asked *ret_asked)
{
    struct gm_subscription_message message;
    if (!gm_subscription_output(subscription, calls, monotonic_ms, &message)) return false;

    struct gm_arena arena;
    const enum gm_status status = gm_arena_init(&arena, 4096);
    GM_ASSERT(status == GM_OK);
    struct gm_asked asked = {0};
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    ProtobufCMessage *body = NULL;
    enum gm_reason reason =
        gm_request_header_decode(gm_bytes(message.header, message.header_bytes), &asked.header);
    GM_ASSERT(reason == GM_REASON_NONE);
    const struct gm_method *method = gm_method_find((uint16_t)asked.header.method);
    GM_ASSERT(method != NULL);
    asked.is_credit = method->number == GM_METHOD_HOST_CREDIT;
    GM_ASSERT(asked.is_credit || method->number == GM_METHOD_HOST_SUBSCRIBE);
    reason = gm_message_check(gm_bytes(message.body, message.body_bytes), method->request, &arena,
                              &body, field);
    GM_ASSERT(reason == GM_REASON_NONE);
    read_asked(body, &asked);
    gm_arena_release(&arena);
    *ret_asked = asked;
    return true;
}
