#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "wire/check.h"

enum { ORDER_JOURNAL = 77, MATCHING_JOURNAL = 88 };

static int setup(void **state)
{
    *state = stand_new(&toy_service);
    return 0;
}

static int setup_follower(void **state)
{
    *state = stand_new(&toy_follower);
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

static void restock(struct stand *stand, uint8_t lot, int64_t quantity)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, lot, quantity);
}

static void restock_and_take_reply(struct stand *stand, uint8_t lot, int64_t quantity)
{
    restock(stand, lot, quantity);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static struct gm_request_header header_at(struct stand *stand, uint16_t method, uint64_t journal_id,
                                          uint64_t seq)
{
    struct gm_request_header header = stand_header(stand, method);
    header.position_count = 1;
    header.positions[0] = (struct gm_position){journal_id, seq};
    return header;
}

/* Sends a query that names a position; its request id. */
static uint64_t query_at(struct stand *stand, uint64_t journal_id, uint64_t seq)
{
    const struct gm_request_header header =
        header_at(stand, GM_METHOD_CATALOG_GET_LOT, journal_id, seq);
    stand_get_lot(stand, &header, 1);
    return header.request_id;
}

static uint64_t search_at(struct stand *stand, uint64_t seq)
{
    const struct gm_request_header header =
        header_at(stand, GM_METHOD_CATALOG_LIST_LOTS, STAND_JOURNAL_ID, seq);
    stand_list_lots(stand, &header);
    return header.request_id;
}

static uint64_t search(struct stand *stand)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_LIST_LOTS);
    stand_list_lots(stand, &header);
    return header.request_id;
}

static size_t lots_in(struct stand *stand, struct gm_bytes body)
{
    gm_arena_reset(&stand->arena);
    const Catalog__ListLotsReply *reply = (const Catalog__ListLotsReply *)gm_message_unpack(
        body, &catalog__list_lots_reply__descriptor, &stand->arena);
    assert_non_null(reply);
    return reply->n_lots;
}

/* ---- positions of queries ---- */

static void a_position_that_is_applied_is_answered_from(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1, 5);
    const uint64_t request_id = query_at(stand, STAND_JOURNAL_ID, gm_host_head(stand->host));
    stand_expect_none(stand); /* applied, not durable */
    assert_true(stand_append(stand));
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_true(stand_expect(stand, GM_REASON_NONE).header.request_id == request_id);
}

static void a_position_beyond_the_head_is_unknown(void **state)
{
    struct stand *stand = *state;
    (void)query_at(stand, STAND_JOURNAL_ID, gm_host_head(stand->host) + 1);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
    (void)search_at(stand, gm_host_head(stand->host) + 1);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
}

static void a_position_of_a_history_that_is_not_followed_is_unknown(void **state)
{
    struct stand *stand = *state;
    (void)query_at(stand, ORDER_JOURNAL, 1);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
}

static void a_followed_position_to_come_is_waited_for(void **state)
{
    struct stand *stand = *state;
    restock_and_take_reply(stand, 1, 5);
    const uint64_t unheard = query_at(stand, ORDER_JOURNAL, 3); /* of whom nothing was heard yet */
    stand_run(stand);
    stand_expect_none(stand);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 1, 2, 1);
    const uint64_t behind = query_at(stand, ORDER_JOURNAL, 3);
    const uint64_t there = query_at(stand, ORDER_JOURNAL, 2);
    stand_run(stand);
    assert_true(stand_expect(stand, GM_REASON_NONE).header.request_id == there);
    stand_expect_none(stand);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 3, 3, 1);
    stand_turn(stand);
    stand_expect_none(stand); /* the chunk is not durable */
    stand_run(stand);
    const struct stand_reply first = stand_expect(stand, GM_REASON_NONE);
    assert_true(first.header.request_id == unheard);
    assert_true(first.header.position.seq == gm_host_head(stand->host));
    assert_true(stand_expect(stand, GM_REASON_NONE).header.request_id == behind);
}

