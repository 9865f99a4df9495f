#include "order/react.h"

#include "base/assert.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "order/apply.h"
#include "order/state.h"
#include "wire/check.h"

/* The timer of the state that an event leaves. */
static const uint8_t stops[ORDER_EVENT_COUNT] = {
    [ORDER_EVENT_ACCEPTED] = ORDER_TIMER_ACCEPT_BY,
    [ORDER_EVENT_REJECTED] = ORDER_TIMER_ACCEPT_BY,
    [ORDER_EVENT_CANCELLED] = ORDER_TIMER_ACCEPT_BY,
    [ORDER_EVENT_EXPIRED] = ORDER_TIMER_ACCEPT_BY,
    [ORDER_EVENT_RECEIVED] = ORDER_TIMER_RECEIVE_BY,
    [ORDER_EVENT_COMPLETED] = ORDER_TIMER_COMPLETE_BY,
};

static void ask_to_reserve(struct gm_fold *fold, const Order__Order *order)
{
    Catalog__ReserveLine *lines = GM_ARENA_ARRAY(fold->arena, Catalog__ReserveLine, order->n_lines);
    Catalog__ReserveLine **at = GM_ARENA_ARRAY(fold->arena, Catalog__ReserveLine *, order->n_lines);
    GM_ASSERT(lines != NULL);
    GM_ASSERT(at != NULL);
    for (size_t i = 0; i < order->n_lines; i++) {
        catalog__reserve_line__init(&lines[i]);
        lines[i].lot_id = order->lines[i]->lot_id;
        lines[i].quantity = order->lines[i]->quantity;
        lines[i].unit_price_minor = order->lines[i]->unit_price_minor;
        at[i] = &lines[i];
    }
    Catalog__ReserveRequest request = CATALOG__RESERVE_REQUEST__INIT;
    request.order_id = order->order_id;
    request.buyer = order->buyer;
    request.seller = order->seller;
    request.currency = order->currency;
    request.ship_from = order->ship_from;
    request.n_lines = order->n_lines;
    request.lines = at;
    gm_effect(fold, gm_message_id(order->order_id), GM_SERVICE_CATALOG, GM_METHOD_CATALOG_RESERVE,
              &request.base);
}

/* Where the reserve was refused, nothing is held and nothing is to be given back. */
static void release_what_is_held(struct gm_fold *fold, const Order__OrderMoved *moved)
{
    const struct gm_order_id order = {gm_message_id(moved->order_id)};
    struct order_row row;
    const bool found = order_find(fold->rows, order, &row);
    GM_ASSERT(found);
    if (row.reservation != ORDER_RESERVATION_HELD) return;

    Catalog__ReleaseRequest request = CATALOG__RELEASE_REQUEST__INIT;
    request.order_id = moved->order_id;
    gm_effect(fold, order.id, GM_SERVICE_CATALOG, GM_METHOD_CATALOG_RELEASE, &request.base);
}

/* All of it: an order is despatched as a whole. */
static void consume(struct gm_fold *fold, const Order__OrderMoved *moved)
{
    Catalog__ConsumeRequest request = CATALOG__CONSUME_REQUEST__INIT;
    request.order_id = moved->order_id;
    gm_effect(fold, gm_message_id(moved->order_id), GM_SERVICE_CATALOG, GM_METHOD_CATALOG_CONSUME,
              &request.base);
}

static void ask_catalog(struct gm_fold *fold, enum order_event event,
                        const Order__OrderMoved *moved)
{
    switch (event) {
    case ORDER_EVENT_REJECTED:
    case ORDER_EVENT_CANCELLED:
    case ORDER_EVENT_EXPIRED:
        release_what_is_held(fold, moved);
        break;
    case ORDER_EVENT_DESPATCHED:
        consume(fold, moved);
        break;
    case ORDER_EVENT_RESERVED:
    case ORDER_EVENT_ACCEPTED:
    case ORDER_EVENT_CANCEL_PROPOSED:
    case ORDER_EVENT_RECEIVED:
    case ORDER_EVENT_COMPLETED:
    case ORDER_EVENT_CANCEL_WANTED:
    case ORDER_EVENT_CONSUMED:
    case ORDER_EVENT_RELEASED:
    case ORDER_EVENT_CONSUME_REFUSED:
        break;
    case ORDER_EVENT_NONE:
    case ORDER_EVENT_PLACED:
    case ORDER_EVENT_COUNT:
        GM_UNREACHABLE();
    }
}

void order_react(struct gm_fold *fold, const ProtobufCMessage *message)
{
    const Order__Event *event = (const Order__Event *)message;
    const enum order_event kind = order_event_of_wire(event);
    if (kind == ORDER_EVENT_PLACED) {
        ask_to_reserve(fold, event->placed->order);
        return;
    }

    const Order__OrderMoved *moved = order_event_moved(event);
    const struct gm_id order = gm_message_id(moved->order_id);
    const enum order_timer starts = order_timer_of(order_state_after(ORDER_STATE_NONE, kind));
    if (stops[kind] != ORDER_TIMER_NONE) gm_timer_stop(fold, stops[kind], order);
    if (starts != ORDER_TIMER_NONE) gm_timer_start(fold, (uint8_t)starts, order, moved->due_ms);
    ask_catalog(fold, kind, moved);
}
