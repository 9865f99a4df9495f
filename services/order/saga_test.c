/* The life of orders through the host: commands, the catalog's answers in time and out of it,
 * timers, restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/time.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "order/decide.h"
#include "order/fixture.h"
#include "wire/check.h"

static const struct gm_id nobody = {{0}};

static struct gm_id catalog(void)
{
    return gm_service_member(GM_SERVICE_CATALOG);
}

static int setup(void **state)
{
    *state = fixture_new(7);
    return 0;
}

/* Whatever a test did: rows, lists, steps and timers agree, and the journal gives the same again.
 */
static int teardown(void **state)
{
    struct fixture *fixture = *state;
    gm_kit_audit(fixture->kit);
    fixture_free(fixture);
    return 0;
}

/* Passes over what was sent so far, and waits for the next repeat. */
static void expect_repeat(struct fixture *fixture, uint16_t method, struct gm_order_id order)
{
    struct gm_kit_request past;
    while (gm_kit_request(fixture->kit, &past))
        continue;
    for (unsigned seconds = 0; seconds < 60; seconds++) {
        gm_kit_advance(fixture->kit, GM_SECOND_MS);
        if (!gm_kit_request(fixture->kit, &fixture->request)) continue;
        assert_int_equal(fixture->request.header.method, method);
        assert_true(gm_id_equal(fixture_asked(fixture).id, order.id));
        return;
    }
    fail_msg("no repeat in a minute");
}

/* ---- placing and reserving ---- */

static void a_placed_order_asks_the_catalog_for_every_line(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_place(fixture);
    const Order__OrderReply *reply = fixture_order_reply(fixture);
    assert_int_equal(reply->state, ORDER__ORDER_STATE__PLACED);
    assert_int_equal(reply->revision, 1);
    assert_int_equal(reply->total->minor, FIXTURE_TOTAL);
    assert_string_equal(reply->total->currency, "VND");
    assert_true(fixture->reply.header.recorded);

    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    const Catalog__ReserveRequest *asked = (const Catalog__ReserveRequest *)gm_message_unpack(
        fixture->request.body, &catalog__reserve_request__descriptor, &fixture->arena);
    assert_true(gm_id_equal(gm_message_id(asked->buyer), fixture_buyer));
    assert_true(gm_id_equal(gm_message_id(asked->seller), fixture_seller));
    assert_string_equal(asked->currency, "VND");
    assert_string_equal(asked->ship_from, "VN-BAT-TRANG");
    assert_int_equal(asked->n_lines, 2);
    assert_int_equal(asked->lines[0]->quantity, 24);
    assert_int_equal(asked->lines[0]->unit_price_minor, 85000);
    assert_int_equal(asked->lines[1]->quantity, 6);
    assert_int_equal(asked->lines[1]->unit_price_minor, 120000);
    fixture_expect_state(fixture, order, ORDER_PLACED, ORDER_RESERVATION_ASKED);

    fixture_answer_ok(fixture, order);
    fixture_expect_state(fixture, order, ORDER_RESERVED, ORDER_RESERVATION_HELD);
    fixture_expect_step(fixture, order, "Reserve", "", catalog());
    fixture_expect_nothing(fixture);
}

static void a_refused_reserve_rejects_with_every_failing_line(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_place(fixture);
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    const struct gm_refusal refusal = {
        .reason = GM_REASON_TOO_FEW_AVAILABLE,
        .line_count = 2,
        .lines = {{.line = 0, .reason = GM_REASON_TOO_FEW_AVAILABLE, .available = 7},
                  {.line = 1, .reason = GM_REASON_PRICE_CHANGED, .unit_price_minor = 130000}},
    };
    gm_kit_answer_refusal(fixture->kit, &fixture->request, &refusal);

    fixture_expect_state(fixture, order, ORDER_REJECTED, ORDER_RESERVATION_NONE);
    fixture_expect_step(fixture, order, "Reserve", "TOO_FEW_AVAILABLE", catalog());
    const Order__OrderView *view = fixture_view(fixture, order);
    assert_int_equal(view->n_refused, 2);
    assert_int_equal(view->refused[0]->line, 0);
    assert_string_equal(view->refused[0]->reason, "TOO_FEW_AVAILABLE");
    assert_int_equal(view->refused[0]->available, 7);
    assert_int_equal(view->refused[1]->line, 1);
    assert_string_equal(view->refused[1]->reason, "PRICE_CHANGED");
    assert_int_equal(view->refused[1]->unit_price_minor, 130000);
    assert_int_equal(view->due_ms, 0);
    fixture_expect_nothing(fixture); /* nothing is held: nothing to release */
}

