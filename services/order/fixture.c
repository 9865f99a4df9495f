#include "order/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "base/time.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "wire/check.h"

const struct gm_id fixture_buyer = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 'b', 'u', 'y', 'e', 'r'}};
const struct gm_id fixture_seller = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 's', 'e', 'l', 'l', 'r'}};
const struct gm_id fixture_stranger = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 'o', 't', 'h', 'e', 'r'}};

static const struct gm_id bowls = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 'b', 'o', 'w', 'l'}};
static const struct gm_id vases = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 'v', 'a', 's', 'e'}};

struct fixture *fixture_new(uint64_t seed)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->kit = gm_kit_new(&order_service, seed);
    assert_int_equal(gm_arena_init(&fixture->arena, (size_t)16 << 20), GM_OK);
    return fixture;
}

void fixture_free(struct fixture *fixture)
{
    gm_kit_free(fixture->kit);
    gm_arena_release(&fixture->arena);
    free(fixture);
}

void fixture_reset(struct fixture *fixture)
{
    gm_arena_reset(&fixture->arena);
}

/* ---- commands ---- */

enum gm_reason fixture_call(struct fixture *fixture, struct gm_id member, uint16_t method,
                            const ProtobufCMessage *message, const struct gm_kit_options *options)
{
    assert_true(gm_kit_call(fixture->kit, member, method, message, options, &fixture->reply));
    return fixture->reply.refusal.reason;
}

static const void *unpacked(struct fixture *fixture, const ProtobufCMessageDescriptor *descriptor)
{
    assert_int_equal(fixture->reply.header.status, GM_CODE_OK);
    const ProtobufCMessage *message =
        gm_message_unpack(fixture->reply.body, descriptor, &fixture->arena);
    assert_non_null(message);
    return message;
}

const Order__OrderReply *fixture_order_reply(struct fixture *fixture)
{
    return unpacked(fixture, &order__order_reply__descriptor);
}

static Order__OrderLine *line_new(struct fixture *fixture, const struct gm_id *lot,
                                  int64_t quantity, int64_t unit_price)
{
    Order__OrderLine *line = gm_arena_alloc(&fixture->arena, sizeof *line);
    assert_non_null(line);
    order__order_line__init(line);
    line->lot_id = gm_message_bytes(lot);
    line->quantity = quantity;
    line->unit_price_minor = unit_price;
    return line;
}

Order__PlaceRequest *fixture_place_request(struct fixture *fixture)
{
    Order__PlaceRequest *request = gm_arena_alloc(&fixture->arena, sizeof *request);
    Order__OrderLine **lines = GM_ARENA_ARRAY(&fixture->arena, Order__OrderLine *, ORDER_LINES_MAX);
    assert_non_null(request);
    assert_non_null(lines);
    order__place_request__init(request);
    lines[0] = line_new(fixture, &bowls, 24, 85000);
    lines[1] = line_new(fixture, &vases, 6, 120000);
    request->seller = gm_message_bytes(&fixture_seller);
    request->currency = "VND";
    request->ship_from = "VN-BAT-TRANG";
    request->deliver_to = "VN-HOI-AN";
    request->n_lines = 2;
    request->lines = lines;
    request->buyer_reference = "PO-17";
    return request;
}

struct gm_order_id fixture_place(struct fixture *fixture)
{
    const Order__PlaceRequest *request = fixture_place_request(fixture);
    assert_int_equal(
        fixture_call(fixture, fixture_buyer, GM_METHOD_ORDER_PLACE, &request->base, NULL),
        GM_REASON_NONE);
    return (struct gm_order_id){gm_message_id(fixture_order_reply(fixture)->order_id)};
}

enum gm_reason fixture_move(struct fixture *fixture, struct gm_id member, uint16_t method,
                            struct gm_order_id order, uint64_t revision)
{
    Order__OrderCommand command = ORDER__ORDER_COMMAND__INIT;
    command.order_id = gm_message_bytes(&order.id);
    command.revision = revision;
    command.reason = "so it is";
    return fixture_call(fixture, member, method, &command.base, NULL);
}

/* ---- the catalog ---- */

/* Every request to the catalog begins with the order's id. */
struct gm_order_id fixture_asked(struct fixture *fixture)
{
    const Catalog__ReleaseRequest *request = (const Catalog__ReleaseRequest *)gm_message_unpack(
        fixture->request.body, &catalog__release_request__descriptor, &fixture->arena);
    assert_non_null(request);
    return (struct gm_order_id){gm_message_id(request->order_id)};
}

void fixture_expect(struct fixture *fixture, uint16_t method, struct gm_order_id order)
{
    assert_true(gm_kit_request(fixture->kit, &fixture->request));
    assert_int_equal(fixture->request.to, GM_SERVICE_CATALOG);
    assert_int_equal(fixture->request.header.method, method);
    assert_true(gm_id_equal(fixture->request.header.member, gm_service_member(GM_SERVICE_ORDER)));
    assert_true(gm_id_equal(fixture_asked(fixture).id, order.id));
}

void fixture_expect_nothing(struct fixture *fixture)
{
    assert_false(gm_kit_request(fixture->kit, &fixture->request));
}

