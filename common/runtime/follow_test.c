#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "methods.h"
#include "order.pb-c.h"
#include "wire.pb-c.h"
#include "wire/check.h"

enum { SOURCE = 77, RESTORED = 78 };

static int setup(void **state)
{
    *state = stand_new(&toy_follower);
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

static void feed(struct stand *stand, uint64_t journal_id, uint64_t from, uint64_t through)
{
    stand_feed(stand, GM_SERVICE_ORDER, journal_id, from, through, 1);
}

static const struct follower *follower(const struct stand *stand)
{
    assert_int_equal(stand->host->followers[0].follow->source, GM_SERVICE_ORDER);
    return &stand->host->followers[0];
}

/* The next request to the order service of this method, as decoded; NULL where there is none. */
static const ProtobufCMessage *asked(struct stand *stand, uint16_t method,
                                     const ProtobufCMessageDescriptor *descriptor,
                                     struct gm_request_header *ret_header)
{
    struct stand_request request;
    while (stand_request(stand, &request)) {
        if (request.to != GM_SERVICE_ORDER || request.header.method != method) continue;
        gm_arena_reset(&stand->arena);
        *ret_header = request.header;
        return gm_message_unpack(request.body, descriptor, &stand->arena);
    }
    return NULL;
}

static const Wire__SubscribeRequest *subscribed(struct stand *stand)
{
    struct gm_request_header header;
    return (const Wire__SubscribeRequest *)asked(stand, GM_METHOD_HOST_SUBSCRIBE,
                                                 &wire__subscribe_request__descriptor, &header);
}

static const Wire__CreditRequest *credited(struct stand *stand)
{
    struct gm_request_header header;
    return (const Wire__CreditRequest *)asked(stand, GM_METHOD_HOST_CREDIT,
                                              &wire__credit_request__descriptor, &header);
}

/* It has subscribed anew after seq of that history. */
static void expect_subscribed_after(struct stand *stand, uint64_t journal_id, uint64_t seq)
{
    stand_live(stand, 200);
    const Wire__SubscribeRequest *request = subscribed(stand);
    assert_non_null(request);
    assert_string_equal(request->service, "order");
    if (journal_id == 0) {
        assert_null(request->after);
        assert_int_equal(request->batch_hash.len, 0);
        return;
    }
    assert_true(request->after->journal_id == journal_id);
    assert_true(request->after->seq == seq);
    assert_int_equal(request->batch_hash.len, seq == 0 ? 0 : GM_HASH_BYTES);
    if (seq > 0) assert_int_equal(request->batch_hash.data[0], (uint8_t)seq);
}

/* A chunk with whatever a test makes of it. */
struct made_chunk {
    uint64_t journal_id;
    uint64_t from;
    uint64_t through;
    size_t hash_bytes;
    bool no_position;
    size_t entries;
    uint64_t first_seq;    /* of the entries, which follow each other */
    size_t events;         /* of each */
    struct gm_bytes event; /* each of them */
};

static void feed_made(struct stand *stand, const struct made_chunk *made)
{
    static uint8_t memory[4 << 20];
    struct gm_arena arena = {.base = memory, .capacity = sizeof memory};
    Wire__Position position = WIRE__POSITION__INIT;
    position.journal_id = made->journal_id;
    position.seq = made->through;
    uint8_t hash[GM_HASH_BYTES] = {(uint8_t)made->through};
    Wire__StreamChunk chunk = WIRE__STREAM_CHUNK__INIT;
    if (!made->no_position) chunk.through = &position;
    chunk.from = made->from;
    chunk.head_seq = made->through;
    chunk.batch_hash = (ProtobufCBinaryData){made->hash_bytes, hash};
    ProtobufCBinaryData *events = GM_ARENA_ARRAY(&arena, ProtobufCBinaryData, made->events);
    for (size_t i = 0; i < made->events; i++)
        events[i] = (ProtobufCBinaryData){made->event.size, (uint8_t *)(uintptr_t)made->event.at};
    Wire__StreamEntry *entries = GM_ARENA_ARRAY(&arena, Wire__StreamEntry, made->entries);
    Wire__StreamEntry **at = GM_ARENA_ARRAY(&arena, Wire__StreamEntry *, made->entries);
    for (size_t i = 0; i < made->entries; i++) {
        wire__stream_entry__init(&entries[i]);
        entries[i].seq = made->first_seq + i;
        entries[i].n_events = made->events;
        entries[i].events = events;
        at[i] = &entries[i];
    }
    chunk.n_entries = made->entries;
    chunk.entries = at;
    const struct gm_bytes packed = gm_message_pack(&chunk.base, &arena);
    assert_non_null(packed.at);
    stand_feed_bytes(stand, GM_SERVICE_ORDER, packed);
}

/* Of an order that nothing else speaks of. */
static struct gm_bytes some_event(unsigned order, size_t reason_bytes)
{
    static uint8_t packed[GM_CHUNK_BYTES_MAX + 1024];
    static char reason[GM_CHUNK_BYTES_MAX + 1];
    memset(reason, 'x', reason_bytes);
    reason[reason_bytes] = '\0';
    const struct gm_id id = stand_lot(order);
    Order__OrderMoved moved = ORDER__ORDER_MOVED__INIT;
    moved.order_id = gm_message_bytes(&id);
    moved.reason = reason;
    Order__Event event = ORDER__EVENT__INIT;
    event.event_case = ORDER__EVENT__EVENT_RESERVED;
    event.reserved = &moved;
    return gm_bytes(packed, protobuf_c_message_pack(&event.base, packed));
}

/* ---- in step ---- */

static void a_new_follower_asks_for_the_first_entry(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header;
    const Wire__SubscribeRequest *request = (const Wire__SubscribeRequest *)asked(
        stand, GM_METHOD_HOST_SUBSCRIBE, &wire__subscribe_request__descriptor, &header);
    assert_non_null(request);
    assert_null(request->after);
    assert_int_equal(request->credit_bytes, GM_STREAM_CREDIT_BYTES);
    assert_true(gm_id_equal(header.member, gm_service_member(GM_SERVICE_CATALOG)));
    assert_int_equal(gm_follow_generation(gm_store_rows(stand->store), GM_SERVICE_ORDER), 0);
}

static void a_chunk_is_journalled_with_its_events_and_folded(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    assert_true(gm_host_counts(stand->host)->chunks_taken == 1);
    assert_true(stand_order(stand, 1, 1).count == 3);
    assert_true(stand_order(stand, 1, 1).seq == 3);
    stand_run(stand);
    static uint8_t buffer[GM_BATCH_BYTES_MAX];
    struct gm_batch batch;
    struct gm_entry entry;
    size_t taken;
    assert_int_equal(gm_journal_read(stand->journal, gm_host_head(stand->host), buffer, &batch),
                     GM_OK);
    gm_arena_reset(&stand->arena);
    assert_int_equal(gm_entry_decode(batch.entries, &stand->arena, &entry, &taken), GM_OK);
    assert_int_equal(entry.kind, GM_ENTRY_FOLLOW);
    assert_true(entry.source_journal == SOURCE && entry.from == 1 && entry.through == 3);
    assert_int_equal(entry.foreign_count, 3);
    assert_int_equal(entry.source_hash.v[0], 3);
    feed(stand, SOURCE, 4, 9);
    stand_audit(stand);
}

static void a_follower_goes_on_after_a_restart_from_what_it_has_applied(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    stand_run(stand);
    feed(stand, SOURCE, 4, 6); /* lost: not appended */
    stand_crash(stand);
    stand_start(stand);
    expect_subscribed_after(stand, SOURCE, 3);
    feed(stand, SOURCE, 4, 4);
    assert_true(stand_order(stand, 1, 1).count == 4);
    stand_audit(stand);
    stand_restart(stand);
    expect_subscribed_after(stand, SOURCE, 4);
}

static void a_chunk_that_comes_twice_is_taken_once(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    feed(stand, SOURCE, 4, 6);
    const uint64_t subscription = stand_subscription(stand, GM_SERVICE_ORDER);
    feed(stand, SOURCE, 4, 6);
    feed(stand, SOURCE, 1, 3);
    assert_true(stand_order(stand, 1, 1).count == 6);
    stand_live(stand, 1000);
    assert_true(stand_subscription(stand, GM_SERVICE_ORDER) == subscription);
    feed(stand, SOURCE, 7, 7);
    assert_true(stand_order(stand, 1, 1).count == 7);
}

static void a_chunk_without_events_moves_the_position(void **state)
{
    struct stand *stand = *state;
    const struct made_chunk empty = {
        .journal_id = SOURCE, .from = 1, .through = 40, .hash_bytes = GM_HASH_BYTES};
    feed_made(stand, &empty);
    assert_true(follower(stand)->row.through == 40);
    const uint64_t subscription = stand_subscription(stand, GM_SERVICE_ORDER);
    feed_made(stand, &empty); /* again: no gap */
    stand_live(stand, 1000);
    assert_true(stand_subscription(stand, GM_SERVICE_ORDER) == subscription);
    feed(stand, SOURCE, 41, 41);
    assert_true(stand_order(stand, 1, 1).seq == 41);
    stand_audit(stand);
}

static void a_beat_is_not_journalled_and_tells_the_head(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    stand_run(stand);
    const uint64_t head = gm_host_head(stand->host);
    const uint64_t subscription = stand_subscription(stand, GM_SERVICE_ORDER);
    struct made_chunk beat = {
        .journal_id = SOURCE, .from = 4, .through = 3, .hash_bytes = GM_HASH_BYTES};
    feed_made(stand, &beat);
    feed(stand, SOURCE, 4, 5);
    feed_made(stand, &beat); /* one from then, come late */
    stand_live(stand, 1000);
    assert_true(gm_host_head(stand->host) == head + 1);
    assert_true(follower(stand)->head_seq == 5);
    assert_true(stand_subscription(stand, GM_SERVICE_ORDER) == subscription);
}

static void credit_is_given_back_for_what_was_taken(void **state)
{
    struct stand *stand = *state;
    (void)stand_subscription(stand, GM_SERVICE_ORDER);
    const struct gm_bytes event = some_event(1, 60000);
    uint64_t given = 0;
    for (uint64_t seq = 1; seq <= 40; seq++) {
        const struct made_chunk large = {SOURCE, seq, seq, GM_HASH_BYTES, false, 1, seq, 1, event};
        const struct made_chunk beat = {SOURCE, seq + 1, seq, GM_HASH_BYTES, false, 0, 0, 0, event};
        feed_made(stand, &large);
        const Wire__CreditRequest *credit = credited(stand);
        if (credit != NULL) {
            assert_true(credit->subscription == stand->subscriptions[GM_SERVICE_ORDER]);
            assert_false(credit->end);
            given += credit->bytes;
        }
        feed_made(stand, &beat); /* costs nothing, so gives nothing back */
        assert_null(credited(stand));
        stand_run(stand);
    }
    /* In steps of a quarter of the credit; a chunk has some 100 bytes around its event. */
    const uint64_t taken = UINT64_C(40) * event.size;
    assert_true(given > taken - GM_STREAM_CREDIT_BYTES / 4);
    assert_true(given <= taken + UINT64_C(40) * 120);
}

/* ---- out of step ---- */

static void a_gap_subscribes_anew_from_what_is_applied(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    const uint64_t lost = stand_subscription(stand, GM_SERVICE_ORDER);
    feed(stand, SOURCE, 5, 6);
    assert_true(stand_order(stand, 1, 1).count == 3);
    stand_run(stand);
    const Wire__CreditRequest *credit = credited(stand);
    assert_non_null(credit);
    assert_true(credit->end && credit->subscription == lost);
    expect_subscribed_after(stand, SOURCE, 3);
    feed(stand, SOURCE, 4, 6);
    assert_true(stand_order(stand, 1, 1).count == 6);
}

static void
a_chunk_that_begins_before_what_is_applied_and_ends_after_it_is_out_of_step(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    feed(stand, SOURCE, 2, 5);
    assert_true(stand_order(stand, 1, 1).count == 3);
    expect_subscribed_after(stand, SOURCE, 3);
}

static void chunks_of_a_subscription_that_was_left_are_ignored(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    const uint64_t left = stand_subscription(stand, GM_SERVICE_ORDER);
    feed(stand, SOURCE, 9, 9); /* a gap */
    expect_subscribed_after(stand, SOURCE, 3);
    const uint64_t present = stand->subscriptions[GM_SERVICE_ORDER];
    assert_true(present != left);
    stand->subscriptions[GM_SERVICE_ORDER] = left;
    feed(stand, SOURCE, 4, 4);
    assert_true(stand_order(stand, 1, 1).count == 3);
    stand->subscriptions[GM_SERVICE_ORDER] = present;
    feed(stand, SOURCE, 4, 4);
    assert_true(stand_order(stand, 1, 1).count == 4);
}

static void a_chunk_of_another_history_is_never_taken(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    feed(stand, RESTORED, 4, 4);
    assert_true(stand_order(stand, 1, 1).count == 3);
    expect_subscribed_after(stand, SOURCE, 3);
    assert_true(gm_host_counts(stand->host)->resets == 0);
}

static void a_chunk_that_is_not_of_the_form_is_refused_like_one_that_was_lost(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    const struct gm_bytes event = some_event(1, 10);
    const struct made_chunk rows[] = {
        {SOURCE, 4, 5, GM_HASH_BYTES - 1, false, 2, 4, 1, event}, /* a hash too short */
        {SOURCE, 4, 5, 0, false, 2, 4, 1, event},
        {SOURCE, 4, 5, GM_HASH_BYTES, true, 2, 4, 1, event},  /* no position */
        {0, 4, 5, GM_HASH_BYTES, false, 2, 4, 1, event},      /* of no journal */
        {SOURCE, 4, 5, GM_HASH_BYTES, false, 2, 3, 1, event}, /* an entry before it */
        {SOURCE, 4, 5, GM_HASH_BYTES, false, 3, 4, 1, event}, /* an entry behind it */
        {SOURCE, 4, 4, GM_HASH_BYTES, false, 1, 4, 1, gm_bytes("\x0a\xff\xff", 3)}, /* no event */
        {SOURCE, 4, UINT64_MAX, GM_HASH_BYTES, false, 1, 4, 1, event},
        {SOURCE, 4, 2, GM_HASH_BYTES, false, 0, 4, 0, event},
        {SOURCE, 4, 4, GM_HASH_BYTES, false, 1, 4, 15000, gm_bytes("", 0)}, /* 300 kB of heads */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t head = gm_host_head(stand->host);
        feed_made(stand, &rows[i]);
        assert_true(gm_host_head(stand->host) == head);
        expect_subscribed_after(stand, SOURCE, 3);
    }
    stand_feed_bytes(stand, GM_SERVICE_ORDER, gm_bytes("\x07\x07\x07\x07", 4));
    expect_subscribed_after(stand, SOURCE, 3);
    static const uint8_t large[GM_REPLY_BODY_BYTES_MAX + 1];
    stand_feed_bytes(stand, GM_SERVICE_ORDER, gm_bytes(large, sizeof large));
    expect_subscribed_after(stand, SOURCE, 3);
    feed(stand, SOURCE, 4, 4);
    assert_true(stand_order(stand, 1, 1).count == 4);
}

/* As many and as small as a source can make them: four events of two bytes each. */
static void a_chunk_of_the_most_events_is_taken(void **state)
{
    struct stand *stand = *state;
    const struct gm_bytes event = gm_bytes("\x12\x00", 2);
    const struct made_chunk many = {SOURCE, 1, 1300, GM_HASH_BYTES, false, 1300, 1, 4, event};
    feed_made(stand, &many);
    assert_true(follower(stand)->row.through == 1300);
    stand_audit(stand);
}

static void random_bytes_never_pass_for_a_chunk(void **state)
{
    struct stand *stand = *state;
    struct gm_random random;
    gm_random_seed(&random, 5);
    uint8_t bytes[200];
    for (int i = 0; i < 2000; i++) {
        const size_t size = gm_random_below(&random, sizeof bytes);
        gm_random_bytes(&random, bytes, size);
        stand_live(stand, 200);
        stand_feed_bytes(stand, GM_SERVICE_ORDER, gm_bytes(bytes, size));
    }
    stand_audit(stand);
}

static void a_silent_source_is_subscribed_to_again(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    const uint64_t first = stand_subscription(stand, GM_SERVICE_ORDER);
    stand_live(stand, GM_STREAM_SILENT_MS);
    assert_true(stand_subscription(stand, GM_SERVICE_ORDER) == first);
    assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms + 1);
    stand_live(stand, 1);
    expect_subscribed_after(stand, SOURCE, 3);
}

