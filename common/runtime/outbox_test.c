#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "wire.pb-c.h"
#include "wire/check.h"

static int setup(void **state)
{
    *state = stand_new(&toy_service);
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

static void restock(struct stand *stand, int64_t quantity)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, quantity);
}

static void query(struct stand *stand)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    stand_get_lot(stand, &header, 1);
}

static int64_t on_hand_in(struct stand *stand, struct gm_bytes view)
{
    gm_arena_reset(&stand->arena);
    const Catalog__LotView *read = (const Catalog__LotView *)gm_message_unpack(
        view, &catalog__lot_view__descriptor, &stand->arena);
    assert_non_null(read);
    return read->on_hand;
}

/* ---- durable before visible ---- */

static void a_query_sees_the_newest_state_and_waits_until_it_is_durable(void **state)
{
    struct stand *stand = *state;
    restock(stand, 5);
    query(stand);
    const struct gm_request_header status = stand_header(stand, GM_METHOD_HOST_STATUS);
    const Wire__StatusRequest ask = WIRE__STATUS_REQUEST__INIT;
    stand_send(stand, &status, &ask.base);
    stand_expect_none(stand);
    assert_true(stand_take_batch(stand));
    stand_expect_none(stand);
    stand_ack(stand);
    const struct stand_reply first = stand_expect(stand, GM_REASON_NONE);
    assert_true(first.header.recorded);
    const struct gm_position position = first.header.position;
    assert_true(position.journal_id == STAND_JOURNAL_ID);
    assert_true(position.seq == gm_host_head(stand->host));
    const struct stand_reply second = stand_expect(stand, GM_REASON_NONE);
    assert_false(second.header.recorded);
    assert_true(second.header.position.seq == position.seq);
    assert_int_equal(on_hand_in(stand, second.body), 5);
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_expect_none(stand);
}

static void an_ack_frees_what_its_batch_holds_and_no_more(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_take_batch(stand));
    restock(stand, 2);
    query(stand);
    stand_ack(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_expect_none(stand);
    assert_true(stand_take_batch(stand));
    stand_expect_none(stand);
    stand_ack(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_int_equal(on_hand_in(stand, stand_expect(stand, GM_REASON_NONE).body), 3);
}

static void a_refused_query_waits_too(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    stand_get_lot(stand, &header, 2); /* that there is none is a fact of that state */
    stand_expect_none(stand);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    (void)stand_expect(stand, GM_REASON_LOT_UNKNOWN);
}

static void with_nothing_under_way_a_query_is_answered_at_once(void **state)
{
    struct stand *stand = *state;
    query(stand);
    (void)stand_expect(stand, GM_REASON_LOT_UNKNOWN);
}

static void what_was_not_acked_before_a_crash_was_never_seen(void **state)
{
    struct stand *stand = *state;
    restock(stand, 5);
    query(stand);
    assert_true(stand_take_batch(stand));
    stand_expect_none(stand);
    stand_restart(stand);
    query(stand);
    (void)stand_expect(stand, GM_REASON_LOT_UNKNOWN);
}

/* ---- batches ---- */

static void one_batch_is_under_way_at_a_time(void **state)
{
    struct stand *stand = *state;
    struct gm_batch *batch;
    assert_false(gm_host_batch(stand->host, &batch));
    restock(stand, 1);
    assert_true(stand_take_batch(stand));
    restock(stand, 2);
    assert_false(gm_host_batch(stand->host, &batch));
    stand_ack(stand);
    assert_true(stand_take_batch(stand));
    assert_int_equal(stand->batch->count, 1);
    stand_ack(stand);
    assert_false(gm_host_batch(stand->host, &batch));
}

static void commands_that_wait_share_a_batch(void **state)
{
    struct stand *stand = *state;
    const uint64_t head = gm_host_head(stand->host);
    const uint64_t hash = gm_store_hash(stand->store);
    for (int i = 0; i < 10; i++)
        restock(stand, 1);
    assert_true(stand_take_batch(stand));
    const struct gm_batch *batch = stand->batch;
    assert_int_equal(batch->count, 10);
    assert_true(batch->first_seq == head + 1);
    assert_true(batch->journal_id == STAND_JOURNAL_ID);
    assert_true(batch->epoch == gm_host_epoch(stand->host));
    assert_int_equal(batch->fold_version, toy_service.fold_version);
    assert_true(batch->state_known && batch->state_hash == hash);
    stand_ack(stand);
}

/* Sends from as many peers as it takes; how many were taken. */
static unsigned fill(struct stand *stand, int64_t sample_bytes)
{
    unsigned sent = 0;
    for (; gm_host_ready(stand->host); sent++) {
        stand->peer = (uint8_t)(sent / GM_IN_FLIGHT_MEMBER + 2);
        const struct gm_request_header header = stand_header(
            stand, sample_bytes > 0 ? GM_METHOD_CATALOG_ADJUST : GM_METHOD_CATALOG_RESTOCK);
        if (sample_bytes > 0)
            stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__SAMPLE, sample_bytes, "");
        else
            stand_restock(stand, &header, 1, 1);
    }
    stand->peer = 1;
    return sent;
}