void fixture_answer_ok(struct fixture *fixture, struct gm_order_id order)
{
    static const struct {
        uint16_t method;
        Catalog__ReservationState state;
    } states[] = {
        {GM_METHOD_CATALOG_RESERVE, CATALOG__RESERVATION_STATE__HELD},
        {GM_METHOD_CATALOG_RELEASE, CATALOG__RESERVATION_STATE__RELEASED},
        {GM_METHOD_CATALOG_CONSUME, CATALOG__RESERVATION_STATE__CONSUMED},
    };
    Catalog__ReservationReply reply = CATALOG__RESERVATION_REPLY__INIT;
    reply.order_id = gm_message_bytes(&order.id);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (states[i].method == fixture->request.header.method) reply.state = states[i].state;
    }
    gm_kit_answer_message(fixture->kit, &fixture->request, &reply.base);
}

void fixture_answer_refused(struct fixture *fixture, enum gm_reason reason)
{
    const struct gm_refusal refusal = {.reason = reason};
    gm_kit_answer_refusal(fixture->kit, &fixture->request, &refusal);
}

/* ---- orders ---- */

static void must_move(struct fixture *fixture, struct gm_id member, uint16_t method,
                      struct gm_order_id order)
{
    assert_int_equal(fixture_move(fixture, member, method, order, 0), GM_REASON_NONE);
}

static void catalog_does(struct fixture *fixture, uint16_t method, struct gm_order_id order)
{
    fixture_expect(fixture, method, order);
    fixture_answer_ok(fixture, order);
}

/* Placed with an hour to accept in where nobody will, so that the clock has not far to go. */
static struct gm_order_id place_to_expire(struct fixture *fixture)
{
    Order__PlaceRequest *request = fixture_place_request(fixture);
    request->accept_within_hours = 1;
    assert_int_equal(
        fixture_call(fixture, fixture_buyer, GM_METHOD_ORDER_PLACE, &request->base, NULL),
        GM_REASON_NONE);
    return (struct gm_order_id){gm_message_id(fixture_order_reply(fixture)->order_id)};
}

struct gm_order_id fixture_order_in(struct fixture *fixture, enum order_state state)
{
    const struct gm_order_id order =
        state == ORDER_EXPIRED ? place_to_expire(fixture) : fixture_place(fixture);
    if (state == ORDER_PLACED) {
        fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order); /* not answered */
        return order;
    }
    catalog_does(fixture, GM_METHOD_CATALOG_RESERVE, order);
    if (state == ORDER_RESERVED) return order;
    if (state == ORDER_REJECTED || state == ORDER_CANCELLED || state == ORDER_EXPIRED) {
        if (state == ORDER_REJECTED) {
            must_move(fixture, fixture_seller, GM_METHOD_ORDER_REJECT, order);
        } else if (state == ORDER_CANCELLED) {
            must_move(fixture, fixture_buyer, GM_METHOD_ORDER_CANCEL, order);
        } else {
            gm_kit_advance(fixture->kit,
                           fixture_row(fixture, order).due_ms - gm_kit_now(fixture->kit));
        }
        catalog_does(fixture, GM_METHOD_CATALOG_RELEASE, order);
        return order;
    }
    must_move(fixture, fixture_seller, GM_METHOD_ORDER_ACCEPT, order);
    if (state == ORDER_ACCEPTED) return order;
    must_move(fixture, fixture_seller, GM_METHOD_ORDER_DESPATCH, order);
    catalog_does(fixture, GM_METHOD_CATALOG_CONSUME, order);
    if (state == ORDER_DESPATCHED) return order;
    must_move(fixture, fixture_buyer, GM_METHOD_ORDER_RECEIVE, order);
    if (state == ORDER_RECEIVED) return order;
    must_move(fixture, fixture_buyer, GM_METHOD_ORDER_COMPLETE, order);
    return order;
}

struct order_row fixture_row(struct fixture *fixture, struct gm_order_id order)
{
    struct order_row row;
    assert_true(order_find(gm_store_rows(gm_kit_store(fixture->kit)), order, &row));
    return row;
}

const Order__OrderView *fixture_view(struct fixture *fixture, struct gm_order_id order)
{
    Order__GetOrderRequest request = ORDER__GET_ORDER_REQUEST__INIT;
    request.order_id = gm_message_bytes(&order.id);
    assert_int_equal(
        fixture_call(fixture, fixture_buyer, GM_METHOD_ORDER_GET_ORDER, &request.base, NULL),
        GM_REASON_NONE);
    return unpacked(fixture, &order__order_view__descriptor);
}

void fixture_expect_state(struct fixture *fixture, struct gm_order_id order, enum order_state state,
                          enum order_reservation reservation)
{
    const struct order_row row = fixture_row(fixture, order);
    assert_int_equal(row.state, state);
    assert_int_equal(row.reservation, reservation);
}

void fixture_expect_step(struct fixture *fixture, struct gm_order_id order, const char *action,
                         const char *reason, struct gm_id member)
{
    const Order__OrderView *view = fixture_view(fixture, order);
    const Order__OrderStep *step = view->steps[view->n_steps - 1];
    assert_string_equal(step->action, action);
    assert_string_equal(step->reason, reason);
    assert_true(gm_id_equal(gm_message_id(step->member), member));
    assert_int_equal(step->time_ms, gm_kit_now(fixture->kit));
    assert_int_equal(step->state, view->state);
    assert_int_equal(view->n_steps, view->revision);
}