/* The order service is followed first and was not heard of; the position is matching's. */
static void a_position_of_the_second_source_is_known_though_the_first_is_silent(void **state)
{
    struct stand *stand = *state;
    restock_and_take_reply(stand, 1, 5);
    stand_feed(stand, GM_SERVICE_MATCHING, MATCHING_JOURNAL, 1, 4, 1);
    (void)query_at(stand, MATCHING_JOURNAL, 4);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static void all_positions_have_to_be_there(void **state)
{
    struct stand *stand = *state;
    restock_and_take_reply(stand, 1, 5);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 1, 1, 1);
    stand_feed(stand, GM_SERVICE_MATCHING, MATCHING_JOURNAL, 1, 1, 1);
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    header.position_count = 3;
    header.positions[0] = (struct gm_position){ORDER_JOURNAL, 2};
    header.positions[1] = (struct gm_position){STAND_JOURNAL_ID, 1};
    header.positions[2] = (struct gm_position){MATCHING_JOURNAL, 2};
    stand_get_lot(stand, &header, 1);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 2, 2, 1);
    stand_run(stand);
    stand_expect_none(stand);
    stand_feed(stand, GM_SERVICE_MATCHING, MATCHING_JOURNAL, 2, 2, 1);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);

    header.positions[0].journal_id = 5; /* of no history, now that both are known */
    header.positions[2].seq = 9;
    stand_get_lot(stand, &header, 1);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
}

static void a_position_that_does_not_come_is_not_caught_up_at_the_deadline(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = header_at(stand, GM_METHOD_CATALOG_GET_LOT, ORDER_JOURNAL, 3);
    header.timeout_ms = 700;
    stand->waited_ms = 200; /* counted from receipt */
    stand_get_lot(stand, &header, 1);
    stand_live(stand, 499);
    stand_expect_none(stand);
    assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms + 1);
    stand_live(stand, 1);
    (void)stand_expect(stand, GM_REASON_NOT_CAUGHT_UP);
    assert_int_equal(stand->host->parked.count, 0);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 1, 3, 1);
    stand_run(stand);
    stand_expect_none(stand);
}

static void a_position_of_a_history_that_was_left_is_unknown_once_the_next_is_heard(void **state)
{
    struct stand *stand = *state;
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 1, 2, 1);
    stand_feed(stand, GM_SERVICE_MATCHING, MATCHING_JOURNAL, 1, 2, 1);
    (void)query_at(stand, ORDER_JOURNAL, 3);
    stand_refuse_stream(stand, GM_SERVICE_ORDER, GM_REASON_POSITION_UNKNOWN);
    stand_live(stand, 500);
    stand_expect_none(stand);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL + 1, 1, 5, 1);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_POSITION_UNKNOWN);
}

static void what_waits_leaves_in_the_order_in_which_it_came(void **state)
{
    struct stand *stand = *state;
    uint64_t sent[5];
    for (int i = 0; i < 5; i++)
        sent[i] = query_at(stand, ORDER_JOURNAL, i == 3 ? 9 : 2);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 1, 2, 1);
    stand_run(stand);
    for (int i = 0; i < 5; i++)
        if (i != 3)
            assert_true(stand_expect(stand, GM_REASON_LOT_UNKNOWN).header.request_id == sent[i]);
    stand_expect_none(stand);
    const uint64_t late = query_at(stand, ORDER_JOURNAL, 3); /* the list's end is still its end */
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 3, 9, 1);
    stand_run(stand);
    assert_true(stand_expect(stand, GM_REASON_LOT_UNKNOWN).header.request_id == sent[3]);
    assert_true(stand_expect(stand, GM_REASON_LOT_UNKNOWN).header.request_id == late);
}