static void beats_keep_a_subscription(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    const uint64_t first = stand_subscription(stand, GM_SERVICE_ORDER);
    for (int i = 0; i < 10; i++) {
        stand_live(stand, GM_STREAM_BEAT_MS);
        feed_made(stand,
                  &(struct made_chunk){
                      .journal_id = SOURCE, .from = 4, .through = 3, .hash_bytes = GM_HASH_BYTES});
    }
    assert_true(stand_subscription(stand, GM_SERVICE_ORDER) == first);
}

static void a_connection_made_anew_subscribes_at_once(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    (void)stand_subscription(stand, GM_SERVICE_ORDER);
    gm_host_reconnected(stand->host, GM_SERVICE_ORDER);
    stand_run(stand);
    const Wire__SubscribeRequest *request = subscribed(stand);
    assert_non_null(request);
    assert_true(request->after->seq == 3);
}

static void a_source_that_refuses_for_now_is_asked_again(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_DRAINING);
    stand_run(stand);
    assert_null(subscribed(stand));
    expect_subscribed_after(stand, SOURCE, 3);
    assert_true(gm_host_counts(stand->host)->resets == 0);
    assert_true(follower(stand)->row.generation == 1);
}

/* ---- another history ---- */

static void a_position_unknown_to_the_source_starts_the_next_generation(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    stand_run(stand);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    assert_true(gm_host_counts(stand->host)->resets == 1);
    assert_int_equal(gm_follow_generation(gm_store_rows(stand->store), GM_SERVICE_ORDER), 2);
    expect_subscribed_after(stand, 0, 0);
    feed(stand, RESTORED, 1, 2);
    assert_true(stand_order(stand, 2, 1).count == 2);
    assert_true(stand_order(stand, 1, 1).count == 3); /* of the old one, until it is pruned */
    stand_audit(stand);
    stand_restart(stand);
    expect_subscribed_after(stand, RESTORED, 2);
    assert_true(stand_order(stand, 2, 1).count == 2);
}