static void an_answer_that_is_not_recorded_leaves_the_order_waiting(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_place(fixture);
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    const struct gm_id command_id = fixture->request.header.command_id;
    gm_kit_answer(fixture->kit, &fixture->request, GM_CODE_UNAVAILABLE, false, gm_bytes(NULL, 0));
    fixture_expect_state(fixture, order, ORDER_PLACED, ORDER_RESERVATION_ASKED);

    expect_repeat(fixture, GM_METHOD_CATALOG_RESERVE, order);
    assert_true(gm_id_equal(fixture->request.header.command_id, command_id));
    fixture_answer_ok(fixture, order);
    fixture_expect_state(fixture, order, ORDER_RESERVED, ORDER_RESERVATION_HELD);
}

static void a_crash_repeats_the_question_and_forgets_nothing(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_place(fixture);
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    const struct gm_id command_id = fixture->request.header.command_id;
    gm_kit_restart(fixture->kit);
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    assert_true(gm_id_equal(fixture->request.header.command_id, command_id));
    fixture_answer_ok(fixture, order);

    gm_kit_restart(fixture->kit);
    fixture_expect_nothing(fixture);
    fixture_expect_state(fixture, order, ORDER_RESERVED, ORDER_RESERVATION_HELD);
    gm_kit_advance(fixture->kit, ORDER_ACCEPT_HOURS * GM_HOUR_MS); /* the timer is there still */
    fixture_expect_state(fixture, order, ORDER_EXPIRED, ORDER_RESERVATION_HELD);
    gm_kit_restart(fixture->kit);
    fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
    fixture_answer_ok(fixture, order);
    fixture_expect_state(fixture, order, ORDER_EXPIRED, ORDER_RESERVATION_GONE);
}

/* ---- until settled ---- */

static void place_until_settled(struct fixture *fixture)
{
    const Order__PlaceRequest *request = fixture_place_request(fixture);
    const struct gm_kit_options options = {.until_settled = true};
    struct gm_kit_reply reply;
    assert_false(gm_kit_call(fixture->kit, fixture_buyer, GM_METHOD_ORDER_PLACE, &request->base,
                             &options, &reply));
    assert_true(gm_kit_request(fixture->kit, &fixture->request));
}

static void placing_until_settled_answers_when_it_is_reserved(void **state)
{
    struct fixture *fixture = *state;
    place_until_settled(fixture);
    const struct gm_order_id order = fixture_asked(fixture);
    fixture_answer_ok(fixture, order);
    assert_true(gm_kit_take(fixture->kit, &fixture->reply));
    const Order__OrderReply *reply = fixture_order_reply(fixture);
    assert_true(gm_id_equal(gm_message_id(reply->order_id), order.id));
    assert_int_equal(reply->state, ORDER__ORDER_STATE__RESERVED);
    assert_int_equal(reply->revision, 2);
    assert_int_equal(reply->total->minor, FIXTURE_TOTAL);
    assert_int_equal(reply->n_refused, 0);
}

