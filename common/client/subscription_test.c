#include "client/subscription.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "methods.h"
#include "wire/check.h"

static struct gm_arena arena; /* chunks */

/* ---- what a service says ---- */

struct said {
    uint8_t header[GM_REPLY_HEADER_BYTES_MAX];
    uint8_t body[64 * 1024];
    struct gm_frames frames;
};

static void say(struct said *said, uint64_t request_id, enum gm_code status, bool more,
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

static void say_refusal(struct said *said, uint64_t request_id, enum gm_reason reason,
                        uint32_t retry_after_ms)
{
    const struct gm_refusal refusal = {.reason = reason, .retry_after_ms = retry_after_ms};
    const size_t size = gm_refusal_encode(&refusal, GM_LANGUAGE_EN, said->body);
    say(said, request_id, gm_reason_row(reason)->status, false, size);
}

/* Of entry seq in history journal, as if each entry were a batch of its own. */
static struct gm_hash hash_of(uint64_t journal, uint64_t seq)
{
    struct gm_hash hash = {{0}};
    if (seq == 0) return hash;
    gm_put_u64(hash.v, journal);
    gm_put_u64(hash.v + 8, seq);
    return hash;
}

struct shape { /* a chunk of entries from to through, each with one event of `bytes` */
    uint64_t journal, from, through;
    size_t event_bytes;
    bool no_through, short_hash, no_hash, repeated_entry, entry_behind;
};

static void say_chunk(struct said *said, uint64_t request_id, const struct shape *shape)
{
    enum { ENTRIES_MAX = 16 };
    Wire__StreamEntry entries[ENTRIES_MAX];
    Wire__StreamEntry *list[ENTRIES_MAX];
    ProtobufCBinaryData events[ENTRIES_MAX];
    static uint8_t event[60 * 1024];
    Wire__Position through = WIRE__POSITION__INIT;
    through.journal_id = shape->journal;
    through.seq = shape->through;
    Wire__StreamChunk chunk = WIRE__STREAM_CHUNK__INIT;
    struct gm_hash hash = hash_of(shape->journal, shape->no_hash ? 0 : shape->through);
    if (!shape->no_through) chunk.through = &through;
    chunk.from = shape->from;
    chunk.head_seq = shape->through + 100;
    chunk.batch_hash = (ProtobufCBinaryData){shape->short_hash ? 31 : GM_HASH_BYTES, hash.v};
    chunk.entries = list;
    for (uint64_t seq = shape->from; seq <= shape->through; seq++) {
        const size_t i = chunk.n_entries++;
        assert_true(i < ENTRIES_MAX);
        wire__stream_entry__init(&entries[i]);
        entries[i].seq = seq;
        if (shape->repeated_entry) entries[i].seq = shape->from;
        if (shape->entry_behind) entries[i].seq = seq + 1;
        events[i] = (ProtobufCBinaryData){shape->event_bytes, event};
        entries[i].n_events = 1;
        entries[i].events = &events[i];
        list[i] = &entries[i];
    }
    const size_t size = wire__stream_chunk__get_packed_size(&chunk);
    assert_true(size <= sizeof said->body);
    say(said, request_id, GM_CODE_OK, true, wire__stream_chunk__pack(&chunk, said->body));
}

/* ---- what a subscriber says ---- */

struct asked {
    struct gm_request_header header;
    bool is_credit, from_head, has_after, end;
    uint64_t journal, seq, subscription;
    struct gm_hash hash;
    uint32_t bytes;
};

static bool next_asked(struct gm_subscription *subscription, struct gm_calls *calls, int64_t ms,
                       struct asked *ret_asked)
{
    struct gm_subscription_message message;
    struct asked asked = {0};
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    if (!gm_subscription_output(subscription, calls, ms, &message)) return false;
    assert_int_equal(
        gm_request_header_decode(gm_bytes(message.header, message.header_bytes), &asked.header),
        GM_REASON_NONE);
    const struct gm_method *method = gm_method_find((uint16_t)asked.header.method);
    ProtobufCMessage *body;
    gm_arena_reset(&arena);
    /* The service takes it. */
    assert_int_equal(gm_message_check(gm_bytes(message.body, message.body_bytes), method->request,
                                      &arena, &body, field),
                     GM_REASON_NONE);
    asked.is_credit = method->number == GM_METHOD_HOST_CREDIT;
    if (asked.is_credit) {
        const Wire__CreditRequest *credit = (const void *)body;
        asked.subscription = credit->subscription;
        asked.bytes = credit->bytes;
        asked.end = credit->end;
    } else {
        const Wire__SubscribeRequest *subscribe = (const void *)body;
        asked.from_head = subscribe->from_head;
        asked.has_after = subscribe->after != NULL;
        if (asked.has_after) {
            asked.journal = subscribe->after->journal_id;
            asked.seq = subscribe->after->seq;
        }
        if (subscribe->batch_hash.len == GM_HASH_BYTES) {
            memcpy(asked.hash.v, subscribe->batch_hash.data, GM_HASH_BYTES);
        }
        asked.bytes = subscribe->credit_bytes;
    }
    *ret_asked = asked;
    return true;
}

struct pair {
    struct gm_calls *calls;
    struct gm_subscription subscription;
    struct said said;
    struct asked asked; /* the Subscribe that was sent last */
};

static void begin(struct pair *pair, const struct gm_subscription_config *config)
{
    pair->calls = gm_calls_new(1, 10);
    gm_subscription_init(&pair->subscription, config, 1, 0);
    assert_true(next_asked(&pair->subscription, pair->calls, 0, &pair->asked));
    assert_false(pair->asked.is_credit);
    assert_int_equal(pair->subscription.state, GM_SUBSCRIPTION_ASKED);
}

static enum gm_stream_heard hear(struct pair *pair, int64_t ms)
{
    const Wire__StreamChunk *chunk = NULL;
    gm_arena_reset(&arena);
    const enum gm_stream_heard heard =
        gm_subscription_hear(&pair->subscription, ms, &pair->said.frames, &arena, &chunk);
    assert_int_equal(chunk != NULL, heard == GM_STREAM_CHUNK);
    return heard;
}

static enum gm_stream_heard hear_chunk(struct pair *pair, int64_t ms, struct shape shape)
{
    say_chunk(&pair->said, pair->asked.header.request_id, &shape);
    return hear(pair, ms);
}

static enum gm_stream_heard hear_refusal(struct pair *pair, int64_t ms, enum gm_reason reason,
                                         uint32_t retry_after_ms)
{
    say_refusal(&pair->said, pair->asked.header.request_id, reason, retry_after_ms);
    return hear(pair, ms);
}

/* ---- asking ---- */

static void it_asks_from_the_place_that_it_was_given(void **state)
{
    (void)state;
    const struct gm_stream_place place = {{7, 42}, hash_of(7, 42)};
    struct pair pair;
    begin(&pair, &(struct gm_subscription_config){.after = place, .member = {{5}}});
    assert_int_equal(pair.asked.header.member.v[0], 5);
    assert_true(pair.asked.has_after && !pair.asked.from_head);
    assert_int_equal(pair.asked.journal, 7);
    assert_int_equal(pair.asked.seq, 42);
    assert_int_equal(gm_hash_compare(&pair.asked.hash, &place.batch_hash), 0);
    assert_int_equal(pair.asked.bytes, GM_STREAM_CREDIT_DEFAULT);
    gm_calls_free(pair.calls);

    begin(&pair, &(struct gm_subscription_config){.credit_bytes = 1});
    assert_false(pair.asked.has_after || pair.asked.from_head);
    assert_int_equal(pair.asked.bytes, GM_STREAM_CREDIT_MIN);
    gm_calls_free(pair.calls);

    begin(&pair, &(struct gm_subscription_config){.from_head = true, .credit_bytes = UINT32_MAX});
    assert_true(pair.asked.from_head && !pair.asked.has_after);
    assert_int_equal(pair.asked.bytes, GM_STREAM_CREDIT_MAX);
    gm_calls_free(pair.calls);
}

static void chunks_in_step_are_shown_and_move_the_place(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair, &(struct gm_subscription_config){0});
    assert_int_equal(hear_chunk(&pair, 1, (struct shape){.journal = 7, .from = 1, .through = 3}),
                     GM_STREAM_CHUNK);
    assert_int_equal(pair.subscription.place.position.journal_id, 7);
    assert_int_equal(pair.subscription.place.position.seq, 3);
    assert_int_equal(pair.subscription.head_seq, 103);
    assert_int_equal(hear_chunk(&pair, 2, (struct shape){.journal = 7, .from = 4, .through = 4}),
                     GM_STREAM_CHUNK);
    /* A beat: nothing new. */
    assert_int_equal(hear_chunk(&pair, 3, (struct shape){.journal = 7, .from = 5, .through = 4}),
                     GM_STREAM_KEPT);
    const struct gm_hash hash = hash_of(7, 4);
    assert_int_equal(gm_hash_compare(&pair.subscription.place.batch_hash, &hash), 0);
    gm_calls_free(pair.calls);
}