static void a_full_batch_closes_the_door_until_it_is_handed_over(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_take_batch(stand));
    const unsigned taken = fill(stand, 0);
    assert_true(taken > 1000);
    assert_int_equal(stand->host->batch.count, taken);
    struct gm_batch *batch;
    assert_false(gm_host_batch(stand->host, &batch)); /* one is under way */
    assert_false(gm_host_ready(stand->host));
    stand_ack(stand);
    assert_false(gm_host_ready(stand->host));
    assert_true(stand_take_batch(stand));
    assert_int_equal(stand->batch->count, taken);
    assert_true(gm_host_ready(stand->host));
    stand_ack(stand);
    for (unsigned i = 0; i < taken + 1; i++)
        (void)stand_expect(stand, GM_REASON_NONE);
    stand_audit(stand);
}

static void a_batch_keeps_room_for_the_largest_entry(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_take_batch(stand));
    (void)fill(stand, GM_ENTRY_EVENT_BYTES_MAX - 64);
    const size_t bytes = stand->host->batch.entries.size;
    assert_true(bytes <= GM_BATCH_BYTES_MAX);
    assert_true(bytes + GM_ENTRY_BYTES_MAX > GM_BATCH_BYTES_MAX);
    stand_run(stand);
    stand_audit(stand);
}

static void a_batch_takes_4096_entries_and_no_more(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    assert_true(stand_take_batch(stand));
    /* With no event and a small reply each they are within the bytes. */
    unsigned sent = 0;
    const struct gm_id order = stand_lot(1);
    Catalog__ReleaseRequest release = CATALOG__RELEASE_REQUEST__INIT;
    release.order_id = gm_message_bytes(&order);
    for (; gm_host_ready(stand->host); sent++) {
        struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RELEASE);
        header.member = gm_service_member(GM_SERVICE_ORDER);
        stand->peer = (uint8_t)(sent / GM_IN_FLIGHT_SERVICE + 2);
        stand_send(stand, &header, &release.base);
    }
    assert_int_equal(sent, GM_BATCH_ENTRIES_MAX);
    stand_run(stand);
    for (unsigned i = 0; i < sent + 1; i++)
        (void)stand_expect(stand, GM_REASON_NONE);
}

/* ---- the outbox ---- */

static void a_full_outbox_closes_the_door_until_it_is_sent(void **state)
{
    struct stand *stand = *state;
    Catalog__GetProductRequest request = CATALOG__GET_PRODUCT_REQUEST__INIT;
    request.sku = "65536";
    unsigned sent = 0;
    for (; gm_host_ready(stand->host); sent++) {
        stand->peer = (uint8_t)(sent / GM_IN_FLIGHT_MEMBER + 2);
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_PRODUCT);
        stand_send(stand, &header, &request.base);
    }
    assert_int_equal(sent, GM_OUTBOX_BYTES_MAX / (GM_REPLY_BODY_BYTES_MAX + 128) + 1);
    struct gm_output output;
    assert_true(gm_host_output(stand->host, &output));
    assert_true(gm_host_output(stand->host, &output)); /* the one before is given back now */
    assert_true(gm_host_ready(stand->host));
    stand_send_out(stand);
}