static void with_nothing_followed_yet_there_is_nothing_to_leave(void **state)
{
    struct stand *stand = *state;
    const uint64_t head = gm_host_head(stand->host);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    assert_true(gm_host_head(stand->host) == head);
    expect_subscribed_after(stand, 0, 0);
    feed(stand, SOURCE, 1, 1);
    assert_true(follower(stand)->row.generation == 1);
}

static void the_refusal_that_resets_counts_once(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    const uint64_t subscription = stand_subscription(stand, GM_SERVICE_ORDER);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    stand->subscriptions[GM_SERVICE_ORDER] = subscription;
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    assert_true(gm_host_counts(stand->host)->resets == 1);
}

static void a_reset_that_was_not_durable_happens_again(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    stand_run(stand);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    stand_crash(stand);
    stand_start(stand);
    expect_subscribed_after(stand, SOURCE, 3);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    expect_subscribed_after(stand, 0, 0);
    assert_int_equal(gm_follow_generation(gm_store_rows(stand->store), GM_SERVICE_ORDER), 2);
}

static uint64_t order_rows(struct stand *stand)
{
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    struct gm_snapshot *snapshot;
    assert_int_equal(gm_snapshot_open(stand->store, &snapshot), GM_OK);
    const uint64_t rows = gm_snapshot_count(snapshot, &toy_orders);
    gm_snapshot_release(snapshot);
    return rows;
}