static void a_chunk_out_of_step_is_not_shown_and_it_asks_again(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        struct shape shape;
    } rows[] = {
        {"one left out", {.journal = 7, .from = 5, .through = 6}},
        {"one twice", {.journal = 7, .from = 3, .through = 4}},
        {"another history", {.journal = 8, .from = 4, .through = 4}},
        {"no history", {.journal = 0, .from = 4, .through = 4}},
        {"through before from", {.journal = 7, .from = 4, .through = 2}},
        {"no through", {.journal = 7, .from = 4, .through = 4, .no_through = true}},
        {"half a hash", {.journal = 7, .from = 4, .through = 4, .short_hash = true}},
        {"an entry twice", {.journal = 7, .from = 4, .through = 5, .repeated_entry = true}},
        {"an entry behind it", {.journal = 7, .from = 4, .through = 4, .entry_behind = true}},
        {"from 0", {.journal = 7, .from = 0, .through = 4}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        begin(&pair, &(struct gm_subscription_config){0});
        assert_int_equal(
            hear_chunk(&pair, 1, (struct shape){.journal = 7, .from = 1, .through = 3}),
            GM_STREAM_CHUNK);
        const uint64_t lost = pair.asked.header.request_id;
        if (hear_chunk(&pair, 2, rows[i].shape) != GM_STREAM_KEPT) fail_msg("%s", rows[i].label);
        assert_int_equal(pair.subscription.place.position.seq, 3);

        /* The old one is ended, a new one goes on from the last whole chunk. */
        struct asked asked;
        assert_true(next_asked(&pair.subscription, pair.calls, 2, &asked));
        assert_true(asked.is_credit && asked.end);
        assert_int_equal(asked.subscription, lost);
        assert_true(next_asked(&pair.subscription, pair.calls, 2, &asked));
        assert_false(asked.is_credit);
        assert_int_equal(asked.journal, 7);
        assert_int_equal(asked.seq, 3);

        /* What still comes from the old one is not heard. */
        assert_int_equal(
            hear_chunk(&pair, 3, (struct shape){.journal = 7, .from = 4, .through = 4}),
            GM_STREAM_NOTHING);
        pair.asked = asked;
        assert_int_equal(
            hear_chunk(&pair, 3, (struct shape){.journal = 7, .from = 4, .through = 4}),
            GM_STREAM_CHUNK);
        gm_calls_free(pair.calls);
    }
}

