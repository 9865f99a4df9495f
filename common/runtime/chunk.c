#include "base/assert.h"
#include "runtime/parts.h"
#include "wire.pb-c.h"
#include "wire/check.h"

/* A chunk never passes a reply: an entry's events (60 KiB at most) with their heads fit an empty
 * one. */
_Static_assert(GM_ENTRY_EVENT_BYTES_MAX + 2 * CHUNK_ENTRY_HEAD_BYTES + GM_DECISION_EVENTS_MAX * 8 +
                       128 <=
                   GM_REPLY_BODY_BYTES_MAX,
               "the largest entry fits a chunk");
enum { CHUNK_BUDGET_BYTES = GM_REPLY_BODY_BYTES_MAX - 128 };

void chunk_begin(struct chunk *chunk, const struct gm_service *service, struct gm_id member,
                 uint64_t from, struct gm_arena *arena)
{
    *chunk = (struct chunk){
        .service = service,
        .member = member,
        .arena = arena,
        .from = from,
        .through = from - 1,
    };
    chunk->entries = gm_arena_alloc(arena, CHUNK_ENTRIES_MAX * sizeof(void *));
    GM_ASSERT(chunk->entries != NULL);
}

/* Events of the service itself: what prune and reset entries carry is the host's own business. */
static bool has_events(const struct gm_entry *entry)
{
    return entry->event_count > 0 &&
           (entry->kind == GM_ENTRY_COMMAND || entry->kind == GM_ENTRY_ANSWER ||
            entry->kind == GM_ENTRY_TIMER);
}

static bool visible(const struct chunk *chunk, struct gm_bytes event)
{
    if (chunk->service->visible == NULL || gm_service_of_member(chunk->member) != GM_SERVICE_NONE)
        return true;
    const size_t mark = gm_arena_mark(chunk->arena);
    const ProtobufCMessage *message = gm_message_unpack(event, chunk->service->event, chunk->arena);
    GM_ASSERT(message != NULL);
    const bool seen = chunk->service->visible(message, chunk->member);
    gm_arena_rewind(chunk->arena, mark);
    return seen;
}

/* The entry as this member may see it; NULL where nothing of it. *ret_bytes is what it takes. */
static Wire__StreamEntry *show(const struct chunk *chunk, const struct gm_entry *entry,
                               size_t *ret_bytes)
{
    ProtobufCBinaryData *events =
        GM_ARENA_ARRAY(chunk->arena, ProtobufCBinaryData, entry->event_count);
    Wire__StreamEntry *shown = GM_ARENA_NEW(chunk->arena, Wire__StreamEntry);
    uint8_t *member = gm_arena_copy(chunk->arena, entry->member.v, GM_ID_BYTES);
    GM_ASSERT(events != NULL && shown != NULL && member != NULL);
    wire__stream_entry__init(shown);
    *ret_bytes = CHUNK_ENTRY_HEAD_BYTES;
    for (unsigned i = 0; i < entry->event_count; i++) {
        if (!visible(chunk, entry->events[i])) continue;
        /* The batch may be gone before the chunk is packed. */
        uint8_t *event = gm_arena_copy(chunk->arena, entry->events[i].at, entry->events[i].size);
        GM_ASSERT(event != NULL);
        events[shown->n_events++] = (ProtobufCBinaryData){entry->events[i].size, event};
        *ret_bytes += entry->events[i].size + 8;
    }
    shown->seq = entry->seq;
    shown->time_ms = entry->time_ms;
    shown->member = (ProtobufCBinaryData){GM_ID_BYTES, member};
    shown->events = events;
    return shown->n_events > 0 ? shown : NULL;
}

static void add_entry(struct chunk *chunk, const struct gm_entry *entry)
{
    if (has_events(entry)) {
        size_t bytes;
        const size_t mark = gm_arena_mark(chunk->arena);
        Wire__StreamEntry *shown = show(chunk, entry, &bytes);
        if (shown == NULL) {
            gm_arena_rewind(chunk->arena, mark);
        } else if (chunk->count == CHUNK_ENTRIES_MAX || chunk->bytes + bytes > CHUNK_BUDGET_BYTES) {
            GM_ASSERT(chunk->count > 0);
            chunk->full = true;
            return;
        } else {
            chunk->entries[chunk->count++] = shown;
            chunk->bytes += bytes;
        }
    }
    chunk->through = entry->seq;
}

void chunk_add(struct chunk *chunk, const struct gm_batch *batch)
{
    GM_ASSERT(batch->first_seq <= chunk->through + 1 && chunk->through < gm_batch_last_seq(batch));
    struct gm_bytes rest = batch->entries;
    while (rest.size > 0 && !chunk->full) {
        const size_t size = gm_entry_peek(rest);
        GM_ASSERT(size > 0);
        if (gm_entry_peek_seq(rest) > chunk->through) {
            struct gm_entry entry;
            size_t taken;
            const size_t mark = gm_arena_mark(chunk->arena);
            const size_t shown = chunk->count;
            const enum gm_status status = gm_entry_decode(rest, chunk->arena, &entry, &taken);
            if (status == GM_TOO_LARGE) { /* the arena is full: what is there goes first */
                GM_ASSERT(chunk->through >= chunk->from);
                chunk->full = true;
                break;
            }
            GM_ASSERT(status == GM_OK);
            add_entry(chunk, &entry);
            if (chunk->count == shown) gm_arena_rewind(chunk->arena, mark);
        }
        rest = gm_bytes(rest.at + size, rest.size - size);
    }
    if (chunk->through >= batch->first_seq) chunk->hash = batch->hash;
}

struct gm_bytes chunk_pack(const struct chunk *chunk, uint64_t journal_id, uint64_t head_seq)
{
    Wire__Position through = WIRE__POSITION__INIT;
    through.journal_id = journal_id;
    through.seq = chunk->through;
    Wire__StreamChunk message = WIRE__STREAM_CHUNK__INIT;
    message.through = &through;
    message.from = chunk->from;
    message.head_seq = head_seq;
    message.n_entries = chunk->count;
    message.entries = chunk->entries;
    uint8_t hash[GM_HASH_BYTES];
    memcpy(hash, chunk->hash.v, sizeof hash);
    message.batch_hash = (ProtobufCBinaryData){GM_HASH_BYTES, hash};
    const struct gm_bytes packed = gm_message_pack(&message.base, chunk->arena);
    GM_ASSERT(packed.at != NULL && packed.size <= GM_REPLY_BODY_BYTES_MAX);
    return packed;
}
