#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "wire.pb-c.h"
#include "wire/check.h"

enum { CREDIT = 1 << 20 };

static int setup(void **state)
{
    *state = stand_new(&toy_service);
    return 0;
}

/* Of its history, the newest batch alone stays in memory. */
static int setup_forgetful(void **state)
{
    struct stand *stand = stand_new_stopped(&toy_service);
    stand->history_bytes = 1;
    stand_start(stand);
    stand_run(stand);
    *state = stand;
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

/* ---- what happens ---- */

static void restock(struct stand *stand, unsigned lot)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    const uint8_t peer = stand->peer;
    stand->peer = 250;
    stand_restock(stand, &header, lot, 1);
    stand->peer = peer;
}

/* An event that members may not see, of about so many bytes. */
static void sample(struct stand *stand, int64_t bytes)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    const uint8_t peer = stand->peer;
    stand->peer = 250;
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__SAMPLE, bytes, "");
    stand->peer = peer;
}

/* ---- subscribers ---- */

struct follow_from {
    uint64_t journal_id;
    uint64_t seq;
    struct gm_hash hash;
    size_t hash_bytes;
    bool from_head;
    uint32_t credit;
    bool of_service;
    const char *service; /* that is meant */
};

static const struct follow_from from_first = {.credit = CREDIT, .of_service = true};

static uint64_t subscribe(struct stand *stand, const struct follow_from *from)
{
    struct gm_request_header header = stand_header(stand, GM_METHOD_HOST_SUBSCRIBE);
    if (from->of_service) header.member = gm_service_member(GM_SERVICE_MATCHING);
    Wire__Position after = WIRE__POSITION__INIT;
    after.journal_id = from->journal_id;
    after.seq = from->seq;
    uint8_t hash[GM_HASH_BYTES];
    memcpy(hash, from->hash.v, sizeof hash);
    Wire__SubscribeRequest request = WIRE__SUBSCRIBE_REQUEST__INIT;
    if (from->journal_id != 0) request.after = &after;
    request.batch_hash = (ProtobufCBinaryData){from->hash_bytes, hash};
    request.from_head = from->from_head;
    request.credit_bytes = from->credit;
    if (from->service != NULL) request.service = from->service;
    stand_send(stand, &header, &request.base);
    return header.request_id;
}

/* After an entry of the host's own history, with its batch's hash. */
static struct follow_from after(struct stand *stand, uint64_t seq)
{
    static uint8_t buffer[GM_BATCH_BYTES_MAX];
    struct gm_batch batch;
    assert_int_equal(gm_journal_read(stand->journal, seq, buffer, &batch), GM_OK);
    return (struct follow_from){
        .journal_id = STAND_JOURNAL_ID,
        .seq = seq,
        .hash = batch.hash,
        .hash_bytes = GM_HASH_BYTES,
        .credit = CREDIT,
        .of_service = true,
    };
}

static void give_credit(struct stand *stand, uint64_t subscription, uint32_t bytes, bool end)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_HOST_CREDIT);
    Wire__CreditRequest request = WIRE__CREDIT_REQUEST__INIT;
    request.subscription = subscription;
    request.bytes = bytes;
    request.end = end;
    stand_send(stand, &header, &request.base);
}

struct read_chunk {
    uint64_t request_id;
    uint64_t from;
    uint64_t through;
    uint64_t head;
    struct gm_hash hash;
    size_t entries;
    size_t events;
    uint64_t first_seq; /* of the entries that are shown */
    size_t bytes;
};