static void bytes_that_are_no_chunk_are_not_shown(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair, &(struct gm_subscription_config){0});
    memset(pair.said.body, 0xff, 100);
    say(&pair.said, pair.asked.header.request_id, GM_CODE_OK, true, 100);
    assert_int_equal(hear(&pair, 1), GM_STREAM_KEPT);
    assert_int_equal(pair.subscription.state, GM_SUBSCRIPTION_PAUSED);
    gm_calls_free(pair.calls);
}

static void silence_ends_patience(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    begin(&pair, &(struct gm_subscription_config){0});
    /* Beats keep it. */
    assert_int_equal(hear_chunk(&pair, 4000, (struct shape){.journal = 7, .from = 1, .through = 0}),
                     GM_STREAM_KEPT);
    assert_int_equal(gm_subscription_wake_ms(&pair.subscription), 4000 + GM_STREAM_PATIENCE_MS);
    assert_false(next_asked(&pair.subscription, pair.calls, 8999, &asked));
    assert_true(next_asked(&pair.subscription, pair.calls, 9000, &asked));
    assert_true(asked.is_credit && asked.end);
    assert_true(next_asked(&pair.subscription, pair.calls, 9000, &asked));
    assert_false(asked.is_credit);
    assert_int_equal(asked.journal, 7);
    gm_calls_free(pair.calls);
}

