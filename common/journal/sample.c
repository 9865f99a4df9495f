#include "journal/sample.h"

#include "base/assert.h"

enum {
    RUNS_MAX = 5,
    RUN_BYTES_MAX = 40,
};

struct gm_id sample_id(struct gm_random *random)
{
    struct gm_id id;
    gm_random_bytes(random, id.v, sizeof id.v);
    return id;
}

static struct gm_bytes sample_run(struct gm_random *random, struct gm_arena *arena)
{
    const size_t size = gm_random_below(random, RUN_BYTES_MAX + 1);
    if (size == 0) return gm_bytes(NULL, 0);
    uint8_t *at = gm_arena_alloc(arena, size);
    GM_ASSERT(at != NULL);
    gm_random_bytes(random, at, size);
    return gm_bytes(at, size);
}

static struct gm_entry sample_head(struct gm_random *random, enum gm_entry_kind kind, uint64_t seq)
{
    struct gm_entry entry = {
        .kind = kind,
        .method = (uint16_t)gm_random_u64(random),
        .reason = (uint16_t)gm_random_u64(random),
        .status = (uint16_t)gm_random_u64(random),
        .seq = seq,
        .time_ms = (int64_t)gm_random_u64(random),
        .id = sample_id(random),
        .command_id = sample_id(random),
        .member = sample_id(random),
        .gateway = sample_id(random),
        .content_hash = sample_id(random),
        .trace_id = sample_id(random),
    };
    if (kind == GM_ENTRY_FOLLOW || kind == GM_ENTRY_RESET) {
        entry.source_journal = gm_random_u64(random);
        entry.from = gm_random_u64(random);
        entry.through = gm_random_u64(random);
        gm_random_bytes(random, entry.source_hash.v, sizeof entry.source_hash.v);
    }
    return entry;
}

struct gm_entry sample_entry(struct gm_random *random, struct gm_arena *arena,
                             enum gm_entry_kind kind, uint64_t seq)
{
    struct gm_entry entry = sample_head(random, kind, seq);
    entry.event_count = (uint16_t)gm_random_below(random, RUNS_MAX + 1);
    entry.foreign_count = (uint16_t)gm_random_below(random, RUNS_MAX + 1);
    struct gm_bytes *events = GM_ARENA_ARRAY(arena, struct gm_bytes, RUNS_MAX);
    struct gm_foreign_event *foreign = GM_ARENA_ARRAY(arena, struct gm_foreign_event, RUNS_MAX);
    GM_ASSERT(events != NULL);
    GM_ASSERT(foreign != NULL);
    for (size_t i = 0; i < entry.event_count; i++) {
        events[i] = sample_run(random, arena);
    }
    for (size_t i = 0; i < entry.foreign_count; i++) {
        foreign[i].seq = gm_random_u64(random);
        foreign[i].time_ms = (int64_t)gm_random_u64(random);
        foreign[i].event = sample_run(random, arena);
    }
    entry.events = events;
    entry.foreign = foreign;
    entry.reply = sample_run(random, arena);
    return entry;
}

struct gm_batch sample_batch(struct gm_random *random, const struct gm_journal_tail *tail,
                             uint32_t count, size_t each, uint8_t *at)
{
    static const uint8_t filling[GM_ENTRY_BYTES_MAX] = {'c', 'l', 'a', 'y'};
    enum { EVENT_HEAD_BYTES = 4 };
    GM_ASSERT(each == GM_ENTRY_HEAD_BYTES || each >= GM_ENTRY_HEAD_BYTES + EVENT_HEAD_BYTES);

    for (uint32_t i = 0; i < count; i++) {
        struct gm_entry entry = sample_head(random, GM_ENTRY_COMMAND, tail->seq + 1 + i);
        const bool has_event = each > GM_ENTRY_HEAD_BYTES;
        const size_t event_bytes = has_event ? each - GM_ENTRY_HEAD_BYTES - EVENT_HEAD_BYTES : 0;
        const struct gm_bytes event = gm_bytes(filling, event_bytes);
        entry.events = &event;
        entry.event_count = has_event ? 1 : 0;
        GM_ASSERT(gm_entry_bytes(&entry) == each);
        gm_entry_encode(&entry, at + i * each);
    }
    return (struct gm_batch){
        .fold_version = 1 + (uint32_t)gm_random_below(random, 3),
        .journal_id = tail->journal_id,
        .batch_id = sample_id(random),
        .epoch = tail->epoch,
        .first_seq = tail->seq + 1,
        .count = count,
        .state_hash = gm_random_u64(random),
        .state_known = true,
        .entries = gm_bytes(at, count * each),
    };
}
