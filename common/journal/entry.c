#include "journal/entry.h"

#include "base/assert.h"

/* Where the fields of the head stand, as drawn in the header. Of later formats it is relied on that
 * they keep the first nine bytes and are no shorter. */
enum {
    AT_CRC = 0,
    AT_SIZE = 4,
    AT_FORMAT = 8,
    AT_KIND = 9,
    AT_METHOD = 10,
    AT_REASON = 12,
    AT_STATUS = 14,
    AT_SEQ = 16,
    AT_TIME = 24,
    AT_ID = 32,
    AT_COMMAND_ID = 48,
    AT_MEMBER = 64,
    AT_GATEWAY = 80,
    AT_CONTENT_HASH = 96,
    AT_TRACE_ID = 112,
    AT_EVENT_COUNT = 128,
    AT_FOREIGN_COUNT = 130,
    AT_REPLY_BYTES = 132,
    AT_SOURCE_JOURNAL = 136,
    AT_FROM = 144,
    AT_THROUGH = 152,
    AT_SOURCE_HASH = 160,

    EVENT_HEAD_BYTES = 4,
    FOREIGN_HEAD_BYTES = 20,
};
_Static_assert(AT_REPLY_BYTES + 4 == GM_ENTRY_HEAD_BYTES,
               "the head ends with the size of the reply");
_Static_assert(AT_SOURCE_HASH + GM_HASH_BYTES == GM_ENTRY_HEAD_BYTES + GM_ENTRY_FOLLOW_BYTES,
               "the source ends with its hash");

static bool has_source(enum gm_entry_kind kind)
{
    return kind == GM_ENTRY_FOLLOW || kind == GM_ENTRY_RESET;
}

static uint32_t crc_of(const uint8_t *at, size_t size)
{
    return gm_crc32c(0, at + AT_SIZE, size - AT_SIZE);
}

size_t gm_entry_bytes(const struct gm_entry *entry)
{
    size_t size = GM_ENTRY_HEAD_BYTES + entry->reply.size;
    if (has_source(entry->kind)) size += GM_ENTRY_FOLLOW_BYTES;
    for (size_t i = 0; i < entry->event_count; i++) {
        size += EVENT_HEAD_BYTES + entry->events[i].size;
    }
    for (size_t i = 0; i < entry->foreign_count; i++) {
        size += FOREIGN_HEAD_BYTES + entry->foreign[i].event.size;
    }
    return size;
}

static void put_id(uint8_t *at, struct gm_id id)
{
    memcpy(at, id.v, GM_ID_BYTES);
}

static uint8_t *put_run(uint8_t *at, struct gm_bytes run)
{
    if (run.size > 0) memcpy(at, run.at, run.size);
    return at + run.size;
}

/* All of the head but CRC and size. */
static void put_head(const struct gm_entry *entry, uint8_t *at)
{
    at[AT_FORMAT] = GM_ENTRY_FORMAT;
    at[AT_KIND] = (uint8_t)entry->kind;
    gm_put_u16(at + AT_METHOD, entry->method);
    gm_put_u16(at + AT_REASON, entry->reason);
    gm_put_u16(at + AT_STATUS, entry->status);
    gm_put_u64(at + AT_SEQ, entry->seq);
    gm_put_u64(at + AT_TIME, (uint64_t)entry->time_ms);
    put_id(at + AT_ID, entry->id);
    put_id(at + AT_COMMAND_ID, entry->command_id);
    put_id(at + AT_MEMBER, entry->member);
    put_id(at + AT_GATEWAY, entry->gateway);
    put_id(at + AT_CONTENT_HASH, entry->content_hash);
    put_id(at + AT_TRACE_ID, entry->trace_id);
    gm_put_u16(at + AT_EVENT_COUNT, entry->event_count);
    gm_put_u16(at + AT_FOREIGN_COUNT, entry->foreign_count);
    gm_put_u32(at + AT_REPLY_BYTES, (uint32_t)entry->reply.size);
}

static void put_source(const struct gm_entry *entry, uint8_t *at)
{
    gm_put_u64(at + AT_SOURCE_JOURNAL, entry->source_journal);
    gm_put_u64(at + AT_FROM, entry->from);
    gm_put_u64(at + AT_THROUGH, entry->through);
    memcpy(at + AT_SOURCE_HASH, entry->source_hash.v, GM_HASH_BYTES);
}