static void a_new_connection_asks_at_once_from_where_it_was(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    begin(&pair, &(struct gm_subscription_config){0});
    assert_int_equal(hear_chunk(&pair, 1, (struct shape){.journal = 7, .from = 1, .through = 3}),
                     GM_STREAM_CHUNK);
    gm_subscription_disconnected(&pair.subscription, 10);
    assert_true(next_asked(&pair.subscription, pair.calls, 10, &asked));
    assert_false(asked.is_credit); /* the service has nothing to end */
    assert_int_equal(asked.seq, 3);
    assert_int_equal(pair.subscription.gaps, 0);
    gm_calls_free(pair.calls);
}

/* ---- credit ---- */

static void credit_is_given_back_before_it_is_used_up(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    begin(&pair, &(struct gm_subscription_config){.credit_bytes = 64 * 1024});
    uint64_t owed = 0;
    for (uint64_t seq = 1; seq <= 5; seq++) {
        assert_int_equal(
            hear_chunk(
                &pair, 1,
                (struct shape){.journal = 7, .from = seq, .through = seq, .event_bytes = 10000}),
            GM_STREAM_CHUNK);
        owed += pair.said.frames.body.size;
        const bool gives = next_asked(&pair.subscription, pair.calls, 1, &asked);
        assert_int_equal(gives, owed >= 16 * 1024);
        if (!gives) continue;
        assert_true(asked.is_credit && !asked.end);
        assert_int_equal(asked.subscription, pair.asked.header.request_id);
        assert_int_equal(asked.bytes, owed);
        owed = 0;
        /* Its answer is swallowed. */
        say(&pair.said, asked.header.request_id, GM_CODE_OK, false, 0);
        assert_int_equal(hear(&pair, 1), GM_STREAM_KEPT);
    }
    /* A beat costs nothing. */
    const uint32_t before = pair.subscription.owed_bytes;
    assert_int_equal(hear_chunk(&pair, 3, (struct shape){.journal = 7, .from = 6, .through = 5}),
                     GM_STREAM_KEPT);
    assert_int_equal(pair.subscription.owed_bytes, before);
    gm_calls_free(pair.calls);
}

static void credit_for_what_the_service_has_dropped_makes_it_ask_again(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    begin(&pair, &(struct gm_subscription_config){.credit_bytes = 64 * 1024});
    assert_int_equal(
        hear_chunk(&pair, 1,
                   (struct shape){.journal = 7, .from = 1, .through = 2, .event_bytes = 10000}),
        GM_STREAM_CHUNK);
    assert_true(next_asked(&pair.subscription, pair.calls, 1, &asked));
    say_refusal(&pair.said, asked.header.request_id, GM_REASON_POSITION_UNKNOWN, 0);
    assert_int_equal(hear(&pair, 1), GM_STREAM_KEPT);
    assert_true(next_asked(&pair.subscription, pair.calls, 1, &asked)); /* ends it, to be sure */
    assert_true(next_asked(&pair.subscription, pair.calls, 1, &asked));
    assert_int_equal(asked.seq, 2);
    gm_calls_free(pair.calls);
}

/* ---- refusals ---- */

static void a_position_that_is_unknown_is_for_the_user_to_act_on(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    const struct gm_stream_place place = {{7, 42}, hash_of(7, 42)};
    begin(&pair, &(struct gm_subscription_config){.after = place});
    assert_int_equal(hear_refusal(&pair, 1, GM_REASON_POSITION_UNKNOWN, 0), GM_STREAM_OVER);
    assert_int_equal(pair.subscription.state, GM_SUBSCRIPTION_OVER);
    assert_int_equal(pair.subscription.reason, GM_REASON_POSITION_UNKNOWN);
    assert_false(next_asked(&pair.subscription, pair.calls, 100000, &asked));
    assert_int_equal(gm_subscription_wake_ms(&pair.subscription), INT64_MAX);
    assert_int_equal(pair.subscription.place.position.seq, 42);
    gm_calls_free(pair.calls);
}

