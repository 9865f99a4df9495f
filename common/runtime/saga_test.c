#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
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

/* So many effects of the saga that is the lot. */
static void send_lost(struct stand *stand, unsigned lot, int64_t effects, const char *note)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    stand_adjust(stand, &header, lot, CATALOG__ADJUST_REASON__LOST, effects, note);
}

static void lose(struct stand *stand, unsigned lot, int64_t effects)
{
    send_lost(stand, lot, effects, "");
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static struct stand_request next(struct stand *stand)
{
    struct stand_request request;
    if (!stand_request(stand, &request)) fail_msg("there is no request");
    return request;
}

static void expect_no_request(struct stand *stand)
{
    struct stand_request request;
    assert_false(stand_request(stand, &request));
}

/* Which of the effects of its saga it is, from 1. */
static uint64_t number_of(struct stand *stand, const struct stand_request *request)
{
    gm_arena_reset(&stand->arena);
    const Order__OrderCommand *cancel = (const Order__OrderCommand *)gm_message_unpack(
        request->body, &order__order_command__descriptor, &stand->arena);
    assert_non_null(cancel);
    return cancel->revision;
}

static void answer(struct stand *stand, const struct stand_request *request)
{
    stand_answer(stand, request, GM_CODE_OK, true, gm_bytes(NULL, 0));
}

static void answer_unrecorded(struct stand *stand, const struct stand_request *request)
{
    uint8_t body[GM_REPLY_BYTES_MAX];
    const struct gm_refusal refusal = {.reason = GM_REASON_QUEUE_TOO_OLD};
    const size_t size = gm_refusal_encode(&refusal, GM_LANGUAGE_EN, body);
    stand_answer(stand, request, GM_CODE_RESOURCE_EXHAUSTED, false, gm_bytes(body, size));
}

/* The entry that was appended last. */
static struct gm_entry last_entry(struct stand *stand)
{
    static uint8_t buffer[GM_BATCH_BYTES_MAX];
    struct gm_batch batch;
    struct gm_entry entry;
    size_t taken = 0;
    const uint64_t head = gm_host_head(stand->host);
    assert_int_equal(gm_journal_read(stand->journal, head, buffer, &batch), GM_OK);
    gm_arena_reset(&stand->arena);
    do {
        batch.entries.at += taken;
        batch.entries.size -= taken;
        assert_int_equal(gm_entry_decode(batch.entries, &stand->arena, &entry, &taken), GM_OK);
    } while (entry.seq < head);
    return entry;
}

/* ---- effects ---- */

static void an_effect_leaves_when_its_entry_is_durable(void **state)
{
    struct stand *stand = *state;
    send_lost(stand, 1, 1, "");
    stand_turn(stand);
    expect_no_request(stand);
    assert_true(stand_take_batch(stand));
    stand_turn(stand);
    expect_no_request(stand);
    stand_ack(stand);
    assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms);
    stand_turn(stand);
    const struct gm_entry entry = last_entry(stand);
    const struct stand_request request = next(stand);
    assert_int_equal(request.to, GM_SERVICE_ORDER);
    assert_int_equal(request.header.method, GM_METHOD_ORDER_CANCEL);
    assert_int_equal(request.header.timeout_ms, GM_EFFECT_TIMEOUT_MS);
    assert_true(gm_id_equal(request.header.member, gm_service_member(GM_SERVICE_CATALOG)));
    assert_true(gm_id_equal(request.header.command_id, gm_id_derive(entry.id, 1)));
    assert_false(request.header.until_settled);
    expect_no_request(stand);
}