static void placing_until_settled_says_why_it_was_rejected(void **state)
{
    struct fixture *fixture = *state;
    place_until_settled(fixture);
    const struct gm_refusal refusal = {
        .reason = GM_REASON_TOO_FEW_AVAILABLE,
        .line_count = 1,
        .lines = {{.line = 1, .reason = GM_REASON_TOO_FEW_AVAILABLE, .available = 5}},
    };
    gm_kit_answer_refusal(fixture->kit, &fixture->request, &refusal);
    assert_true(gm_kit_take(fixture->kit, &fixture->reply));
    const Order__OrderReply *reply = fixture_order_reply(fixture);
    assert_int_equal(reply->state, ORDER__ORDER_STATE__REJECTED);
    assert_int_equal(reply->n_refused, 1);
    assert_int_equal(reply->refused[0]->line, 1);
    assert_int_equal(reply->refused[0]->available, 5);
}

/* ---- cancelling ---- */

static void a_cancel_in_placed_waits_and_then_releases_what_was_reserved(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_PLACED);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_CANCEL, order, 1),
                     GM_REASON_NONE);
    const Order__OrderReply *reply = fixture_order_reply(fixture);
    assert_int_equal(reply->state, ORDER__ORDER_STATE__PLACED);
    assert_int_equal(reply->revision, 2);
    fixture_expect_step(fixture, order, "Cancel", "so it is", fixture_buyer);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_CANCEL, order, 0),
                     GM_REASON_STATE_FORBIDS);

    fixture_answer_ok(fixture, order);
    fixture_expect_state(fixture, order, ORDER_CANCELLED, ORDER_RESERVATION_HELD);
    fixture_expect_step(fixture, order, "Cancel", "so it is", fixture_buyer);
    assert_int_equal(fixture_view(fixture, order)->due_ms, 0); /* nothing will expire */
    fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
    fixture_answer_ok(fixture, order);
    fixture_expect_state(fixture, order, ORDER_CANCELLED, ORDER_RESERVATION_GONE);
    fixture_expect_nothing(fixture);
}

static void a_cancel_in_placed_releases_nothing_where_the_reserve_was_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_PLACED);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_CANCEL, order, 0),
                     GM_REASON_NONE);
    const struct gm_refusal refusal = {
        .reason = GM_REASON_WITHDRAWN,
        .line_count = 1,
        .lines = {{.line = 0, .reason = GM_REASON_WITHDRAWN}},
    };
    gm_kit_answer_refusal(fixture->kit, &fixture->request, &refusal);
    fixture_expect_state(fixture, order, ORDER_CANCELLED, ORDER_RESERVATION_NONE);
    const Order__OrderView *view = fixture_view(fixture, order);
    assert_int_equal(view->n_refused, 1);
    assert_string_equal(view->refused[0]->reason, "WITHDRAWN");
    fixture_expect_nothing(fixture);
}

/* A member who waits for an order hears that it was cancelled meanwhile. */
static void placing_until_settled_answers_a_cancel_too(void **state)
{
    struct fixture *fixture = *state;
    place_until_settled(fixture);
    const struct gm_order_id order = fixture_asked(fixture);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_CANCEL, order, 0),
                     GM_REASON_NONE);
    fixture_answer_ok(fixture, order);
    assert_true(gm_kit_take(fixture->kit, &fixture->reply));
    assert_int_equal(fixture_order_reply(fixture)->state, ORDER__ORDER_STATE__CANCELLED);
    fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
}

static void a_cancel_until_settled_answers_when_it_is_carried_out(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_PLACED);
    const struct gm_kit_options options = {.until_settled = true};
    Order__OrderCommand command = ORDER__ORDER_COMMAND__INIT;
    command.order_id = gm_message_bytes(&order.id);
    struct gm_kit_reply reply;
    assert_false(gm_kit_call(fixture->kit, fixture_buyer, GM_METHOD_ORDER_CANCEL, &command.base,
                             &options, &reply));
    fixture_answer_ok(fixture, order);
    assert_true(gm_kit_take(fixture->kit, &fixture->reply));
    assert_int_equal(fixture_order_reply(fixture)->state, ORDER__ORDER_STATE__CANCELLED);
}