static void a_transient_refusal_is_asked_again_later_and_later(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair, &(struct gm_subscription_config){0});
    int64_t ms = 0, most_ms = GM_STREAM_PAUSE_MS;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(hear_refusal(&pair, ms, GM_REASON_OPEN_LIMIT, 0), GM_STREAM_KEPT);
        const int64_t wake_ms = gm_subscription_wake_ms(&pair.subscription);
        assert_in_range(wake_ms - ms, most_ms / 2, most_ms);
        struct asked asked;
        assert_false(next_asked(&pair.subscription, pair.calls, wake_ms - 1, &asked));
        assert_true(next_asked(&pair.subscription, pair.calls, wake_ms, &pair.asked));
        most_ms = most_ms * 2 < GM_STREAM_PAUSE_MAX_MS ? most_ms * 2 : GM_STREAM_PAUSE_MAX_MS;
        ms = wake_ms;
    }
    assert_int_equal(hear_refusal(&pair, ms, GM_REASON_DRAINING, 60000), GM_STREAM_KEPT);
    assert_in_range(gm_subscription_wake_ms(&pair.subscription) - ms, 30000, 60000);
    gm_calls_free(pair.calls);
}

static void one_that_its_user_ends_says_so_once(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    begin(&pair, &(struct gm_subscription_config){0});
    gm_subscription_end(&pair.subscription);
    assert_true(next_asked(&pair.subscription, pair.calls, 1, &asked));
    assert_true(asked.is_credit && asked.end);
    assert_int_equal(asked.subscription, pair.asked.header.request_id);
    assert_false(next_asked(&pair.subscription, pair.calls, 100000, &asked));
    gm_calls_free(pair.calls);
}

/* ---- from the head ---- */

static void one_from_the_head_goes_on_from_what_it_heard(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    begin(&pair, &(struct gm_subscription_config){.from_head = true});
    assert_int_equal(hear_chunk(&pair, 1, (struct shape){.journal = 7, .from = 91, .through = 90}),
                     GM_STREAM_KEPT);
    gm_subscription_disconnected(&pair.subscription, 2);
    assert_true(next_asked(&pair.subscription, pair.calls, 2, &asked));
    assert_false(asked.from_head);
    assert_int_equal(asked.seq, 90);
    assert_int_equal(pair.subscription.gaps, 0);
    gm_calls_free(pair.calls);
}

static void one_from_the_head_that_cannot_go_on_counts_the_gap(void **state)
{
    (void)state;
    struct pair pair;
    struct asked asked;
    begin(&pair, &(struct gm_subscription_config){.from_head = true});
    /* The service does not know the hash of its head yet. */
    assert_int_equal(
        hear_chunk(&pair, 1,
                   (struct shape){.journal = 7, .from = 91, .through = 90, .no_hash = true}),
        GM_STREAM_KEPT);
    /* In step with that beat all the same. */
    assert_int_equal(hear_chunk(&pair, 1, (struct shape){.journal = 7, .from = 93, .through = 93}),
                     GM_STREAM_KEPT);
    assert_int_equal(pair.subscription.gaps, 1);
    assert_true(next_asked(&pair.subscription, pair.calls, 2, &asked)); /* end */
    assert_true(next_asked(&pair.subscription, pair.calls, 2, &pair.asked));
    assert_true(pair.asked.from_head && !pair.asked.has_after);
    assert_int_equal(hear_chunk(&pair, 3, (struct shape){.journal = 7, .from = 94, .through = 95}),
                     GM_STREAM_CHUNK);
    gm_subscription_disconnected(&pair.subscription, 4);
    assert_true(next_asked(&pair.subscription, pair.calls, 4, &asked));
    assert_false(asked.from_head);
    assert_int_equal(asked.seq, 95);
    assert_int_equal(pair.subscription.gaps, 1);
    gm_calls_free(pair.calls);
}

/* ---- a service that loses, doubles and delays what it says, and breaks off ---- */

enum { ENTRIES = 400, QUEUE_MAX = 64 };

struct stream { /* one subscription, at the service */
    uint64_t request_id;
    uint64_t next_seq;
    int64_t credit;
};

static uint64_t first_seed = 1;