static void effects_of_one_saga_leave_one_after_the_answer_to_the_other(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 3);
    lose(stand, 1, 2);
    static const uint64_t order[] = {1, 2, 3, 1, 2};
    for (int i = 0; i < 5; i++) {
        const struct stand_request request = next(stand);
        assert_true(number_of(stand, &request) == order[i]);
        const struct stand_request kept = request;
        expect_no_request(stand);
        answer(stand, &kept);
        stand_run(stand);
    }
    expect_no_request(stand);
    assert_int_equal(stand_row(stand, 1).done, 5);
    assert_int_equal(stand_row(stand, 1).open, 0);
    assert_int_equal(stand->host->sagas.count, 0);
    assert_int_equal(stand->host->sent.count, 0);
    stand_audit(stand);
}

static void sagas_do_not_wait_for_each_other(void **state)
{
    struct stand *stand = *state;
    for (unsigned lot = 1; lot <= 3; lot++)
        lose(stand, lot, 2);
    for (unsigned lot = 1; lot <= 3; lot++)
        assert_true(next(stand).header.request_id != 0);
    expect_no_request(stand);
}

static void an_answer_is_journalled_and_ends_the_effect_for_good(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    const struct stand_request request = next(stand);
    answer(stand, &request);
    assert_int_equal(gm_host_effects_open(stand->host), 0);
    stand_run(stand);
    const struct gm_entry entry = last_entry(stand);
    assert_int_equal(entry.kind, GM_ENTRY_ANSWER);
    assert_int_equal(entry.method, GM_METHOD_ORDER_CANCEL);
    assert_true(gm_id_equal(entry.command_id, request.header.command_id));
    assert_true(gm_id_equal(entry.member, gm_service_member(GM_SERVICE_ORDER)));
    answer(stand, &request); /* once more, as networks do */
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).done, 1);
    stand_restart(stand);
    expect_no_request(stand);
    assert_int_equal(stand_row(stand, 1).done, 1);
}

static void a_refusal_that_is_recorded_is_an_answer(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    const struct stand_request request = next(stand);
    uint8_t body[GM_REPLY_BYTES_MAX];
    const struct gm_refusal refusal = {.reason = GM_REASON_ORDER_UNKNOWN};
    const size_t size = gm_refusal_encode(&refusal, GM_LANGUAGE_EN, body);
    stand_answer(stand, &request, GM_CODE_NOT_FOUND, true, gm_bytes(body, size));
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).refused, 1);
    assert_int_equal(gm_host_effects_open(stand->host), 0);
}

static void an_answer_whose_refusal_cannot_be_read_is_still_one(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    const struct stand_request request = next(stand);
    stand_answer(stand, &request, GM_CODE_NOT_FOUND, true, gm_bytes("\x07\x07", 2));
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).refused, 1);
}

static void what_is_not_recorded_is_no_answer_and_the_effect_is_sent_again(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    const struct stand_request first = next(stand);
    const uint64_t head = gm_host_head(stand->host);
    stand_answer(stand, &first, GM_CODE_OK, false, gm_bytes(NULL, 0));
    stand_run(stand);
    assert_true(gm_host_head(stand->host) == head);
    expect_no_request(stand);
    stand_live(stand, GM_EFFECT_BACKOFF_MS);
    const struct stand_request second = next(stand);
    assert_true(gm_id_equal(second.header.command_id, first.header.command_id));
    assert_true(second.header.request_id != first.header.request_id);
    answer(stand, &second);
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).done, 1);
}

/* When something happens next to the one effect that is open. */
static int64_t alarm_in_ms(const struct stand *stand)
{
    const struct gm_idmap *effects = &stand->host->effects;
    for (uint32_t i = 0; i < effects->capacity; i++) {
        const struct effect *effect = effects->slots[i].value;
        if (effect != NULL) return effect->alarm_ms - stand->reading.monotonic_ms;
    }
    fail_msg("no effect is open");
    return 0;
}