/* The next reply, which is a chunk; false where there is none. */
static bool next_chunk(struct stand *stand, struct read_chunk *ret_chunk)
{
    struct stand_reply reply;
    if (!stand_reply(stand, &reply)) return false;
    assert_int_equal(reply.header.status, GM_CODE_OK);
    assert_true(reply.header.more);
    assert_true(reply.body.size <= GM_REPLY_BODY_BYTES_MAX);
    gm_arena_reset(&stand->arena);
    const Wire__StreamChunk *chunk = (const Wire__StreamChunk *)gm_message_unpack(
        reply.body, &wire__stream_chunk__descriptor, &stand->arena);
    assert_non_null(chunk);
    assert_true(chunk->through->journal_id == STAND_JOURNAL_ID);
    assert_true(chunk->through->seq <= gm_host_durable(stand->host));
    assert_int_equal(chunk->batch_hash.len, GM_HASH_BYTES);
    *ret_chunk = (struct read_chunk){
        .request_id = reply.header.request_id,
        .from = chunk->from,
        .through = chunk->through->seq,
        .head = chunk->head_seq,
        .entries = chunk->n_entries,
        .bytes = reply.body.size,
    };
    memcpy(ret_chunk->hash.v, chunk->batch_hash.data, GM_HASH_BYTES);
    uint64_t last = chunk->from - 1;
    for (size_t i = 0; i < chunk->n_entries; i++) {
        assert_true(chunk->entries[i]->seq > last);
        assert_true(chunk->entries[i]->n_events > 0);
        if (i == 0) ret_chunk->first_seq = chunk->entries[i]->seq;
        last = chunk->entries[i]->seq;
        ret_chunk->events += chunk->entries[i]->n_events;
    }
    assert_true(last <= chunk->through->seq);
    return true;
}

static struct read_chunk expect_chunk(struct stand *stand)
{
    struct read_chunk chunk;
    if (!next_chunk(stand, &chunk)) fail_msg("there is no chunk");
    return chunk;
}

/* Takes chunks until the durable head is reached: without a gap, each with the hash of its batch.
 * How many entries were shown. */
static size_t follow_to_head(struct stand *stand, uint64_t from)
{
    size_t shown = 0;
    uint64_t through = from;
    while (through < gm_host_durable(stand->host)) {
        const struct read_chunk chunk = expect_chunk(stand);
        assert_true(chunk.from == through + 1);
        if (chunk.through > 0) {
            const struct follow_from place = after(stand, chunk.through);
            assert_int_equal(gm_hash_compare(&chunk.hash, &place.hash), 0);
        }
        through = chunk.through;
        shown += chunk.entries;
    }
    return shown;
}

static void drop_replies_of_commands(struct stand *stand)
{
    struct stand_reply reply;
    stand_run(stand);
    while (stand_reply(stand, &reply))
        assert_true(reply.header.recorded);
}

/* ---- where it begins ---- */

static void a_stream_begins_with_the_first_entry(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 5; i++) {
        restock(stand, i);
        if (i % 2 == 0) stand_run(stand); /* several batches */
    }
    drop_replies_of_commands(stand);
    const uint64_t request_id = subscribe(stand, &from_first);
    stand_run(stand);
    const struct read_chunk chunk = expect_chunk(stand);
    assert_true(chunk.request_id == request_id);
    assert_true(chunk.from == 1 && chunk.through == gm_host_head(stand->host));
    assert_true(chunk.head == gm_host_head(stand->host));
    assert_int_equal(chunk.entries, 5); /* the epoch's is the host's own business */
    assert_true(chunk.first_seq == 2);
    const struct follow_from place = after(stand, chunk.through);
    assert_int_equal(gm_hash_compare(&chunk.hash, &place.hash), 0);
    stand_expect_none(stand);
}

static void an_event_is_shown_when_it_is_durable_and_not_before(void **state)
{
    struct stand *stand = *state;
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    assert_int_equal(follow_to_head(stand, 0), 0);
    restock(stand, 1);
    assert_true(stand_take_batch(stand));
    stand_turn(stand);
    stand_expect_none(stand);
    const uint64_t head = gm_host_head(stand->host);
    stand_ack(stand);
    assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms);
    stand_turn(stand);
    struct stand_reply reply;
    assert_true(stand_reply(stand, &reply)); /* of the command */
    const struct read_chunk chunk = expect_chunk(stand);
    assert_true(chunk.from == head && chunk.through == head);
    assert_int_equal(chunk.entries, 1);
}

static void a_stream_goes_on_after_a_position(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 6; i++)
        restock(stand, i); /* one batch */
    drop_replies_of_commands(stand);
    restock(stand, 9);
    drop_replies_of_commands(stand);
    for (uint64_t seq = 1; seq <= gm_host_head(stand->host); seq++) { /* also within a batch */
        const struct follow_from place = after(stand, seq);
        const uint64_t request_id = subscribe(stand, &place);
        stand_run(stand);
        const struct read_chunk chunk = expect_chunk(stand);
        assert_true(chunk.from == seq + 1);
        assert_true(chunk.through == gm_host_head(stand->host));
        assert_int_equal(chunk.entries, gm_host_head(stand->host) - seq);
        give_credit(stand, request_id, 0, true);
        (void)stand_expect(stand, GM_REASON_NONE);
        stand_expect_none(stand);
    }
}