static void the_last_of_those_that_wait_may_leave_first(void **state)
{
    struct stand *stand = *state;
    const uint64_t first = query_at(stand, ORDER_JOURNAL, 1);
    struct gm_request_header hasty = header_at(stand, GM_METHOD_CATALOG_GET_LOT, ORDER_JOURNAL, 1);
    hasty.timeout_ms = 100;
    stand_get_lot(stand, &hasty, 1);
    stand_run(stand); /* looked at, and nothing moved since */
    stand_pass(stand, 100);
    stand_turn(stand);
    (void)stand_expect(stand, GM_REASON_NOT_CAUGHT_UP);
    const uint64_t next = query_at(stand, ORDER_JOURNAL, 1);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 1, 1, 1);
    stand_run(stand);
    assert_true(stand_expect(stand, GM_REASON_LOT_UNKNOWN).header.request_id == first);
    assert_true(stand_expect(stand, GM_REASON_LOT_UNKNOWN).header.request_id == next);
}

static void too_many_that_wait_are_refused(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < GM_PARKED_MAX; i++) {
        stand->peer = (uint8_t)(i / GM_IN_FLIGHT_MEMBER);
        (void)query_at(stand, ORDER_JOURNAL, 1);
    }
    stand_expect_none(stand);
    stand->peer = 200;
    (void)query_at(stand, ORDER_JOURNAL, 1);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_QUEUE_TOO_OLD);
    assert_int_equal(reply.refusal.retry_after_ms, GM_RETRY_AFTER_MS);
    stand_feed(stand, GM_SERVICE_ORDER, ORDER_JOURNAL, 1, 1, 1);
    stand_run(stand);
    for (unsigned i = 0; i < GM_PARKED_MAX; i++)
        (void)stand_expect(stand, GM_REASON_LOT_UNKNOWN);
    assert_int_equal(stand->host->parked.count, 0);
}

/* Fields that this program does not know are passed over, and could be as long as a message. */
static void large_messages_that_wait_are_bounded_by_their_bytes(void **state)
{
    struct stand *stand = *state;
    static uint8_t body[GM_MESSAGE_BYTES_MAX];
    const uint32_t rest = sizeof body - 6;
    body[0] = 15 << 3 | 2; /* field 15, so many bytes */
    body[1] = (uint8_t)(rest | 0x80);
    body[2] = (uint8_t)(rest >> 7 | 0x80);
    body[3] = (uint8_t)(rest >> 14 | 0x80);
    body[4] = (uint8_t)(rest >> 21 | 0x80);
    for (unsigned i = 0; i <= GM_PARKED_BYTES_MAX / sizeof body; i++) {
        const struct gm_request_header header =
            header_at(stand, GM_METHOD_CATALOG_LIST_LOTS, ORDER_JOURNAL, 1);
        uint8_t head[GM_REQUEST_HEADER_BYTES_MAX];
        const size_t size = gm_request_header_encode(&header, head);
        const struct gm_frames frames = {gm_bytes(head, size), gm_bytes(body, sizeof body),
                                         GM_FRAMES_MAX};
        stand_expect_none(stand);
        stand_send_frames(stand, &frames);
    }
    (void)stand_expect(stand, GM_REASON_QUEUE_TOO_OLD);
    assert_true(stand->host->parked_bytes <= GM_PARKED_BYTES_MAX);
    stand_live(stand, GM_TIMEOUT_MS_DEFAULT);
    assert_true(stand->host->parked_bytes == 0);
}

/* ---- searches ---- */

static void a_search_answers_from_the_last_checkpoint_and_says_so(void **state)
{
    struct stand *stand = *state;
    restock_and_take_reply(stand, 1, 5);
    stand_live(stand, GM_CHECKPOINT_IDLE_MS);
    const uint64_t applied = gm_store_applied(stand->store);
    assert_true(applied == gm_host_head(stand->host));
    restock_and_take_reply(stand, 2, 5);
    const uint64_t request_id = search(stand);
    stand_run(stand);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_NONE);
    assert_true(reply.header.request_id == request_id);
    assert_true(reply.header.position.seq == applied);
    assert_int_equal(lots_in(stand, reply.body), 1);
}