/* Within half and the whole of 100 ms, 200, 400 ... 10 s, 10 s. */
static void back_off_doubles_up_to_its_maximum(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    int64_t base_ms = GM_EFFECT_BACKOFF_MS;
    for (int attempt = 0; attempt < 12; attempt++) {
        const struct stand_request request = next(stand);
        answer_unrecorded(stand, &request);
        stand_run(stand);
        const int64_t wait_ms = alarm_in_ms(stand);
        assert_true(wait_ms >= base_ms / 2 && wait_ms <= base_ms);
        stand_pass(stand, wait_ms - 1);
        stand_run(stand);
        expect_no_request(stand);
        stand_pass(stand, 1);
        stand_run(stand);
        base_ms = 2 * base_ms < GM_EFFECT_BACKOFF_MAX_MS ? 2 * base_ms : GM_EFFECT_BACKOFF_MAX_MS;
    }
}

static void an_effect_without_an_answer_times_out_and_is_sent_again(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    const struct stand_request first = next(stand);
    stand_live(stand, GM_EFFECT_TIMEOUT_MS - 1);
    stand_live(stand, GM_EFFECT_BACKOFF_MS / 2);
    assert_int_equal(stand->host->sent.count, 0);
    stand_live(stand, GM_EFFECT_BACKOFF_MS);
    const struct stand_request second = next(stand);
    assert_true(second.header.request_id != first.header.request_id);
}

static void the_answer_to_an_old_copy_is_ignored(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    const struct stand_request first = next(stand);
    stand_live(stand, GM_EFFECT_TIMEOUT_MS);
    answer(stand, &first); /* between two copies */
    stand_live(stand, GM_EFFECT_BACKOFF_MS);
    const struct stand_request second = next(stand);
    answer(stand, &first);
    assert_int_equal(gm_host_effects_open(stand->host), 1);
    answer(stand, &second);
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).done, 1);
}

static void an_answer_of_another_service_is_ignored(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    struct stand_request request = next(stand);
    request.to = GM_SERVICE_MATCHING;
    answer(stand, &request);
    assert_int_equal(gm_host_effects_open(stand->host), 1);
}

static void a_reply_that_cannot_be_read_is_dropped_and_counted(void **state)
{
    struct stand *stand = *state;
    const struct gm_frames frames[] = {
        {gm_bytes("\x07\x07\x07", 3), gm_bytes(NULL, 0), GM_FRAMES_MAX},
        {gm_bytes(NULL, 0), gm_bytes(NULL, 0), 1},
        {gm_bytes("\x09xxxxxxxx", 9), gm_bytes(NULL, 0), 3},
    };
    for (uint64_t i = 0; i < 3; i++) {
        gm_host_hear(stand->host, GM_SERVICE_ORDER, &frames[i]);
        assert_true(gm_host_counts(stand->host)->dropped == i + 1);
    }
}

static void a_connection_made_anew_sends_what_was_under_way_at_once(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    send_lost(stand, 2, 1, "matching");
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    const struct stand_request first = next(stand);
    (void)next(stand);
    gm_host_reconnected(stand->host, GM_SERVICE_ORDER);
    stand_run(stand);
    const struct stand_request second = next(stand);
    assert_int_equal(second.to, GM_SERVICE_ORDER);
    assert_true(gm_id_equal(second.header.command_id, first.header.command_id));
    expect_no_request(stand);
    /* The alarm of the first copy means nothing to the second. */
    stand_live(stand, GM_EFFECT_TIMEOUT_MS - 1);
    expect_no_request(stand);
    answer(stand, &second);
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).done, 1);
}

static void a_connection_made_anew_ends_back_off(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    for (int attempt = 0; attempt < 8; attempt++) {
        const struct stand_request request = next(stand);
        answer_unrecorded(stand, &request);
        stand_run(stand);
        expect_no_request(stand);
        if (attempt < 7) stand_pass(stand, alarm_in_ms(stand));
        stand_run(stand);
    }
    gm_host_reconnected(stand->host, GM_SERVICE_MATCHING);
    stand_run(stand);
    expect_no_request(stand);
    gm_host_reconnected(stand->host, GM_SERVICE_ORDER);
    stand_run(stand);
    const struct stand_request request = next(stand);
    answer_unrecorded(stand, &request);
    stand_run(stand);
    assert_true(alarm_in_ms(stand) <= GM_EFFECT_BACKOFF_MS); /* as after a first attempt */
}