static void a_position_that_is_not_of_this_history_is_refused(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    drop_replies_of_commands(stand);
    const uint64_t head = gm_host_head(stand->host);
    struct follow_from place = after(stand, head);
    place.seq = head + 1;
    (void)subscribe(stand, &place);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);

    place = after(stand, head);
    place.journal_id++;
    (void)subscribe(stand, &place);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);

    place = after(stand, head);
    place.hash_bytes = 0;
    (void)subscribe(stand, &place);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);

    place = after(stand, head);
    place.hash.v[31] ^= 1;
    (void)subscribe(stand, &place);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
    stand_expect_none(stand);
    assert_int_equal(stand->host->subscription_count, 0);
    assert_int_equal(stand->host->peers.count, 0);
}

/* Whoever finds it at another's address of old does not take its history for a new one of the
 * other. */
static void a_subscription_that_means_another_service_is_refused(void **state)
{
    struct stand *stand = *state;
    struct follow_from place = from_first;
    place.service = "matching";
    (void)subscribe(stand, &place);
    (void)stand_expect(stand, GM_REASON_METHOD_UNKNOWN);
    place.journal_id = STAND_JOURNAL_ID + 1;
    (void)subscribe(stand, &place);
    (void)stand_expect(stand, GM_REASON_METHOD_UNKNOWN);
    stand_expect_none(stand);
    assert_int_equal(stand->host->subscription_count, 0);
    assert_int_equal(stand->host->peers.count, 0);

    place = from_first;
    place.service = gm_service_text(toy_service.name);
    (void)subscribe(stand, &place);
    stand_run(stand);
    assert_int_equal(stand->host->subscription_count, 1);
}

static void a_position_that_is_not_durable_is_refused(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    struct follow_from place = after(stand, gm_host_durable(stand->host));
    place.seq = gm_host_head(stand->host);
    (void)subscribe(stand, &place);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
}

static void a_stream_from_the_head_shows_only_what_is_to_come(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    drop_replies_of_commands(stand);
    const uint64_t head = gm_host_head(stand->host);
    const struct follow_from from = {.from_head = true, .credit = CREDIT, .of_service = true};
    (void)subscribe(stand, &from);
    stand_run(stand);
    const struct read_chunk beat = expect_chunk(stand);
    assert_true(beat.from == head + 1 && beat.through == head);
    const struct follow_from place = after(stand, head);
    assert_int_equal(gm_hash_compare(&beat.hash, &place.hash), 0);
    restock(stand, 2);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    const struct read_chunk later = expect_chunk(stand);
    assert_true(later.through == head + 1);
    assert_int_equal(later.entries, 1);
}

static void a_stream_goes_on_after_a_restart(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    drop_replies_of_commands(stand);
    const uint64_t head = gm_host_head(stand->host);
    const struct follow_from place = after(stand, head);
    stand_restart(stand); /* the old history is not in memory */
    restock(stand, 2);
    drop_replies_of_commands(stand);
    (void)subscribe(stand, &place);
    stand_run(stand);
    assert_int_equal(follow_to_head(stand, head), 1);
}

/* ---- old history ---- */

static void history_that_is_not_in_memory_is_read_by_a_worker(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 20; i++) {
        restock(stand, i);
        stand_run(stand);
    }
    drop_replies_of_commands(stand);
    assert_int_equal(stand->host->history.count, 1);
    (void)subscribe(stand, &from_first);
    stand_turn(stand);
    stand_expect_none(stand);
    assert_true(stand_work(stand));
    const struct read_chunk chunk = expect_chunk(stand);
    assert_int_equal(chunk.entries, 20);
    assert_true(chunk.through == gm_host_head(stand->host));
    restock(stand, 30);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_int_equal(expect_chunk(stand).entries, 1); /* this one is in memory */
}