static void a_search_that_names_a_position_waits_for_a_checkpoint_due_at_once(void **state)
{
    struct stand *stand = *state;
    stand_live(stand, 1000);
    stand_pass(stand, 20);
    restock(stand, 1, 5);
    (void)search_at(stand, gm_host_head(stand->host));
    stand_turn(stand);
    assert_false(stand_checkpoint(stand)); /* due, but what it stands for is not acked */
    assert_true(stand_append(stand));
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_turn(stand);
    assert_true(stand_checkpoint(stand));
    stand_run(stand);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_NONE);
    assert_int_equal(lots_in(stand, reply.body), 1);
    assert_true(reply.header.position.seq == gm_host_head(stand->host));
}

static void checkpoints_for_searches_are_20_ms_apart(void **state)
{
    struct stand *stand = *state;
    stand_live(stand, 1000);
    stand_pass(stand, 20);
    restock_and_take_reply(stand, 1, 5);
    (void)search_at(stand, gm_host_head(stand->host));
    stand_run(stand);
    assert_int_equal(lots_in(stand, stand_expect(stand, GM_REASON_NONE).body), 1);
    restock_and_take_reply(stand, 2, 5);
    (void)search_at(stand, gm_host_head(stand->host));
    stand_run(stand);
    for (int ms = 0; ms < 20; ms++) {
        stand_expect_none(stand);
        const struct gm_request_header busy = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
        stand_pass(stand, 1);
        stand_get_lot(stand, &busy, 1); /* so that it does not come due by idleness */
        stand_send_out(stand);
        (void)stand_expect(stand, GM_REASON_NONE);
        assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms + 20);
        stand_run(stand);
    }
    assert_int_equal(lots_in(stand, stand_expect(stand, GM_REASON_NONE).body), 2);
    const uint64_t checkpoints = gm_host_counts(stand->host)->checkpoints;
    stand_live(stand, 25);
    assert_true(gm_host_counts(stand->host)->checkpoints ==
                checkpoints); /* nobody waits any more */
}

static void a_search_whose_position_is_not_in_time_is_not_caught_up(void **state)
{
    struct stand *stand = *state;
    stand_live(stand, 1000);
    restock(stand, 1, 5);
    struct gm_request_header header =
        header_at(stand, GM_METHOD_CATALOG_LIST_LOTS, STAND_JOURNAL_ID, gm_host_head(stand->host));
    header.timeout_ms = 50;
    stand_list_lots(stand, &header);
    stand_turn(stand);
    stand_pass(stand, 50);
    stand_turn(stand);
    (void)stand_expect(stand, GM_REASON_NOT_CAUGHT_UP);
}

static void a_refused_search_is_a_reply_like_another(void **state)
{
    struct stand *stand = *state;
    const struct gm_id product = stand_lot(1);
    Catalog__ListLotsRequest request = CATALOG__LIST_LOTS_REQUEST__INIT;
    request.product_id = gm_message_bytes(&product);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_LIST_LOTS);
    stand_send(stand, &header, &request.base);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_PRODUCT_UNKNOWN);
}

static void further_searches_wait_for_a_place_in_the_order_in_which_they_came(void **state)
{
    struct stand *stand = *state;
    uint64_t sent[GM_SEARCH_JOBS_MAX + 3];
    for (unsigned i = 0; i < GM_SEARCH_JOBS_MAX + 2; i++)
        sent[i] = search(stand);
    stand_turn(stand);
    assert_true(stand_work(stand));               /* a place is free now */
    sent[GM_SEARCH_JOBS_MAX + 2] = search(stand); /* does not take it from who waits */
    stand_run(stand);
    for (unsigned i = 0; i < GM_SEARCH_JOBS_MAX + 3; i++)
        assert_true(stand_expect(stand, GM_REASON_NONE).header.request_id == sent[i]);
}