static void so_many_are_under_way_to_a_service_and_no_more(void **state)
{
    struct stand *stand = *state;
    for (unsigned lot = 1; lot <= GM_EFFECT_WINDOW + 2; lot++) {
        stand->peer = (uint8_t)(lot / GM_IN_FLIGHT_MEMBER);
        send_lost(stand, lot, 1, "");
    }
    send_lost(stand, 5000, 1, "matching");
    stand_run(stand);
    struct stand_request request;
    struct stand_request first = {0};
    unsigned to_order = 0;
    unsigned to_matching = 0;
    while (stand_request(stand, &request)) {
        if (to_order == 0) first = request;
        if (request.to == GM_SERVICE_ORDER) to_order++;
        if (request.to == GM_SERVICE_MATCHING) to_matching++;
    }
    assert_int_equal(to_order, GM_EFFECT_WINDOW);
    assert_int_equal(to_matching, 1); /* it has a window of its own */
    answer(stand, &first);
    stand_run(stand);
    (void)next(stand);
    expect_no_request(stand);
}

static void after_a_crash_effects_are_sent_again_with_the_same_command_id(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 2);
    lose(stand, 2, 1);
    struct gm_id ids[3];
    const struct stand_request first = next(stand);
    ids[0] = first.header.command_id;
    const struct gm_id second_saga = next(stand).header.command_id;
    for (int round = 0; round < 2; round++) { /* from the journal, then from the tables */
        stand_crash(stand);
        stand_start(stand);
        stand_turn(stand);
        const struct stand_request again = next(stand);
        assert_true(gm_id_equal(again.header.command_id, ids[0]));
        assert_true(number_of(stand, &again) == 1);
        assert_true(gm_id_equal(next(stand).header.command_id, second_saga));
        expect_no_request(stand);
        stand_live(stand, GM_CHECKPOINT_AGE_MS);
    }
}

static void an_answer_that_was_not_durable_is_asked_for_again(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 2);
    const struct stand_request first = next(stand);
    answer(stand, &first);
    assert_int_equal(stand_row(stand, 1).done, 1);
    stand_crash(stand);
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).done, 0);
    stand_turn(stand);
    const struct stand_request again = next(stand);
    assert_true(number_of(stand, &again) == 1);
    answer(stand, &again);
    stand_run(stand);
    const struct stand_request second = next(stand);
    assert_true(number_of(stand, &second) == 2);
    stand_audit(stand);
}

/* Checkpointed at every state that a saga of three can be in; the order outlives each start. */
static void the_order_of_a_saga_outlives_restarts(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 2);
    lose(stand, 1, 1);
    static const uint64_t order[] = {1, 2, 1};
    for (int i = 0; i < 3; i++) {
        if (i != 1) gm_host_checkpoint_now(stand->host);
        stand_restart(stand);
        const struct stand_request request = next(stand);
        assert_true(number_of(stand, &request) == order[i]);
        const struct stand_request kept = request;
        expect_no_request(stand);
        answer(stand, &kept);
        stand_run(stand);
    }
    assert_int_equal(stand_row(stand, 1).open, 0);
    stand_audit(stand);
}

static void a_late_answer_to_the_process_before_means_nothing_to_this_one(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 1);
    const struct stand_request before = next(stand);
    stand_restart(stand);
    answer(stand, &before);
    assert_int_equal(gm_host_effects_open(stand->host), 1);
}