static void replies_that_wait_for_the_journal_count_as_well(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    Catalog__GetProductRequest request = CATALOG__GET_PRODUCT_REQUEST__INIT;
    request.sku = "65536";
    for (unsigned sent = 0; gm_host_ready(stand->host); sent++) {
        stand->peer = (uint8_t)(sent / GM_IN_FLIGHT_MEMBER + 2);
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_PRODUCT);
        stand_send(stand, &header, &request.base);
    }
    stand_expect_none(stand);
    assert_true(stand_append(stand));
    stand_send_out(stand);
    assert_true(gm_host_ready(stand->host));
}

/* ---- draining ---- */

static void a_host_that_drains_answers_what_is_under_way_and_refuses_the_rest(void **state)
{
    struct stand *stand = *state;
    restock(stand, 5);
    gm_host_drain(stand->host);
    assert_false(gm_host_idle(stand->host));
    query(stand);
    (void)stand_expect(stand, GM_REASON_DRAINING);
    restock(stand, 5);
    (void)stand_expect(stand, GM_REASON_DRAINING);
    assert_true(stand_take_batch(stand));
    assert_false(gm_host_idle(stand->host));
    stand_ack(stand);
    assert_false(gm_host_idle(stand->host)); /* its reply is not sent */
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_expect_none(stand);
    assert_true(gm_host_idle(stand->host));
    gm_host_checkpoint_now(stand->host);
    assert_false(gm_host_idle(stand->host));
    stand_run(stand);
    assert_true(gm_host_idle(stand->host));
    assert_true(gm_store_applied(stand->store) == gm_host_head(stand->host));
}

static void what_waits_is_refused_when_the_host_drains(void **state)
{
    struct stand *stand = *state;
    restock(stand, 1);
    struct gm_request_header lost = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    lost.until_settled = true;
    for (uint8_t lot = 2; lot < 5; lot++) {
        stand_adjust(stand, &lost, lot, CATALOG__ADJUST_REASON__LOST, 2, "");
        lost.request_id++;
        lost.command_id = stand_id(stand);
    }
    struct gm_request_header list = stand_header(stand, GM_METHOD_CATALOG_LIST_LOTS);
    list.position_count = 1;
    list.positions[0] = (struct gm_position){STAND_JOURNAL_ID, gm_host_head(stand->host)};
    stand_list_lots(stand, &list);
    assert_true(stand_append(stand));
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_expect_none(stand);
    gm_host_drain(stand->host);
    assert_true(stand_expect(stand, GM_REASON_DRAINING).header.request_id == list.request_id);
    for (int i = 0; i < 3; i++)
        assert_false(stand_expect(stand, GM_REASON_DRAINING).header.recorded);
    stand_expect_none(stand);
    assert_int_equal(stand->host->parked.count, 0);
    assert_true(stand->host->parked_bytes == 0);
}

static void a_repeat_that_would_wait_gets_what_is_recorded_while_the_host_drains(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header lost = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    lost.until_settled = true;
    stand_adjust(stand, &lost, 1, CATALOG__ADJUST_REASON__LOST, 2, "");
    stand_run(stand);
    gm_host_drain(stand->host);
    (void)stand_expect(stand, GM_REASON_DRAINING);
    stand_adjust(stand, &lost, 1, CATALOG__ADJUST_REASON__LOST, 2, "");
    assert_true(stand_expect(stand, GM_REASON_NONE).header.recorded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_query_sees_the_newest_state_and_waits_until_it_is_durable),
        TEST(an_ack_frees_what_its_batch_holds_and_no_more),
        TEST(a_refused_query_waits_too),
        TEST(with_nothing_under_way_a_query_is_answered_at_once),
        TEST(what_was_not_acked_before_a_crash_was_never_seen),
        TEST(one_batch_is_under_way_at_a_time),
        TEST(commands_that_wait_share_a_batch),
        TEST(a_full_batch_closes_the_door_until_it_is_handed_over),
        TEST(a_batch_keeps_room_for_the_largest_entry),
        TEST(a_batch_takes_4096_entries_and_no_more),
        TEST(a_full_outbox_closes_the_door_until_it_is_sent),
        TEST(replies_that_wait_for_the_journal_count_as_well),
        TEST(a_host_that_drains_answers_what_is_under_way_and_refuses_the_rest),
        TEST(what_waits_is_refused_when_the_host_drains),
        TEST(a_repeat_that_would_wait_gets_what_is_recorded_while_the_host_drains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
