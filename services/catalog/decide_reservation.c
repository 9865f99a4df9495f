#include "catalog/decide.h"

#include <stdlib.h>

#include "catalog/parts.h"
#include "catalog/rule.h"
#include "wire/check.h"

/* ---- demand: the lines of an order, summed per lot ---- */

/* A line of a request. */
struct want {
    struct gm_lot_id lot;
    int64_t quantity;
    size_t line;
};

/* All that an order wants of one lot. */
struct demand {
    struct gm_lot_id lot;
    int64_t quantity; /* CATALOG_LINES_MAX x GM_QUANTITY_MAX at most */
};

static struct want want_of(ProtobufCBinaryData lot, int64_t quantity, size_t line)
{
    return (struct want){.lot = {gm_message_id(lot)}, .quantity = quantity, .line = line};
}

static int by_lot(const void *a, const void *b)
{
    return gm_id_compare(((const struct want *)a)->lot.id, ((const struct want *)b)->lot.id);
}

/* Ascending by lot, in the arena; ret_of_line[line] is the index of its demand. Sorts the wants. */
static struct demand *sum_demands(struct want *wants, size_t count, struct gm_arena *arena,
                                  size_t *ret_of_line, size_t *ret_count)
{
    struct demand *demands = catalog_array(arena, count, sizeof *demands);
    size_t demand_count = 0;
    qsort(wants, count, sizeof *wants, by_lot);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !gm_id_equal(wants[i].lot.id, wants[i - 1].lot.id))
            demands[demand_count++].lot = wants[i].lot;
        demands[demand_count - 1].quantity += wants[i].quantity;
        ret_of_line[wants[i].line] = demand_count - 1;
    }
    *ret_count = demand_count;
    return demands;
}

/* ---- events and replies ---- */

static Catalog__ReservationChanged *changed(const struct gm_call *call, ProtobufCBinaryData order,
                                            struct gm_member_id buyer, struct gm_member_id seller,
                                            const struct demand *demands, size_t count)
{
    Catalog__ReservationChanged *change = CATALOG_MESSAGE(call->arena, Catalog__ReservationChanged,
                                                          CATALOG__RESERVATION_CHANGED__INIT);
    change->order_id = order;
    if (!gm_id_is_zero(seller.id)) { /* else the order never reserved */
        change->buyer = catalog_bytes(call->arena, buyer.id);
        change->seller = catalog_bytes(call->arena, seller.id);
    }
    change->n_lines = count;
    change->lines = catalog_array(call->arena, count, sizeof *change->lines);
    for (size_t i = 0; i < count; i++) {
        change->lines[i] =
            CATALOG_MESSAGE(call->arena, Catalog__LotQuantity, CATALOG__LOT_QUANTITY__INIT);
        change->lines[i]->lot_id = catalog_bytes(call->arena, demands[i].lot.id);
        change->lines[i]->quantity = demands[i].quantity;
    }
    return change;
}

static void reply(const struct gm_call *call, struct gm_decision *decision,
                  ProtobufCBinaryData order, Catalog__ReservationState state)
{
    Catalog__ReservationReply *message =
        CATALOG_MESSAGE(call->arena, Catalog__ReservationReply, CATALOG__RESERVATION_REPLY__INIT);
    message->order_id = order;
    message->state = state;
    decision->reply = &message->base;
}

static struct catalog_reservation_row reservation_of(const struct gm_rows *rows,
                                                     ProtobufCBinaryData order)
{
    struct catalog_reservation_row row = {.state = CATALOG_RESERVATION_NONE};
    const bool found =
        catalog_get_reservation(rows, (struct gm_order_id){gm_message_id(order)}, &row);
    GM_ASSERT(found == (row.state != CATALOG_RESERVATION_NONE));
    return row;
}

/* ---- failing lines ---- */

/* Names one failing line, the first in the field too; false when no further one would be named. */
static bool refuse_line(struct gm_decision *decision, const char *list_field, size_t line,
                        enum gm_reason reason, struct gm_refused_line refused,
                        enum gm_reason *first)
{
    refused.line = (uint16_t)line;
    refused.reason = (uint16_t)reason;
    if (*first == GM_REASON_NONE)
        *first = gm_decision_refuse(decision, reason, "lines[%zu].%s", line, list_field);
    return gm_decision_refuse_line(decision, refused);
}