static void status_shows_open_effects_and_the_age_of_the_oldest(void **state)
{
    struct stand *stand = *state;
    lose(stand, 1, 2);
    stand_live(stand, 70000);
    lose(stand, 2, 1);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_HOST_STATUS);
    const Wire__StatusRequest ask = WIRE__STATUS_REQUEST__INIT;
    stand_send(stand, &header, &ask.base);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_NONE);
    gm_arena_reset(&stand->arena);
    const Wire__StatusReply *status = (const Wire__StatusReply *)gm_message_unpack(
        reply.body, &wire__status_reply__descriptor, &stand->arena);
    assert_int_equal(status->effects_open, 3);
    assert_int_equal(status->oldest_effect_ms, 70000);
    assert_int_equal(status->commands, 2);
    assert_true(status->head->seq == gm_host_head(stand->host));
    assert_true(status->state_hash == gm_store_hash(stand->store));
}

/* ---- timers ---- */

static void send_timer(struct stand *stand, unsigned lot, int64_t seconds)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    stand_adjust(stand, &header, lot, CATALOG__ADJUST_REASON__COUNTED, seconds, "");
}

static void set_timer(struct stand *stand, unsigned lot, int64_t seconds)
{
    send_timer(stand, lot, seconds);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static int64_t due_ms(struct stand *stand, unsigned lot)
{
    return gm_timer_due(gm_store_rows(stand->store), TOY_TIMER, stand_lot(lot));
}

static void a_timer_fires_when_it_is_due_and_once(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 10);
    assert_true(due_ms(stand, 1) == STAND_START_MS + 10000);
    stand_live(stand, 9999);
    assert_int_equal(stand_row(stand, 1).rung, 0);
    assert_true(gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms + 1);
    stand_live(stand, 1);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    assert_true(stand_row(stand, 1).rung_ms == STAND_START_MS + 10000);
    assert_true(due_ms(stand, 1) == 0);
    const struct gm_entry entry = last_entry(stand);
    assert_int_equal(entry.kind, GM_ENTRY_TIMER);
    assert_int_equal(entry.method, TOY_TIMER);
    assert_true(gm_id_equal(entry.command_id, stand_lot(1)));
    assert_true(gm_id_equal(entry.member, gm_service_member(GM_SERVICE_CATALOG)));
    stand_live(stand, 60000);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    stand_audit(stand);
}

static void a_timer_started_again_keeps_the_later_time_alone(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 10);
    set_timer(stand, 1, 20);
    stand_live(stand, 19999);
    assert_int_equal(stand_row(stand, 1).rung, 0);
    stand_live(stand, 1);
    assert_int_equal(stand_row(stand, 1).rung, 1);
}

static void a_timer_started_again_for_an_earlier_time_fires_then_and_not_again(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 20);
    set_timer(stand, 1, 10);
    set_timer(stand, 1, 10); /* for the very same time */
    stand_live(stand, 10000);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    stand_live(stand, 10000);
    assert_int_equal(stand_row(stand, 1).rung, 1);
}

static void a_timer_that_was_stopped_does_not_fire(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 10);
    set_timer(stand, 1, 0);
    set_timer(stand, 2, 0); /* one that never ran */
    assert_true(due_ms(stand, 1) == 0);
    stand_live(stand, 60000);
    assert_int_equal(stand_row(stand, 1).rung, 0);
}

static void timers_outlive_restarts(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 10);
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    set_timer(stand, 2, 10);
    set_timer(stand, 3, 10);
    set_timer(stand, 3, 0);
    stand_restart(stand); /* one from the tables, one from the journal, one that is no more */
    stand_live(stand, 9999);
    assert_int_equal(stand_row(stand, 1).rung + stand_row(stand, 2).rung, 0);
    stand_live(stand, 1);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    assert_int_equal(stand_row(stand, 2).rung, 1);
    assert_int_equal(stand_row(stand, 3).rung, 0);
    stand_restart(stand);
    stand_live(stand, 10000);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    stand_audit(stand);
}

static void a_timer_that_came_due_while_the_host_was_down_fires_at_its_start(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 10);
    stand_sleep(stand, 3600 * 1000);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    assert_true(stand_row(stand, 1).rung_ms == STAND_START_MS + 3600 * 1000);
}