static void a_search_that_got_no_place_in_time_timed_out(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < GM_SEARCH_JOBS_MAX + 1; i++)
        (void)search(stand);
    stand_pass(stand, GM_TIMEOUT_MS_DEFAULT);
    stand_turn(stand);
    (void)stand_expect(stand, GM_REASON_TIMED_OUT);
    stand_run(stand);
    for (unsigned i = 0; i < GM_SEARCH_JOBS_MAX; i++)
        (void)stand_expect(stand, GM_REASON_NONE);
}

static void searches_under_way_at_a_crash_leave_no_reader_behind(void **state)
{
    struct stand *stand = *state;
    for (unsigned i = 0; i < GM_SEARCH_JOBS_MAX; i++)
        (void)search(stand);
    assert_non_null(stand_run_job(stand, GM_LANE_WORKER));
    stand_restart(stand); /* closing the store asserts it */
}

/* ---- commands until their saga is settled ---- */

static struct gm_request_header lose(struct stand *stand, uint8_t lot, int64_t effects)
{
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    header.until_settled = true;
    stand_adjust(stand, &header, lot, CATALOG__ADJUST_REASON__LOST, effects, "");
    return header;
}

static void answer_next(struct stand *stand)
{
    struct stand_request request;
    assert_true(stand_request(stand, &request));
    stand_answer(stand, &request, GM_CODE_OK, true, gm_bytes(NULL, 0));
}

static uint64_t revision_in(struct stand *stand, struct gm_bytes body)
{
    gm_arena_reset(&stand->arena);
    const Catalog__StockReply *reply = (const Catalog__StockReply *)gm_message_unpack(
        body, &catalog__stock_reply__descriptor, &stand->arena);
    assert_non_null(reply);
    return reply->revision;
}

static void a_command_until_settled_is_answered_when_its_saga_is_over(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = lose(stand, 1, 2);
    stand_run(stand);
    stand_expect_none(stand);
    answer_next(stand);
    stand_run(stand);
    stand_expect_none(stand);
    answer_next(stand);
    stand_expect_none(stand); /* the last answer is not durable */
    stand_run(stand);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_NONE);
    assert_true(reply.header.request_id == header.request_id);
    assert_true(reply.header.recorded);
    assert_true(reply.header.position.seq == gm_host_head(stand->host));
    assert_true(revision_in(stand, reply.body) == 3); /* after both answers */
    assert_int_equal(stand->host->sagas.count, 0);
}

static void a_command_with_nothing_to_settle_is_answered_as_ever(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    header.until_settled = true;
    stand_restock(stand, &header, 1, 5);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    header.until_settled = true;
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__BROKEN, 50, "");
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_BELOW_RESERVED);
    assert_int_equal(stand->host->parked.count, 0);
}

static void a_saga_that_is_not_over_in_time_times_out_and_a_repeat_waits_on(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = lose(stand, 1, 1);
    stand_run(stand);
    stand_pass(stand, GM_TIMEOUT_MS_DEFAULT);
    stand_run(stand);
    assert_false(stand_expect(stand, GM_REASON_TIMED_OUT).header.recorded);
    assert_int_equal(stand->host->parked.count, 0);

    header.until_settled = false; /* what is recorded is that it was taken */
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__LOST, 1, "");
    const struct stand_reply taken = stand_expect(stand, GM_REASON_NONE);
    assert_true(revision_in(stand, taken.body) == 1);
    header.until_settled = true;
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__LOST, 1, "");
    stand_run(stand);
    stand_expect_none(stand);
    struct stand_request request; /* of the copy that timed out, and its repeat */
    assert_true(stand_request(stand, &request));
    stand_live(stand, GM_EFFECT_BACKOFF_MS);
    answer_next(stand);
    stand_run(stand);
    assert_true(revision_in(stand, stand_expect(stand, GM_REASON_NONE).body) == 2);
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__LOST, 1, ""); /* over: at once */
    assert_true(revision_in(stand, stand_expect(stand, GM_REASON_NONE).body) == 2);
}