static void an_old_position_is_held_against_the_journal(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 4; i++) {
        restock(stand, i);
        stand_run(stand);
    }
    drop_replies_of_commands(stand);
    struct follow_from place = after(stand, 3);
    (void)subscribe(stand, &place);
    stand_run(stand);
    assert_int_equal(follow_to_head(stand, 3), 2);
    place.hash.v[0] ^= 1;
    (void)subscribe(stand, &place);
    stand_turn(stand);
    stand_expect_none(stand); /* a worker looks */
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
    assert_int_equal(stand->host->subscription_count, 1);
}

static void a_worker_reads_so_much_for_a_chunk_and_says_how_far_it_came(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 200; i++) {
        sample(stand, 1);
        stand_run(stand);
    }
    restock(stand, 1);
    drop_replies_of_commands(stand);
    const struct follow_from of_member = {.credit = CREDIT};
    (void)subscribe(stand, &of_member);
    stand_turn(stand);
    assert_true(stand_work(stand));
    const struct read_chunk first = expect_chunk(stand);
    assert_int_equal(first.entries, 0);
    assert_true(first.through > 10 && first.through < 100);
    stand_run(stand);
    assert_int_equal(follow_to_head(stand, first.through), 1);
}

static void workers_read_for_some_subscribers_and_leave_places_for_searches(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 4; i++) {
        restock(stand, i);
        stand_run(stand);
    }
    drop_replies_of_commands(stand);
    for (unsigned i = 0; i < 100; i++)
        (void)subscribe(stand, &from_first);
    const struct gm_request_header search = stand_header(stand, GM_METHOD_CATALOG_LIST_LOTS);
    stand_turn(stand);
    stand_list_lots(stand, &search);
    assert_int_equal(stand->host->job_count, STREAM_JOBS_MAX + 1);
    /* No place for the others: no reason to be woken before a job is done. */
    assert_true(gm_host_wake_ms(stand->host) > stand->reading.monotonic_ms);
    stand_run(stand);
    unsigned complete = 0;
    unsigned found = 0;
    struct stand_reply reply;
    while (stand_reply(stand, &reply)) {
        if (!reply.header.more) {
            found++;
            continue;
        }
        gm_arena_reset(&stand->arena);
        const Wire__StreamChunk *chunk = (const Wire__StreamChunk *)gm_message_unpack(
            reply.body, &wire__stream_chunk__descriptor, &stand->arena);
        if (chunk->n_entries == 4) complete++; /* who had to wait got a beat before */
    }
    assert_int_equal(complete, 100);
    assert_int_equal(found, 1);
}

/* ---- turns ---- */

enum { CROWD = 60 };

/* Request ids of a crowd follow each other. */
static uint64_t subscribe_crowd(struct stand *stand)
{
    struct follow_from from = from_first;
    from.credit = 16 << 20;
    const uint64_t first = subscribe(stand, &from);
    for (unsigned i = 1; i < CROWD; i++)
        (void)subscribe(stand, &from);
    return first;
}

/* Adds the chunks with entries that have left to each one's count. */
static void count_chunks(struct stand *stand, uint64_t first, unsigned counts[CROWD])
{
    struct read_chunk chunk;
    while (next_chunk(stand, &chunk))
        if (chunk.entries > 0) counts[chunk.request_id - first]++;
}

static void expect_fair(const unsigned counts[CROWD], unsigned least)
{
    unsigned fewest = UINT_MAX;
    unsigned most = 0;
    for (unsigned i = 0; i < CROWD; i++) {
        if (counts[i] < fewest) fewest = counts[i];
        if (counts[i] > most) most = counts[i];
    }
    assert_true(fewest >= least);
    assert_true(most - fewest <= 16); /* eight a turn, and one in the middle of its eight */
}

/* 60 that are 40 chunks behind: a turn has room for 32 of them. */
static void who_found_no_room_in_the_outbox_is_served_first_next_time(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 40; i++) {
        sample(stand, 60000);
        if (i % 10 == 0) stand_run(stand);
    }
    drop_replies_of_commands(stand);
    unsigned counts[CROWD] = {0};
    const uint64_t first = subscribe_crowd(stand);
    for (int turn = 0; turn < 4; turn++) {
        stand_turn(stand);
        assert_true(stand->host->now.bytes < GM_OUTBOX_BYTES_MAX);
        count_chunks(stand, first, counts);
    }
    expect_fair(counts, 8);
}