void gm_entry_encode(const struct gm_entry *entry, uint8_t *at)
{
    const size_t size = gm_entry_bytes(entry);
    GM_ASSERT(size <= GM_ENTRY_BYTES_MAX);
    GM_ASSERT(entry->kind > GM_ENTRY_NONE);
    GM_ASSERT(entry->kind < GM_ENTRY_KIND_COUNT);
    GM_ASSERT(entry->seq > 0);

    put_head(entry, at);
    uint8_t *next = at + GM_ENTRY_HEAD_BYTES;
    if (has_source(entry->kind)) {
        put_source(entry, at);
        next += GM_ENTRY_FOLLOW_BYTES;
    }
    for (size_t i = 0; i < entry->event_count; i++) {
        gm_put_u32(next, (uint32_t)entry->events[i].size);
        next = put_run(next + EVENT_HEAD_BYTES, entry->events[i]);
    }
    for (size_t i = 0; i < entry->foreign_count; i++) {
        const struct gm_foreign_event *foreign = &entry->foreign[i];
        gm_put_u64(next, foreign->seq);
        gm_put_u64(next + 8, (uint64_t)foreign->time_ms);
        gm_put_u32(next + 16, (uint32_t)foreign->event.size);
        next = put_run(next + FOREIGN_HEAD_BYTES, foreign->event);
    }
    next = put_run(next, entry->reply);
    GM_ASSERT(next == at + size);

    gm_put_u32(at + AT_SIZE, (uint32_t)size);
    gm_put_u32(at + AT_CRC, crc_of(at, size));
}

static struct gm_id get_id(const uint8_t *at)
{
    struct gm_id id;
    memcpy(id.v, at, GM_ID_BYTES);
    return id;
}

static void get_head(const uint8_t *at, struct gm_entry *ret_entry)
{
    *ret_entry = (struct gm_entry){
        .kind = (enum gm_entry_kind)at[AT_KIND],
        .method = gm_get_u16(at + AT_METHOD),
        .reason = gm_get_u16(at + AT_REASON),
        .status = gm_get_u16(at + AT_STATUS),
        .seq = gm_get_u64(at + AT_SEQ),
        .time_ms = (int64_t)gm_get_u64(at + AT_TIME),
        .id = get_id(at + AT_ID),
        .command_id = get_id(at + AT_COMMAND_ID),
        .member = get_id(at + AT_MEMBER),
        .gateway = get_id(at + AT_GATEWAY),
        .content_hash = get_id(at + AT_CONTENT_HASH),
        .trace_id = get_id(at + AT_TRACE_ID),
        .event_count = gm_get_u16(at + AT_EVENT_COUNT),
        .foreign_count = gm_get_u16(at + AT_FOREIGN_COUNT),
    };
}

static void get_source(const uint8_t *at, struct gm_entry *entry)
{
    entry->source_journal = gm_get_u64(at + AT_SOURCE_JOURNAL);
    entry->from = gm_get_u64(at + AT_FROM);
    entry->through = gm_get_u64(at + AT_THROUGH);
    memcpy(entry->source_hash.v, at + AT_SOURCE_HASH, GM_HASH_BYTES);
}

/* Cuts size bytes off the front of rest; false, and rest as it was, where it holds fewer. */
static bool take(struct gm_bytes *rest, size_t size, struct gm_bytes *ret_run)
{
    if (size > rest->size) return false;
    *ret_run = gm_bytes(rest->at, size);
    rest->at += size;
    rest->size -= size;
    return true;
}

static enum gm_status get_events(struct gm_bytes *rest, size_t count, struct gm_arena *arena,
                                 const struct gm_bytes **ret_events)
{
    if (count == 0) return GM_OK;
    /* Before the arena is asked: how much it gives is bounded by the bytes that are there. */
    if (count * EVENT_HEAD_BYTES > rest->size) return GM_CORRUPT;
    struct gm_bytes *events = gm_arena_alloc(arena, count * sizeof *events);
    if (events == NULL) return GM_TOO_LARGE;

    for (size_t i = 0; i < count; i++) {
        struct gm_bytes head;
        if (!take(rest, EVENT_HEAD_BYTES, &head)) return GM_CORRUPT;
        if (!take(rest, gm_get_u32(head.at), &events[i])) return GM_CORRUPT;
    }
    *ret_events = events;
    return GM_OK;
}