static void a_timer_whose_entry_was_lost_fires_again(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 10);
    stand_pass(stand, 10000);
    stand_turn(stand);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    stand_crash(stand); /* before the append */
    stand_start(stand);
    assert_int_equal(stand_row(stand, 1).rung, 0);
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).rung, 1);
    stand_audit(stand);
}

static void more_timers_than_a_batch_holds_fire_in_several(void **state)
{
    struct stand *stand = *state;
    enum { TIMERS = 10000 };
    for (unsigned lot = 1; lot <= TIMERS; lot++) {
        stand->peer = (uint8_t)(lot % 200 + 1);
        send_timer(stand, lot, 10);
        if (lot % 1000 == 0) stand_run(stand);
    }
    stand_pass(stand, 10000);
    stand_turn(stand);
    assert_false(gm_host_ready(stand->host));
    assert_true(stand_take_batch(stand));
    stand_turn(stand);
    assert_false(gm_host_ready(stand->host));
    /* What is due has to wait, and is no reason to be woken. */
    assert_true(gm_host_wake_ms(stand->host) > stand->reading.monotonic_ms);
    stand_run(stand);
    for (unsigned lot = 1; lot <= TIMERS; lot++)
        assert_int_equal(stand_row(stand, lot).rung, 1);
    stand_audit(stand);
}

static void timers_follow_the_time_of_entries_and_not_the_wall(void **state)
{
    struct stand *stand = *state;
    set_timer(stand, 1, 10);
    stand_shift_wall(stand, 2 * GM_CLOCK_STEP_MAX_MS); /* a jump is not followed */
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).rung, 0);
    stand_live(stand, 9999);
    assert_int_equal(stand_row(stand, 1).rung, 0);
    stand_live(stand, 1);
    assert_int_equal(stand_row(stand, 1).rung, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(an_effect_leaves_when_its_entry_is_durable),
        TEST(effects_of_one_saga_leave_one_after_the_answer_to_the_other),
        TEST(sagas_do_not_wait_for_each_other),
        TEST(an_answer_is_journalled_and_ends_the_effect_for_good),
        TEST(a_refusal_that_is_recorded_is_an_answer),
        TEST(an_answer_whose_refusal_cannot_be_read_is_still_one),
        TEST(what_is_not_recorded_is_no_answer_and_the_effect_is_sent_again),
        TEST(back_off_doubles_up_to_its_maximum),
        TEST(an_effect_without_an_answer_times_out_and_is_sent_again),
        TEST(the_answer_to_an_old_copy_is_ignored),
        TEST(an_answer_of_another_service_is_ignored),
        TEST(a_reply_that_cannot_be_read_is_dropped_and_counted),
        TEST(a_connection_made_anew_sends_what_was_under_way_at_once),
        TEST(a_connection_made_anew_ends_back_off),
        TEST(so_many_are_under_way_to_a_service_and_no_more),
        TEST(after_a_crash_effects_are_sent_again_with_the_same_command_id),
        TEST(an_answer_that_was_not_durable_is_asked_for_again),
        TEST(the_order_of_a_saga_outlives_restarts),
        TEST(a_late_answer_to_the_process_before_means_nothing_to_this_one),
        TEST(status_shows_open_effects_and_the_age_of_the_oldest),
        TEST(a_timer_fires_when_it_is_due_and_once),
        TEST(a_timer_started_again_keeps_the_later_time_alone),
        TEST(a_timer_started_again_for_an_earlier_time_fires_then_and_not_again),
        TEST(a_timer_that_was_stopped_does_not_fire),
        TEST(timers_outlive_restarts),
        TEST(a_timer_that_came_due_while_the_host_was_down_fires_at_its_start),
        TEST(a_timer_whose_entry_was_lost_fires_again),
        TEST(more_timers_than_a_batch_holds_fire_in_several),
        TEST(timers_follow_the_time_of_entries_and_not_the_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