/* The same 60 behind 8 places with workers. */
static void who_found_no_worker_is_served_first_next_time(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 40; i++) {
        sample(stand, 60000);
        stand_run(stand);
    }
    drop_replies_of_commands(stand);
    unsigned counts[CROWD] = {0};
    const uint64_t first = subscribe_crowd(stand);
    for (int turn = 0; turn < 2 * CROWD / STREAM_JOBS_MAX + 1; turn++) {
        stand_turn(stand);
        while (stand_work(stand))
            continue;
        count_chunks(stand, first, counts);
    }
    expect_fair(counts, 1);
}

/* ---- credit ---- */

static void a_stream_stops_where_the_credit_ends_and_goes_on_with_more(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 4; i++)
        sample(stand, 50000);
    drop_replies_of_commands(stand);
    struct follow_from from = from_first;
    from.credit = 65536;
    const uint64_t request_id = subscribe(stand, &from);
    stand_run(stand);
    const struct read_chunk first = expect_chunk(stand);
    const struct read_chunk second = expect_chunk(stand); /* the credit was not used up */
    assert_int_equal(first.entries + second.entries, 2);
    stand_expect_none(stand);
    const int64_t owed = (int64_t)(first.bytes + second.bytes) - from.credit;
    give_credit(stand, request_id, (uint32_t)owed, false);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_expect_none(stand); /* none left to the byte */
    give_credit(stand, request_id, 1, false);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_int_equal(expect_chunk(stand).entries, 1);
    stand_expect_none(stand);
}

static void credit_for_what_is_no_subscription_is_refused(void **state)
{
    struct stand *stand = *state;
    const uint64_t request_id = subscribe(stand, &from_first);
    stand_run(stand);
    (void)expect_chunk(stand);
    give_credit(stand, request_id + 100, 1, false);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
    stand->peer = 2; /* it belongs to a connection */
    give_credit(stand, request_id, 1, true);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
    assert_int_equal(stand->host->subscription_count, 1);
}

static void a_subscriber_may_end_its_stream(void **state)
{
    struct stand *stand = *state;
    const uint64_t ended = subscribe(stand, &from_first);
    const uint64_t other = subscribe(stand, &from_first);
    stand_run(stand);
    (void)expect_chunk(stand);
    (void)expect_chunk(stand);
    give_credit(stand, ended, 0, true);
    (void)stand_expect(stand, GM_REASON_NONE);
    restock(stand, 1);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_true(expect_chunk(stand).request_id == other);
    stand_expect_none(stand);
    give_credit(stand, ended, 1, false);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
}

static void a_stream_ended_while_a_worker_reads_for_it_shows_nothing_more(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    stand_run(stand);
    restock(stand, 2);
    drop_replies_of_commands(stand);
    const uint64_t request_id = subscribe(stand, &from_first);
    stand_turn(stand);
    struct gm_job *job = stand_run_job(stand, GM_LANE_WORKER);
    assert_non_null(job);
    give_credit(stand, request_id, 0, true);
    (void)stand_expect(stand, GM_REASON_NONE);
    give_credit(stand, request_id, 0, true);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
    assert_int_equal(stand->host->subscription_count, 1);
    gm_host_job_done(stand->host, job);
    assert_int_equal(stand->host->subscription_count, 0);
    stand_run(stand);
    stand_expect_none(stand);
    assert_int_equal(stand->host->peers.count, 0);
}

/* ---- beats, visibility, size ---- */

static void a_stream_with_nothing_to_show_says_where_it_stands(void **state)
{
    struct stand *stand = *state;
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    const uint64_t through = expect_chunk(stand).through;
    const int64_t credit = stand->host->subscriptions[0]->credit;
    for (int i = 0; i < 3; i++) {
        stand_live(stand, GM_STREAM_BEAT_MS - 1);
        stand_expect_none(stand);
        assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms + 1);
        stand_live(stand, 1);
        const struct read_chunk beat = expect_chunk(stand);
        assert_true(beat.from == through + 1 && beat.through == through);
        const struct follow_from place = after(stand, through);
        assert_int_equal(gm_hash_compare(&beat.hash, &place.hash), 0);
        stand_expect_none(stand);
    }
    assert_true(stand->host->subscriptions[0]->credit == credit); /* they cost nothing */
}