static enum gm_status get_foreign(struct gm_bytes *rest, size_t count, struct gm_arena *arena,
                                  const struct gm_foreign_event **ret_foreign)
{
    if (count == 0) return GM_OK;
    if (count * FOREIGN_HEAD_BYTES > rest->size) return GM_CORRUPT;
    struct gm_foreign_event *foreign = gm_arena_alloc(arena, count * sizeof *foreign);
    if (foreign == NULL) return GM_TOO_LARGE;

    for (size_t i = 0; i < count; i++) {
        struct gm_bytes head;
        if (!take(rest, FOREIGN_HEAD_BYTES, &head)) return GM_CORRUPT;
        foreign[i].seq = gm_get_u64(head.at);
        foreign[i].time_ms = (int64_t)gm_get_u64(head.at + 8);
        if (!take(rest, gm_get_u32(head.at + 16), &foreign[i].event)) return GM_CORRUPT;
    }
    *ret_foreign = foreign;
    return GM_OK;
}

/* What follows the head: source, events, foreign events, reply, and nothing after. */
static enum gm_status get_rest(const uint8_t *at, size_t size, struct gm_arena *arena,
                               struct gm_entry *entry)
{
    struct gm_bytes rest = gm_bytes(at + GM_ENTRY_HEAD_BYTES, size - GM_ENTRY_HEAD_BYTES);
    if (has_source(entry->kind)) {
        struct gm_bytes source;
        if (!take(&rest, GM_ENTRY_FOLLOW_BYTES, &source)) return GM_CORRUPT;
        get_source(at, entry);
    }
    enum gm_status status = get_events(&rest, entry->event_count, arena, &entry->events);
    if (status != GM_OK) return status;
    status = get_foreign(&rest, entry->foreign_count, arena, &entry->foreign);
    if (status != GM_OK) return status;
    if (!take(&rest, gm_get_u32(at + AT_REPLY_BYTES), &entry->reply)) return GM_CORRUPT;
    return rest.size == 0 ? GM_OK : GM_CORRUPT;
}

enum gm_status gm_entry_decode(struct gm_bytes bytes, struct gm_arena *arena,
                               struct gm_entry *ret_entry, size_t *ret_bytes)
{
    if (!gm_entry_intact(bytes)) return GM_CORRUPT;
    const uint8_t *at = bytes.at;
    const size_t size = gm_entry_peek(bytes);
    if (at[AT_FORMAT] > GM_ENTRY_FORMAT) return GM_NEWER;
    if (at[AT_FORMAT] < GM_ENTRY_FORMAT) return GM_CORRUPT;
    if (at[AT_KIND] >= GM_ENTRY_KIND_COUNT) return GM_NEWER; /* kinds are only appended to */
    if (at[AT_KIND] == GM_ENTRY_NONE) return GM_CORRUPT;

    struct gm_entry entry;
    get_head(at, &entry);
    if (entry.seq == 0) return GM_CORRUPT;
    const size_t mark = gm_arena_mark(arena);
    const enum gm_status status = get_rest(at, size, arena, &entry);
    if (status != GM_OK) {
        gm_arena_rewind(arena, mark);
        return status;
    }
    *ret_entry = entry;
    *ret_bytes = size;
    return GM_OK;
}

size_t gm_entry_peek(struct gm_bytes bytes)
{
    if (bytes.size < GM_ENTRY_HEAD_BYTES) return 0;
    const size_t size = gm_get_u32(bytes.at + AT_SIZE);
    if (size < GM_ENTRY_HEAD_BYTES || size > GM_ENTRY_BYTES_MAX) return 0;
    return size <= bytes.size ? size : 0;
}

uint64_t gm_entry_peek_seq(struct gm_bytes bytes)
{
    return gm_get_u64(bytes.at + AT_SEQ);
}

bool gm_entry_intact(struct gm_bytes bytes)
{
    const size_t size = gm_entry_peek(bytes);
    return size > 0 && gm_get_u32(bytes.at + AT_CRC) == crc_of(bytes.at, size);
}

struct gm_hash gm_entry_hash(struct gm_bytes encoded)
{
    return gm_blake2b(&encoded, 1);
}