static void agreeing_to_cancel_releases(void **state)
{
    struct fixture *fixture = *state;
    static const struct gm_id *const proposers[] = {&fixture_buyer, &fixture_seller};
    for (unsigned i = 0; i < 2; i++) {
        const struct gm_id first = *proposers[i], second = *proposers[1 - i];
        const struct gm_order_id order = fixture_order_in(fixture, ORDER_ACCEPTED);
        assert_int_equal(fixture_move(fixture, first, GM_METHOD_ORDER_PROPOSE_CANCEL, order, 0),
                         GM_REASON_NONE);
        const Order__OrderView *view = fixture_view(fixture, order);
        assert_true(gm_id_equal(gm_message_id(view->cancel_proposed_by), first));
        assert_int_equal(fixture_move(fixture, first, GM_METHOD_ORDER_AGREE_CANCEL, order, 0),
                         GM_REASON_NOT_YOURS);
        fixture_expect_state(fixture, order, ORDER_ACCEPTED, ORDER_RESERVATION_HELD);
        assert_int_equal(fixture_move(fixture, second, GM_METHOD_ORDER_AGREE_CANCEL, order, 0),
                         GM_REASON_NONE);
        fixture_expect_state(fixture, order, ORDER_CANCELLED, ORDER_RESERVATION_HELD);
        assert_int_equal(fixture_view(fixture, order)->cancel_proposed_by.len, 0);
        fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
        fixture_answer_ok(fixture, order);
        fixture_expect_state(fixture, order, ORDER_CANCELLED, ORDER_RESERVATION_GONE);
    }
}

static void despatching_ends_a_proposal_to_cancel(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_ACCEPTED);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_PROPOSE_CANCEL, order, 0),
                     GM_REASON_NONE);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_DESPATCH, order, 0),
                     GM_REASON_NONE);
    assert_int_equal(fixture_view(fixture, order)->cancel_proposed_by.len, 0);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_AGREE_CANCEL, order, 0),
                     GM_REASON_STATE_FORBIDS);
    fixture_expect(fixture, GM_METHOD_CATALOG_CONSUME, order);
    fixture_expect_nothing(fixture);
}

static void rejecting_releases(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_RESERVED);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_REJECT, order, 0),
                     GM_REASON_NONE);
    fixture_expect_state(fixture, order, ORDER_REJECTED, ORDER_RESERVATION_HELD);
    fixture_expect_step(fixture, order, "Reject", "so it is", fixture_seller);
    fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
    fixture_answer_ok(fixture, order);
    fixture_expect_step(fixture, order, "Release", "", catalog());
    fixture_expect_state(fixture, order, ORDER_REJECTED, ORDER_RESERVATION_GONE);
}

/* ---- timers ---- */

static int64_t timer_due(struct fixture *fixture, enum order_timer kind, struct gm_order_id order)
{
    return gm_timer_due(gm_store_rows(gm_kit_store(fixture->kit)), (uint8_t)kind, order.id);
}

static void expect_no_timer(struct fixture *fixture, struct gm_order_id order)
{
    for (unsigned kind = ORDER_TIMER_NONE + 1; kind < ORDER_TIMER_COUNT; kind++)
        assert_int_equal(timer_due(fixture, (enum order_timer)kind, order), 0);
}

static void an_order_expires_at_its_deadline_and_not_before(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_RESERVED);
    const int64_t due_ms = fixture_view(fixture, order)->due_ms;
    assert_int_equal(due_ms, gm_kit_now(fixture->kit) + 48 * GM_HOUR_MS);
    gm_kit_advance(fixture->kit, due_ms - gm_kit_now(fixture->kit) - 1);
    fixture_expect_state(fixture, order, ORDER_RESERVED, ORDER_RESERVATION_HELD);
    gm_kit_advance(fixture->kit, 1);
    fixture_expect_state(fixture, order, ORDER_EXPIRED, ORDER_RESERVATION_HELD);
    fixture_expect_step(fixture, order, "AcceptBy", "", nobody);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_ACCEPT, order, 0),
                     GM_REASON_STATE_FORBIDS);
    fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
    fixture_answer_ok(fixture, order);
    fixture_expect_state(fixture, order, ORDER_EXPIRED, ORDER_RESERVATION_GONE);
}