static const char *field_of(enum gm_reason reason)
{
    if (reason == GM_REASON_PRICE_CHANGED) return "unit_price_minor";
    if (reason == GM_REASON_NOT_A_MULTIPLE || reason == GM_REASON_BELOW_MINIMUM ||
        reason == GM_REASON_TOO_FEW_AVAILABLE)
        return "quantity";
    return "lot_id";
}

/* ---- reserve ---- */

/* LOT_UNKNOWN, or what catalog_check_line says. */
static enum gm_reason check_line(const struct gm_rows *rows, const struct catalog_ask *ask,
                                 const Catalog__ReserveLine *asked, const struct demand *demand,
                                 struct gm_refused_line *ret_line)
{
    struct catalog_lot_row row;
    if (!catalog_get_lot(rows, demand->lot, &row)) return GM_REASON_LOT_UNKNOWN;
    GM_ASSERT(row.reserved >= 0 && row.reserved <= row.on_hand);

    const struct catalog_offer offer = {
        .seller = row.seller,
        .listing = catalog_lot_listing(rows, &row),
        .available = row.on_hand - row.reserved,
        .terms = catalog_terms(rows, demand->lot),
    };
    const struct catalog_line line = {
        .quantity = asked->quantity,
        .unit_price_minor = asked->unit_price_minor,
        .demand = demand->quantity,
    };
    return catalog_check_line(&offer, ask, &line, ret_line);
}

enum gm_reason catalog_decide_reserve(const struct gm_rows *rows, const struct gm_call *call,
                                      struct gm_decision *decision)
{
    const Catalog__ReserveRequest *request = (const Catalog__ReserveRequest *)call->message;
    GM_ASSERT(request->n_lines >= 1 && request->n_lines <= CATALOG_LINES_MAX);

    const struct catalog_reservation_row row = reservation_of(rows, request->order_id);
    if (!catalog_reservation_permits(row.state, CATALOG_RESERVE))
        return gm_decision_refuse(decision,
                                  row.state == CATALOG_HELD ? GM_REASON_STATE_FORBIDS
                                                            : GM_REASON_RESERVATION_GONE,
                                  "order_id");

    struct want *wants = catalog_array(call->arena, request->n_lines, sizeof *wants);
    size_t *demand_of = catalog_array(call->arena, request->n_lines, sizeof *demand_of);
    for (size_t i = 0; i < request->n_lines; i++)
        wants[i] = want_of(request->lines[i]->lot_id, request->lines[i]->quantity, i);
    size_t demand_count;
    const struct demand *demands =
        sum_demands(wants, request->n_lines, call->arena, demand_of, &demand_count);

    const struct gm_member_id seller = {gm_message_id(request->seller)};
    struct catalog_ask ask = {.seller = seller, .ship_from = catalog_code_of(request->ship_from)};
    const enum gm_status parsed = gm_currency_parse(request->currency, &ask.currency);
    GM_ASSERT(parsed == GM_OK); /* the door's */

    enum gm_reason first = GM_REASON_NONE;
    for (size_t i = 0; i < request->n_lines; i++) {
        struct gm_refused_line refused = {0};
        const enum gm_reason reason =
            check_line(rows, &ask, request->lines[i], &demands[demand_of[i]], &refused);
        if (reason != GM_REASON_NONE &&
            !refuse_line(decision, field_of(reason), i, reason, refused, &first))
            break;
    }
    if (first != GM_REASON_NONE) return first;

    Catalog__Event *event = CATALOG_MESSAGE(call->arena, Catalog__Event, CATALOG__EVENT__INIT);
    event->event_case = CATALOG__EVENT__EVENT_RESERVED;
    event->reserved =
        changed(call, request->order_id, (struct gm_member_id){gm_message_id(request->buyer)},
                seller, demands, demand_count);
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->order_id, CATALOG__RESERVATION_STATE__HELD);
    return GM_REASON_NONE;
}

/* ---- release and consume ---- */

/* What the order still holds, ascending by lot. */
static struct demand *all_held(const struct gm_rows *rows, const struct gm_call *call,
                               struct gm_order_id order, size_t *ret_count)
{
    size_t lot_count;
    const struct gm_lot_id *lots = catalog_reserved_lots(rows, order, call->arena, &lot_count);
    struct demand *held = catalog_array(call->arena, lot_count, sizeof *held);
    size_t count = 0;
    for (size_t i = 0; i < lot_count; i++) {
        const int64_t quantity = catalog_held(rows, lots[i], order);
        if (quantity > 0) held[count++] = (struct demand){.lot = lots[i], .quantity = quantity};
    }
    *ret_count = count;
    return held;
}