static void events_that_a_member_may_not_see_move_the_position(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    sample(stand, 10);
    drop_replies_of_commands(stand);
    const struct follow_from of_member = {.credit = CREDIT};
    (void)subscribe(stand, &of_member);
    stand_run(stand);
    const struct read_chunk chunk = expect_chunk(stand);
    assert_int_equal(chunk.entries, 1);
    assert_true(chunk.through == gm_host_head(stand->host));
    sample(stand, 10);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    const struct read_chunk hidden = expect_chunk(stand);
    assert_int_equal(hidden.entries, 0);
    assert_true(hidden.through == gm_host_head(stand->host) && hidden.from == hidden.through);
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    assert_int_equal(expect_chunk(stand).entries, 3); /* a service sees all */
}

static void refused_commands_are_not_shown(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__BROKEN, 5, "");
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_BELOW_RESERVED);
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    const struct read_chunk chunk = expect_chunk(stand);
    assert_int_equal(chunk.entries, 0);
    assert_true(chunk.through == gm_host_head(stand->host));
}

static void the_largest_entries_fill_a_chunk_each(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 5; i++) {
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
        if (i % 2 == 0)
            stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__SAMPLE,
                         GM_ENTRY_EVENT_BYTES_MAX - 64, "");
        else
            stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__SAMPLE,
                         GM_ENTRY_EVENT_BYTES_MAX / 2 - 64, "two events");
    }
    drop_replies_of_commands(stand);
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    for (unsigned i = 0; i < 5; i++) {
        const struct read_chunk chunk = expect_chunk(stand);
        assert_int_equal(chunk.entries, 1);
        assert_int_equal(chunk.events, i % 2 == 0 ? 1 : 2);
        assert_true(chunk.bytes > GM_ENTRY_EVENT_BYTES_MAX - 512);
    }
    stand_expect_none(stand);
}

/* The next batch does not fit any more: the chunk has the hash of the last one that did. */
static void a_chunk_that_ends_with_its_batch_has_its_hash(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 5; i++) {
        sample(stand, 40000);
        stand_run(stand);
    }
    drop_replies_of_commands(stand);
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    assert_int_equal(follow_to_head(stand, 0), 5);
}

static void small_entries_share_chunks(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 5000; i++) {
        stand->peer = 1;
        restock(stand, i % 3);
        if (i % 200 == 0) stand_run(stand);
    }
    drop_replies_of_commands(stand);
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    const size_t chunks = stand->replies.count;
    assert_true(chunks < 12);
    assert_int_equal(follow_to_head(stand, 0), 5000);
}

static void small_entries_share_chunks_that_a_worker_reads(void **state)
{
    small_entries_share_chunks(state);
}

/* Some chunks a turn, so that one far behind does not keep the others waiting; and a caller that
 * sleeps until it is woken comes back for the rest at once. */
static void a_subscriber_far_behind_takes_its_turns(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < 40; i++) {
        sample(stand, 60000);
        if (i % 10 == 0) stand_run(stand);
    }
    drop_replies_of_commands(stand);
    struct follow_from from = from_first;
    from.credit = 16 << 20;
    (void)subscribe(stand, &from);
    (void)subscribe(stand, &from);
    stand_turn(stand);
    stand_send_out(stand);
    const size_t first = stand->replies.count;
    assert_true(first >= 2 && first <= 32);
    assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms);
    uint64_t seen[2] = {0, 0};
    struct read_chunk chunk;
    for (size_t i = 0; i < first; i++) {
        assert_true(next_chunk(stand, &chunk));
        seen[chunk.request_id % 2]++;
    }
    assert_true(seen[0] == seen[1]);
    stand_run(stand);
    while (next_chunk(stand, &chunk))
        seen[chunk.request_id % 2]++;
    assert_true(seen[0] == 40 && seen[1] == 40);
}

/* ---- subscribers come and go ---- */