static void the_buyer_names_the_hours_to_accept_in(void **state)
{
    struct fixture *fixture = *state;
    Order__PlaceRequest *request = fixture_place_request(fixture);
    request->accept_within_hours = 1;
    assert_int_equal(
        fixture_call(fixture, fixture_buyer, GM_METHOD_ORDER_PLACE, &request->base, NULL),
        GM_REASON_NONE);
    const struct gm_order_id order = {gm_message_id(fixture_order_reply(fixture)->order_id)};
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    gm_kit_advance(fixture->kit, GM_SECOND_MS);
    fixture_answer_ok(fixture, order);
    gm_kit_advance(fixture->kit, GM_HOUR_MS - GM_SECOND_MS - 1); /* counted from placing */
    fixture_expect_state(fixture, order, ORDER_RESERVED, ORDER_RESERVATION_HELD);
    gm_kit_advance(fixture->kit, 1);
    fixture_expect_state(fixture, order, ORDER_EXPIRED, ORDER_RESERVATION_HELD);
}

static void an_order_reserved_after_its_deadline_expires_at_once(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_PLACED);
    gm_kit_advance(fixture->kit, 49 * GM_HOUR_MS);
    fixture_expect_state(fixture, order, ORDER_PLACED, ORDER_RESERVATION_ASKED);
    expect_repeat(fixture, GM_METHOD_CATALOG_RESERVE, order);
    fixture_answer_ok(fixture, order);
    fixture_expect_state(fixture, order, ORDER_EXPIRED, ORDER_RESERVATION_HELD);
    fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
}

static void an_accepted_order_never_expires(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_RESERVED);
    gm_kit_advance(fixture->kit, 48 * GM_HOUR_MS - 1);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_ACCEPT, order, 0),
                     GM_REASON_NONE);
    assert_int_equal(fixture_view(fixture, order)->due_ms, 0);
    expect_no_timer(fixture, order);
    gm_kit_advance(fixture->kit, 2);
    fixture_expect_state(fixture, order, ORDER_ACCEPTED, ORDER_RESERVATION_HELD);
    fixture_expect_nothing(fixture);
}

static void despatched_goods_count_as_received_and_the_order_as_complete_in_time(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_DESPATCHED);
    fixture_expect_state(fixture, order, ORDER_DESPATCHED, ORDER_RESERVATION_GONE);
    gm_kit_advance(fixture->kit, 30 * GM_DAY_MS - 1);
    fixture_expect_state(fixture, order, ORDER_DESPATCHED, ORDER_RESERVATION_GONE);
    gm_kit_advance(fixture->kit, 1);
    fixture_expect_state(fixture, order, ORDER_RECEIVED, ORDER_RESERVATION_GONE);
    fixture_expect_step(fixture, order, "ReceiveBy", "", nobody);
    gm_kit_advance(fixture->kit, 7 * GM_DAY_MS - 1);
    fixture_expect_state(fixture, order, ORDER_RECEIVED, ORDER_RESERVATION_GONE);
    gm_kit_advance(fixture->kit, 1);
    fixture_expect_state(fixture, order, ORDER_COMPLETED, ORDER_RESERVATION_GONE);
    fixture_expect_step(fixture, order, "CompleteBy", "", nobody);
    fixture_expect_nothing(fixture);
}

static void the_buyers_own_hand_stops_the_timers(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_DESPATCHED);
    const int64_t received_by_ms = timer_due(fixture, ORDER_TIMER_RECEIVE_BY, order);
    assert_int_equal(received_by_ms, gm_kit_now(fixture->kit) + 30 * GM_DAY_MS);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_RECEIVE, order, 0),
                     GM_REASON_NONE);
    assert_int_equal(timer_due(fixture, ORDER_TIMER_RECEIVE_BY, order), 0);
    assert_int_equal(timer_due(fixture, ORDER_TIMER_COMPLETE_BY, order),
                     gm_kit_now(fixture->kit) + 7 * GM_DAY_MS);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_COMPLETE, order, 0),
                     GM_REASON_NONE);
    expect_no_timer(fixture, order);
}