enum gm_reason catalog_decide_release(const struct gm_rows *rows, const struct gm_call *call,
                                      struct gm_decision *decision)
{
    const Catalog__ReleaseRequest *request = (const Catalog__ReleaseRequest *)call->message;
    const struct catalog_reservation_row row = reservation_of(rows, request->order_id);
    if (!catalog_reservation_permits(row.state, CATALOG_RELEASE)) { /* it is gone already */
        reply(call, decision, request->order_id, (Catalog__ReservationState)row.state);
        return GM_REASON_NONE;
    }

    struct demand *held = NULL;
    size_t count = 0;
    if (row.state == CATALOG_HELD)
        held = all_held(rows, call, (struct gm_order_id){gm_message_id(request->order_id)}, &count);
    Catalog__Event *event = CATALOG_MESSAGE(call->arena, Catalog__Event, CATALOG__EVENT__INIT);
    event->event_case = CATALOG__EVENT__EVENT_RELEASED;
    event->released = changed(call, request->order_id, row.buyer, row.seller, held, count);
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->order_id, CATALOG__RESERVATION_STATE__RELEASED);
    return GM_REASON_NONE;
}

/* The lines of the request, summed; NULL and the first failing line's reason where they ask for
 * more than is held. */
static struct demand *check_consumed(const struct gm_rows *rows, const struct gm_call *call,
                                     const Catalog__ConsumeRequest *request,
                                     struct gm_decision *decision, size_t *ret_count,
                                     enum gm_reason *ret_reason)
{
    const struct gm_order_id order = {gm_message_id(request->order_id)};
    struct want *wants = catalog_array(call->arena, request->n_lines, sizeof *wants);
    size_t *demand_of = catalog_array(call->arena, request->n_lines, sizeof *demand_of);
    for (size_t i = 0; i < request->n_lines; i++)
        wants[i] = want_of(request->lines[i]->lot_id, request->lines[i]->quantity, i);
    struct demand *demands =
        sum_demands(wants, request->n_lines, call->arena, demand_of, ret_count);

    *ret_reason = GM_REASON_NONE;
    for (size_t i = 0; i < request->n_lines; i++) {
        const struct demand *demand = &demands[demand_of[i]];
        const int64_t held = catalog_held(rows, demand->lot, order);
        if (demand->quantity <= held) continue;
        struct catalog_lot_row row;
        const enum gm_reason reason = catalog_get_lot(rows, demand->lot, &row)
                                          ? GM_REASON_TOO_FEW_AVAILABLE
                                          : GM_REASON_LOT_UNKNOWN;
        if (!refuse_line(decision, field_of(reason), i, reason,
                         (struct gm_refused_line){.available = held}, ret_reason))
            break;
    }
    return *ret_reason == GM_REASON_NONE ? demands : NULL;
}

enum gm_reason catalog_decide_consume(const struct gm_rows *rows, const struct gm_call *call,
                                      struct gm_decision *decision)
{
    const Catalog__ConsumeRequest *request = (const Catalog__ConsumeRequest *)call->message;
    const struct gm_order_id order = {gm_message_id(request->order_id)};
    const struct catalog_reservation_row row = reservation_of(rows, request->order_id);
    if (!catalog_reservation_permits(row.state, CATALOG_CONSUME))
        return gm_decision_refuse(decision,
                                  row.state == CATALOG_RESERVATION_NONE
                                      ? GM_REASON_RESERVATION_UNKNOWN
                                      : GM_REASON_RESERVATION_GONE,
                                  "order_id");

    enum gm_reason reason = GM_REASON_NONE;
    size_t count;
    const struct demand *demands =
        request->n_lines == 0 ? all_held(rows, call, order, &count)
                              : check_consumed(rows, call, request, decision, &count, &reason);
    if (reason != GM_REASON_NONE) return reason;

    size_t emptied = 0; /* lots of which nothing is held afterwards */
    for (size_t i = 0; i < count; i++)
        emptied += demands[i].quantity == catalog_held(rows, demands[i].lot, order);
    Catalog__Event *event = CATALOG_MESSAGE(call->arena, Catalog__Event, CATALOG__EVENT__INIT);
    event->event_case = CATALOG__EVENT__EVENT_CONSUMED;
    event->consumed = changed(call, request->order_id, row.buyer, row.seller, demands, count);
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->order_id,
          emptied == row.lots ? CATALOG__RESERVATION_STATE__CONSUMED
                              : CATALOG__RESERVATION_STATE__HELD);
    return GM_REASON_NONE;
}