static void so_many_subscribers_and_no_more(void **state)
{
    struct stand *stand = *state;
    uint64_t last = 0;
    for (unsigned i = 0; i < GM_SUBSCRIBERS_MAX; i++)
        last = subscribe(stand, &from_first);
    stand_run(stand);
    for (unsigned i = 0; i < GM_SUBSCRIBERS_MAX; i++)
        (void)expect_chunk(stand);
    (void)subscribe(stand, &from_first);
    (void)stand_expect(stand, GM_REASON_OPEN_LIMIT);
    restock(stand, 1);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    for (unsigned i = 0; i < GM_SUBSCRIBERS_MAX; i++)
        assert_int_equal(expect_chunk(stand).entries, 1);
    give_credit(stand, last, 0, true);
    (void)stand_expect(stand, GM_REASON_NONE);
    (void)subscribe(stand, &from_first);
    stand_run(stand);
    (void)expect_chunk(stand);
    stand_expect_none(stand);
}

static struct gm_peer peer_of(uint8_t number)
{
    return (struct gm_peer){.size = 5, .id = {0, 's', 't', 'd', number}};
}

static void streams_end_with_their_connection(void **state)
{
    struct stand *stand = *state;
    for (uint8_t peer = 1; peer <= 3; peer++) {
        stand->peer = peer;
        (void)subscribe(stand, &from_first);
        (void)subscribe(stand, &from_first);
    }
    stand_run(stand);
    for (int i = 0; i < 6; i++)
        (void)expect_chunk(stand);
    const struct gm_peer gone = peer_of(2);
    gm_host_peer_gone(stand->host, &gone);
    assert_int_equal(stand->host->subscription_count, 4);
    assert_true(gm_host_counts(stand->host)->dropped == 1);
    restock(stand, 1);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    for (int i = 0; i < 4; i++)
        (void)expect_chunk(stand);
    stand_expect_none(stand);
    const struct gm_peer never = peer_of(99);
    gm_host_peer_gone(stand->host, &never);
    assert_int_equal(stand->host->peers.count, 2);
}

static void a_subscription_is_no_request_in_flight(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < GM_SUBSCRIBERS_MAX; i++)
        (void)subscribe(stand, &from_first);
    stand_run(stand);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    stand_get_lot(stand, &header, 1);
    for (unsigned i = 0; i < GM_SUBSCRIBERS_MAX; i++)
        (void)expect_chunk(stand);
    (void)stand_expect(stand, GM_REASON_LOT_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)      cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FORGETFUL(name) cmocka_unit_test_setup_teardown(name, setup_forgetful, teardown)
        TEST(a_stream_begins_with_the_first_entry),
        TEST(an_event_is_shown_when_it_is_durable_and_not_before),
        TEST(a_stream_goes_on_after_a_position),
        TEST(a_position_that_is_not_of_this_history_is_refused),
        TEST(a_subscription_that_means_another_service_is_refused),
        TEST(a_position_that_is_not_durable_is_refused),
        TEST(a_stream_from_the_head_shows_only_what_is_to_come),
        TEST(a_stream_goes_on_after_a_restart),
        FORGETFUL(history_that_is_not_in_memory_is_read_by_a_worker),
        FORGETFUL(an_old_position_is_held_against_the_journal),
        FORGETFUL(a_worker_reads_so_much_for_a_chunk_and_says_how_far_it_came),
        FORGETFUL(workers_read_for_some_subscribers_and_leave_places_for_searches),
        TEST(who_found_no_room_in_the_outbox_is_served_first_next_time),
        FORGETFUL(who_found_no_worker_is_served_first_next_time),
        TEST(a_stream_stops_where_the_credit_ends_and_goes_on_with_more),
        TEST(credit_for_what_is_no_subscription_is_refused),
        TEST(a_subscriber_may_end_its_stream),
        FORGETFUL(a_stream_ended_while_a_worker_reads_for_it_shows_nothing_more),
        TEST(a_stream_with_nothing_to_show_says_where_it_stands),
        TEST(events_that_a_member_may_not_see_move_the_position),
        TEST(refused_commands_are_not_shown),
        TEST(the_largest_entries_fill_a_chunk_each),
        TEST(a_chunk_that_ends_with_its_batch_has_its_hash),
        TEST(small_entries_share_chunks),
        FORGETFUL(small_entries_share_chunks_that_a_worker_reads),
        TEST(a_subscriber_far_behind_takes_its_turns),
        TEST(so_many_subscribers_and_no_more),
        TEST(streams_end_with_their_connection),
        TEST(a_subscription_is_no_request_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