static unsigned run_world(uint64_t seed)
{
    struct gm_random dice;
    struct pair pair = {.calls = gm_calls_new(seed, 10)};
    struct stream stream = {0};
    uint64_t shown = 0, refused = 0;
    unsigned asked_count = 0;
    gm_random_seed(&dice, seed);
    gm_subscription_init(&pair.subscription,
                         &(struct gm_subscription_config){.credit_bytes = 64 * 1024}, seed, 0);
    int64_t beat_ms = 0;
    for (int64_t ms = 0; shown < ENTRIES; ms++) {
        assert_true(ms < 10 * 60 * 1000); /* it gets there */
        struct asked asked;
        while (next_asked(&pair.subscription, pair.calls, ms, &asked)) {
            if (gm_random_chance(&dice, 50000)) continue; /* lost */
            if (asked.is_credit && asked.end) {
                if (asked.subscription == stream.request_id) stream.request_id = 0;
            } else if (asked.is_credit) {
                const bool known = asked.subscription == stream.request_id;
                if (known) stream.credit += asked.bytes;
                say(&pair.said, asked.header.request_id, GM_CODE_OK, false, 0);
                if (!known) {
                    say_refusal(&pair.said, asked.header.request_id, GM_REASON_POSITION_UNKNOWN, 0);
                }
                hear(&pair, ms);
            } else if (gm_random_chance(&dice, 100000)) {
                refused++;
                say_refusal(&pair.said, asked.header.request_id, GM_REASON_DRAINING, 0);
                hear(&pair, ms);
            } else {
                asked_count++;
                assert_int_equal(asked.seq, shown); /* from what was shown, nothing else */
                stream = (struct stream){asked.header.request_id, asked.seq + 1, asked.bytes};
            }
        }
        if (gm_random_chance(&dice, 300)) { /* the connection breaks */
            stream.request_id = 0;
            gm_subscription_disconnected(&pair.subscription, ms);
        }
        if (gm_random_chance(&dice, 300)) stream.request_id = 0; /* the service drops it */
        if (stream.request_id == 0) continue;

        struct shape shape = {
            .journal = 7, .from = stream.next_seq, .through = stream.next_seq - 1};
        if (stream.credit > 0 && stream.next_seq <= ENTRIES && gm_random_chance(&dice, 100000)) {
            const uint64_t left = ENTRIES - stream.next_seq + 1;
            shape.through += 1 + gm_random_below(&dice, left < 4 ? left : 4);
            shape.event_bytes = gm_random_below(&dice, 10000);
        } else if (ms < beat_ms + 1000) {
            continue;
        }
        beat_ms = ms;
        say_chunk(&pair.said, stream.request_id, &shape);
        if (shape.through >= shape.from) stream.credit -= (int64_t)pair.said.frames.body.size;
        stream.next_seq = shape.through + 1;
        if (gm_random_chance(&dice, 50000)) continue; /* lost */
        for (int copies = gm_random_chance(&dice, 50000) ? 2 : 1; copies > 0; copies--) {
            if (hear(&pair, ms) != GM_STREAM_CHUNK) continue;
            assert_int_equal(shape.from, shown + 1); /* each once, in order */
            shown = shape.through;
            assert_int_equal(pair.subscription.place.position.seq, shown);
        }
    }
    gm_calls_free(pair.calls);
    return asked_count;
}

static void every_entry_is_shown_once_and_in_order_whatever_is_lost(void **state)
{
    (void)state;
    unsigned asked = 0;
    for (uint64_t seed = first_seed; seed < first_seed + 50; seed++) {
        asked += run_world(seed);
    }
    assert_true(asked > 100); /* it was tried */
}

int main(int argc, char **argv)
{
    if (argc > 1) first_seed = strtoull(argv[1], NULL, 10);
    printf("seeds from %llu\n", (unsigned long long)first_seed);
    if (gm_arena_init(&arena, GM_CHUNK_ARENA_BYTES) != GM_OK) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_from_the_place_that_it_was_given),
        cmocka_unit_test(chunks_in_step_are_shown_and_move_the_place),
        cmocka_unit_test(a_chunk_out_of_step_is_not_shown_and_it_asks_again),
        cmocka_unit_test(bytes_that_are_no_chunk_are_not_shown),
        cmocka_unit_test(silence_ends_patience),
        cmocka_unit_test(a_new_connection_asks_at_once_from_where_it_was),
        cmocka_unit_test(credit_is_given_back_before_it_is_used_up),
        cmocka_unit_test(credit_for_what_the_service_has_dropped_makes_it_ask_again),
        cmocka_unit_test(a_position_that_is_unknown_is_for_the_user_to_act_on),
        cmocka_unit_test(a_transient_refusal_is_asked_again_later_and_later),
        cmocka_unit_test(one_that_its_user_ends_says_so_once),
        cmocka_unit_test(one_from_the_head_goes_on_from_what_it_heard),
        cmocka_unit_test(one_from_the_head_that_cannot_go_on_counts_the_gap),
        cmocka_unit_test(every_entry_is_shown_once_and_in_order_whatever_is_lost),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gm_arena_release(&arena);
    return failed;
}
