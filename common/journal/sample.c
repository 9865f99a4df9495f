#include "journal/sample.h"

#include "base/assert.h"

enum {
    RUNS_MAX = 5,
    RUN_BYTES_MAX = 40,
};

/* SplitMix64. */
uint64_t sample_next(struct sample *sample)
{
    uint64_t mixed = sample->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

uint64_t sample_below(struct sample *sample, uint64_t limit)
{
    return sample_next(sample) % limit;
}

void sample_fill(struct sample *sample, void *at, size_t size)
{
    uint8_t *byte = at;
    for (size_t i = 0; i < size; i++) {
        byte[i] = (uint8_t)sample_next(sample);
    }
}

struct gm_id sample_id(struct sample *sample)
{
    struct gm_id id;
    sample_fill(sample, id.v, sizeof id.v);
    return id;
}

static struct gm_bytes sample_run(struct sample *sample, struct gm_arena *arena)
{
    const size_t size = sample_below(sample, RUN_BYTES_MAX + 1);
    if (size == 0) return gm_bytes(NULL, 0);
    uint8_t *at = gm_arena_alloc(arena, size);
    GM_ASSERT(at != NULL);
    sample_fill(sample, at, size);
    return gm_bytes(at, size);
}

static struct gm_entry sample_head(struct sample *sample, enum gm_entry_kind kind, uint64_t seq)
{
    struct gm_entry entry = {
        .kind = kind,
        .method = (uint16_t)sample_next(sample),
        .reason = (uint16_t)sample_next(sample),
        .status = (uint16_t)sample_next(sample),
        .seq = seq,
        .time_ms = (int64_t)sample_next(sample),
        .id = sample_id(sample),
        .command_id = sample_id(sample),
        .member = sample_id(sample),
        .gateway = sample_id(sample),
        .content_hash = sample_id(sample),
        .trace_id = sample_id(sample),
    };
    if (kind == GM_ENTRY_FOLLOW || kind == GM_ENTRY_RESET) {
        entry.source_journal = sample_next(sample);
        entry.from = sample_next(sample);
        entry.through = sample_next(sample);
        sample_fill(sample, entry.source_hash.v, sizeof entry.source_hash.v);
    }
    return entry;
}

struct gm_entry sample_entry(struct sample *sample, struct gm_arena *arena, enum gm_entry_kind kind,
                             uint64_t seq)
{
    struct gm_entry entry = sample_head(sample, kind, seq);
    entry.event_count = (uint16_t)sample_below(sample, RUNS_MAX + 1);
    entry.foreign_count = (uint16_t)sample_below(sample, RUNS_MAX + 1);
    struct gm_bytes *events = GM_ARENA_ARRAY(arena, struct gm_bytes, RUNS_MAX);
    struct gm_foreign_event *foreign = GM_ARENA_ARRAY(arena, struct gm_foreign_event, RUNS_MAX);
    GM_ASSERT(events != NULL);
    GM_ASSERT(foreign != NULL);
    for (size_t i = 0; i < entry.event_count; i++) {
        events[i] = sample_run(sample, arena);
    }
    for (size_t i = 0; i < entry.foreign_count; i++) {
        foreign[i].seq = sample_next(sample);
        foreign[i].time_ms = (int64_t)sample_next(sample);
        foreign[i].event = sample_run(sample, arena);
    }
    entry.events = events;
    entry.foreign = foreign;
    entry.reply = sample_run(sample, arena);
    return entry;
}

struct gm_batch sample_batch(struct sample *sample, const struct gm_journal_tail *tail,
                             uint32_t count, size_t each, uint8_t *at)
{
    static const uint8_t filling[GM_ENTRY_BYTES_MAX] = {'c', 'l', 'a', 'y'};
    enum { EVENT_HEAD_BYTES = 4 };
    GM_ASSERT(each == GM_ENTRY_HEAD_BYTES || each >= GM_ENTRY_HEAD_BYTES + EVENT_HEAD_BYTES);

    for (uint32_t i = 0; i < count; i++) {
        struct gm_entry entry = sample_head(sample, GM_ENTRY_COMMAND, tail->seq + 1 + i);
        const bool has_event = each > GM_ENTRY_HEAD_BYTES;
        const size_t event_bytes = has_event ? each - GM_ENTRY_HEAD_BYTES - EVENT_HEAD_BYTES : 0;
        const struct gm_bytes event = gm_bytes(filling, event_bytes);
        entry.events = &event;
        entry.event_count = has_event ? 1 : 0;
        GM_ASSERT(gm_entry_bytes(&entry) == each);
        gm_entry_encode(&entry, at + i * each);
    }
    return (struct gm_batch){
        .fold_version = 1 + (uint32_t)sample_below(sample, 3),
        .journal_id = tail->journal_id,
        .batch_id = sample_id(sample),
        .epoch = tail->epoch,
        .first_seq = tail->seq + 1,
        .count = count,
        .state_hash = sample_next(sample),
        .state_known = true,
        .entries = gm_bytes(at, count * each),
    };
}