static void rows_of_old_generations_are_pruned(void **state)
{
    struct stand *stand = *state;
    for (uint64_t seq = 1; seq <= 2500; seq++) {
        const struct made_chunk one = {
            SOURCE, seq, seq, GM_HASH_BYTES, false, 1, seq, 1, some_event((unsigned)seq, 0)};
        feed_made(stand, &one);
        if (seq % 500 == 0) stand_run(stand);
    }
    assert_int_equal(order_rows(stand), 2500);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    stand_live(stand, 200);
    feed(stand, RESTORED, 1, 1);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN); /* and another */
    stand_live(stand, 200);
    feed(stand, RESTORED + 1, 1, 1);
    assert_int_equal(order_rows(stand), 2502);
    stand_live(stand, 60000);
    for (int i = 0; i < 10; i++)
        stand_live(stand, 100);
    assert_int_equal(order_rows(stand), 1);
    assert_true(stand_order(stand, 3, 1).count == 1);
    stand_audit(stand);
}

static void status_shows_what_is_followed_and_how_far(void **state)
{
    struct stand *stand = *state;
    feed(stand, SOURCE, 1, 3);
    stand_run(stand);
    stand_live(stand, 700);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_HOST_STATUS);
    const Wire__StatusRequest ask = WIRE__STATUS_REQUEST__INIT;
    stand_send(stand, &header, &ask.base);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_NONE);
    gm_arena_reset(&stand->arena);
    const Wire__StatusReply *status = (const Wire__StatusReply *)gm_message_unpack(
        reply.body, &wire__status_reply__descriptor, &stand->arena);
    assert_int_equal(status->n_follows, 2);
    assert_string_equal(status->follows[0]->service, "order");
    assert_true(status->follows[0]->through->journal_id == SOURCE);
    assert_true(status->follows[0]->through->seq == 3);
    assert_int_equal(status->follows[0]->generation, 1);
    assert_int_equal(status->follows[0]->silent_ms, 700);
    assert_string_equal(status->follows[1]->service, "matching");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_new_follower_asks_for_the_first_entry),
        TEST(a_chunk_is_journalled_with_its_events_and_folded),
        TEST(a_follower_goes_on_after_a_restart_from_what_it_has_applied),
        TEST(a_chunk_that_comes_twice_is_taken_once),
        TEST(a_chunk_without_events_moves_the_position),
        TEST(a_beat_is_not_journalled_and_tells_the_head),
        TEST(credit_is_given_back_for_what_was_taken),
        TEST(a_gap_subscribes_anew_from_what_is_applied),
        TEST(a_chunk_that_begins_before_what_is_applied_and_ends_after_it_is_out_of_step),
        TEST(chunks_of_a_subscription_that_was_left_are_ignored),
        TEST(a_chunk_of_another_history_is_never_taken),
        TEST(a_chunk_that_is_not_of_the_form_is_refused_like_one_that_was_lost),
        TEST(a_chunk_of_the_most_events_is_taken),
        TEST(random_bytes_never_pass_for_a_chunk),
        TEST(a_silent_source_is_subscribed_to_again),
        TEST(beats_keep_a_subscription),
        TEST(a_connection_made_anew_subscribes_at_once),
        TEST(a_source_that_refuses_for_now_is_asked_again),
        TEST(a_position_unknown_to_the_source_starts_the_next_generation),
        TEST(with_nothing_followed_yet_there_is_nothing_to_leave),
        TEST(the_refusal_that_resets_counts_once),
        TEST(a_reset_that_was_not_durable_happens_again),
        TEST(rows_of_old_generations_are_pruned),
        TEST(status_shows_what_is_followed_and_how_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