/* ---- consuming ---- */

static void a_despatch_consumes_while_the_order_goes_on(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_ACCEPTED);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_DESPATCH, order, 0),
                     GM_REASON_NONE);
    fixture_expect(fixture, GM_METHOD_CATALOG_CONSUME, order);
    fixture_expect_state(fixture, order, ORDER_DESPATCHED, ORDER_RESERVATION_HELD);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_RECEIVE, order, 0),
                     GM_REASON_NONE);
    const int64_t due_ms = fixture_view(fixture, order)->due_ms;
    assert_int_equal(due_ms, gm_kit_now(fixture->kit) + 7 * GM_DAY_MS);
    fixture_answer_ok(fixture, order); /* late, and in order all the same */
    fixture_expect_state(fixture, order, ORDER_RECEIVED, ORDER_RESERVATION_GONE);
    fixture_expect_step(fixture, order, "Consume", "", catalog());
    assert_int_equal(fixture_view(fixture, order)->due_ms, due_ms);
}

static void a_refused_consume_is_seen_by_both_sides_and_the_order_goes_on(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_ACCEPTED);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_DESPATCH, order, 0),
                     GM_REASON_NONE);
    fixture_expect(fixture, GM_METHOD_CATALOG_CONSUME, order);
    fixture_answer_refused(fixture, GM_REASON_RESERVATION_GONE);
    fixture_expect_state(fixture, order, ORDER_DESPATCHED, ORDER_RESERVATION_GONE);
    fixture_expect_step(fixture, order, "Consume", "RESERVATION_GONE", catalog());
    fixture_expect_nothing(fixture);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_RECEIVE, order, 0),
                     GM_REASON_NONE);
}

static void a_refused_release_says_why_and_nothing_is_held(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_RESERVED);
    assert_int_equal(fixture_move(fixture, fixture_buyer, GM_METHOD_ORDER_CANCEL, order, 0),
                     GM_REASON_NONE);
    fixture_expect(fixture, GM_METHOD_CATALOG_RELEASE, order);
    fixture_answer_refused(fixture, GM_REASON_RESERVATION_UNKNOWN);
    fixture_expect_state(fixture, order, ORDER_CANCELLED, ORDER_RESERVATION_GONE);
    fixture_expect_step(fixture, order, "Release", "RESERVATION_UNKNOWN", catalog());
    fixture_expect_nothing(fixture);
}

/* ---- late and odd answers and timers ---- */

static const enum order_state all_states[] = {
    ORDER_PLACED,    ORDER_RESERVED, ORDER_ACCEPTED,  ORDER_DESPATCHED, ORDER_RECEIVED,
    ORDER_COMPLETED, ORDER_REJECTED, ORDER_CANCELLED, ORDER_EXPIRED,
};
enum { STATES = sizeof all_states / sizeof all_states[0] };

static unsigned events_of_answer(struct fixture *fixture, const struct gm_effect_answer *answer)
{
    struct gm_decision decision = {0};
    const struct gm_call call = {.now_ms = gm_kit_now(fixture->kit), .arena = &fixture->arena};
    order_decide_answer(gm_store_rows(gm_kit_store(fixture->kit)), &call, answer, &decision);
    return decision.event_count;
}