static void all_who_wait_for_a_saga_are_answered(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = lose(stand, 1, 1);
    header.timeout_ms = 1000;
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__LOST, 1, "");
    header.timeout_ms = 0;
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__LOST, 1, "");
    stand_run(stand);
    stand_live(stand, 1000);
    (void)stand_expect(stand, GM_REASON_TIMED_OUT); /* the one in the middle of the list */
    stand_expect_none(stand);
    answer_next(stand);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_expect_none(stand);
}

static void a_repeat_after_a_crash_waits_for_the_saga_that_goes_on(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = lose(stand, 1, 1);
    stand_run(stand);
    stand_restart(stand);
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__LOST, 1, "");
    stand_run(stand);
    stand_expect_none(stand);
    answer_next(stand);
    stand_run(stand);
    assert_true(revision_in(stand, stand_expect(stand, GM_REASON_NONE).body) == 2);
    stand_audit(stand);
}

static void a_refused_answer_settles_as_well(void **state)
{
    struct stand *stand = *state;
    (void)lose(stand, 1, 1);
    stand_run(stand);
    struct stand_request request;
    assert_true(stand_request(stand, &request));
    uint8_t body[GM_REPLY_BYTES_MAX];
    const struct gm_refusal refusal = {.reason = GM_REASON_ORDER_UNKNOWN};
    const size_t size = gm_refusal_encode(&refusal, GM_LANGUAGE_EN, body);
    stand_answer(stand, &request, GM_CODE_NOT_FOUND, true, gm_bytes(body, size));
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_int_equal(stand_row(stand, 1).refused, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)      cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FOLLOWING(name) cmocka_unit_test_setup_teardown(name, setup_follower, teardown)
        TEST(a_position_that_is_applied_is_answered_from),
        TEST(a_position_beyond_the_head_is_unknown),
        TEST(a_position_of_a_history_that_is_not_followed_is_unknown),
        FOLLOWING(a_followed_position_to_come_is_waited_for),
        FOLLOWING(a_position_of_the_second_source_is_known_though_the_first_is_silent),
        FOLLOWING(all_positions_have_to_be_there),
        FOLLOWING(a_position_that_does_not_come_is_not_caught_up_at_the_deadline),
        FOLLOWING(a_position_of_a_history_that_was_left_is_unknown_once_the_next_is_heard),
        FOLLOWING(what_waits_leaves_in_the_order_in_which_it_came),
        FOLLOWING(the_last_of_those_that_wait_may_leave_first),
        FOLLOWING(too_many_that_wait_are_refused),
        FOLLOWING(large_messages_that_wait_are_bounded_by_their_bytes),
        TEST(a_search_answers_from_the_last_checkpoint_and_says_so),
        TEST(a_search_that_names_a_position_waits_for_a_checkpoint_due_at_once),
        TEST(checkpoints_for_searches_are_20_ms_apart),
        TEST(a_search_whose_position_is_not_in_time_is_not_caught_up),
        TEST(a_refused_search_is_a_reply_like_another),
        TEST(further_searches_wait_for_a_place_in_the_order_in_which_they_came),
        TEST(a_search_that_got_no_place_in_time_timed_out),
        TEST(searches_under_way_at_a_crash_leave_no_reader_behind),
        TEST(a_command_until_settled_is_answered_when_its_saga_is_over),
        TEST(a_command_with_nothing_to_settle_is_answered_as_ever),
        TEST(a_saga_that_is_not_over_in_time_times_out_and_a_repeat_waits_on),
        TEST(all_who_wait_for_a_saga_are_answered),
        TEST(a_repeat_after_a_crash_waits_for_the_saga_that_goes_on),
        TEST(a_refused_answer_settles_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