/* Nothing but the reserve of PLACED is under way in any of these states. */
static void a_late_or_odd_answer_changes_nothing(void **state)
{
    static const uint16_t methods[] = {GM_METHOD_CATALOG_RESERVE, GM_METHOD_CATALOG_RELEASE,
                                       GM_METHOD_CATALOG_CONSUME, GM_METHOD_CATALOG_RESTOCK};
    static const enum gm_code statuses[] = {GM_CODE_OK, GM_CODE_FAILED_PRECONDITION};
    (void)state;
    for (unsigned i = 0; i < STATES * 4 * 2; i++) {
        const enum order_state in = all_states[i / 8];
        struct fixture *fixture = fixture_new(i);
        const struct gm_order_id order = fixture_order_in(fixture, in);
        struct gm_effect_answer answer = {
            .saga = order.id,
            .from = GM_SERVICE_CATALOG,
            .method = methods[i / 2 % 4],
            .status = statuses[i % 2],
        };
        const bool held = fixture_row(fixture, order).reservation == ORDER_RESERVATION_HELD;
        const bool expected = in == ORDER_PLACED && answer.method == GM_METHOD_CATALOG_RESERVE;
        assert_int_equal(held, in == ORDER_RESERVED || in == ORDER_ACCEPTED);
        if (events_of_answer(fixture, &answer) != (expected ? 1 : 0)) {
            fail_msg("state %u, method %u, status %u", in, answer.method, answer.status);
        }
        answer.from = GM_SERVICE_MATCHING;
        assert_int_equal(events_of_answer(fixture, &answer), 0);
        answer.from = GM_SERVICE_CATALOG;
        answer.saga = fixture_stranger; /* no such order */
        assert_int_equal(events_of_answer(fixture, &answer), 0);
        fixture_free(fixture);
    }
}

static unsigned events_of_timer(struct fixture *fixture, uint8_t kind, struct gm_id subject)
{
    struct gm_decision decision = {0};
    const struct gm_call call = {.now_ms = gm_kit_now(fixture->kit), .arena = &fixture->arena};
    order_decide_timer(gm_store_rows(gm_kit_store(fixture->kit)), &call, kind, subject, &decision);
    return decision.event_count;
}

static void a_timer_that_comes_too_late_changes_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STATES; i++) {
        struct fixture *fixture = fixture_new(i);
        const struct gm_order_id order = fixture_order_in(fixture, all_states[i]);
        for (unsigned kind = 0; kind <= ORDER_TIMER_COUNT; kind++) {
            const bool expected =
                (all_states[i] == ORDER_RESERVED && kind == ORDER_TIMER_ACCEPT_BY) ||
                (all_states[i] == ORDER_DESPATCHED && kind == ORDER_TIMER_RECEIVE_BY) ||
                (all_states[i] == ORDER_RECEIVED && kind == ORDER_TIMER_COMPLETE_BY);
            assert_int_equal(events_of_timer(fixture, (uint8_t)kind, order.id), expected ? 1 : 0);
            assert_int_equal(events_of_timer(fixture, (uint8_t)kind, fixture_stranger), 0);
        }
        fixture_free(fixture);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_placed_order_asks_the_catalog_for_every_line),
        TEST(a_refused_reserve_rejects_with_every_failing_line),
        TEST(an_answer_that_is_not_recorded_leaves_the_order_waiting),
        TEST(a_crash_repeats_the_question_and_forgets_nothing),
        TEST(placing_until_settled_answers_when_it_is_reserved),
        TEST(placing_until_settled_says_why_it_was_rejected),
        TEST(a_cancel_in_placed_waits_and_then_releases_what_was_reserved),
        TEST(a_cancel_in_placed_releases_nothing_where_the_reserve_was_refused),
        TEST(placing_until_settled_answers_a_cancel_too),
        TEST(a_cancel_until_settled_answers_when_it_is_carried_out),
        TEST(agreeing_to_cancel_releases),
        TEST(despatching_ends_a_proposal_to_cancel),
        TEST(rejecting_releases),
        TEST(an_order_expires_at_its_deadline_and_not_before),
        TEST(the_buyer_names_the_hours_to_accept_in),
        TEST(an_order_reserved_after_its_deadline_expires_at_once),
        TEST(an_accepted_order_never_expires),
        TEST(despatched_goods_count_as_received_and_the_order_as_complete_in_time),
        TEST(the_buyers_own_hand_stops_the_timers),
        TEST(a_despatch_consumes_while_the_order_goes_on),
        TEST(a_refused_consume_is_seen_by_both_sides_and_the_order_goes_on),
        TEST(a_refused_release_says_why_and_nothing_is_held),
        cmocka_unit_test(a_late_or_odd_answer_changes_nothing),
        cmocka_unit_test(a_timer_that_comes_too_late_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
