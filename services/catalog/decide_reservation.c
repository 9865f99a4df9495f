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

struct demands {
    struct demand *of_lot; /* ascending by lot */
    size_t count;
    size_t *of_line; /* which of them a line is part of */
};

/* In the arena; sorts the wants, one for each line. */
static struct demands sum_demands(struct want *wants, size_t count, struct gm_arena *arena)
{
    struct demands sums = {
        .of_lot = catalog_array(arena, count, sizeof *sums.of_lot),
        .of_line = catalog_array(arena, count, sizeof *sums.of_line),
    };
    qsort(wants, count, sizeof *wants, by_lot);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !gm_id_equal(wants[i].lot.id, wants[i - 1].lot.id))
            sums.of_lot[sums.count++].lot = wants[i].lot;
        sums.of_lot[sums.count - 1].quantity += wants[i].quantity;
        sums.of_line[wants[i].line] = sums.count - 1;
    }
    return sums;
}

/* ---- events and replies ---- */

static Catalog__ReservationChanged *changed(const struct gm_call *call, ProtobufCBinaryData order,
                                            struct gm_member_id buyer, struct gm_member_id seller,
                                            const struct demand *demands, size_t count)
{
    Catalog__ReservationChanged *change =
        catalog_message(call->arena, &catalog__reservation_changed__descriptor);
    change->order_id = order;
    if (!gm_id_is_zero(seller.id)) { /* else the order never reserved */
        change->buyer = catalog_bytes(call->arena, buyer.id);
        change->seller = catalog_bytes(call->arena, seller.id);
    }
    change->n_lines = count;
    change->lines = catalog_pointers(call->arena, count);
    for (size_t i = 0; i < count; i++) {
        change->lines[i] = catalog_message(call->arena, &catalog__lot_quantity__descriptor);
        change->lines[i]->lot_id = catalog_bytes(call->arena, demands[i].lot.id);
        change->lines[i]->quantity = demands[i].quantity;
    }
    return change;
}

static void reply(const struct gm_call *call, struct gm_decision *decision,
                  ProtobufCBinaryData order, Catalog__ReservationState state)
{
    Catalog__ReservationReply *message =
        catalog_message(call->arena, &catalog__reservation_reply__descriptor);
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

/* One more failing line; false when no further one would be named. */
static bool refuse_line(struct gm_decision *decision, size_t line, enum gm_reason reason,
                        struct gm_refused_line refused)
{
    refused.line = (uint16_t)line;
    refused.reason = (uint16_t)reason;
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

/* The reason of the first failing line, and its field; GM_REASON_NONE where none fails. */
static enum gm_reason first_refused(struct gm_decision *decision)
{
    if (decision->refusal.line_count == 0) return GM_REASON_NONE;
    const struct gm_refused_line *first = &decision->refusal.lines[0];
    const enum gm_reason reason = (enum gm_reason)first->reason;
    return gm_decision_refuse(decision, reason, "lines[%u].%s", first->line, field_of(reason));
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
    for (size_t i = 0; i < request->n_lines; i++)
        wants[i] = want_of(request->lines[i]->lot_id, request->lines[i]->quantity, i);
    const struct demands demands = sum_demands(wants, request->n_lines, call->arena);

    const struct gm_member_id seller = {gm_message_id(request->seller)};
    struct catalog_ask ask = {.seller = seller, .ship_from = catalog_code_of(request->ship_from)};
    const enum gm_status parsed = gm_currency_parse(request->currency, &ask.currency);
    GM_ASSERT(parsed == GM_OK); /* the door's */

    for (size_t i = 0; i < request->n_lines; i++) {
        struct gm_refused_line refused = {0};
        const enum gm_reason reason = check_line(rows, &ask, request->lines[i],
                                                 &demands.of_lot[demands.of_line[i]], &refused);
        if (reason != GM_REASON_NONE && !refuse_line(decision, i, reason, refused)) break;
    }
    const enum gm_reason reason = first_refused(decision);
    if (reason != GM_REASON_NONE) return reason;

    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_RESERVED);
    event->reserved =
        changed(call, request->order_id, (struct gm_member_id){gm_message_id(request->buyer)},
                seller, demands.of_lot, demands.count);
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->order_id, CATALOG__RESERVATION_STATE__HELD);
    return GM_REASON_NONE;
}

/* ---- release and consume ---- */

/* What the order still holds. */
static struct demands all_held(const struct gm_rows *rows, const struct gm_call *call,
                               struct gm_order_id order)
{
    size_t lot_count;
    const struct gm_lot_id *lots = catalog_reserved_lots(rows, order, call->arena, &lot_count);
    struct demands held = {.of_lot = catalog_array(call->arena, lot_count, sizeof *held.of_lot)};
    for (size_t i = 0; i < lot_count; i++) {
        const int64_t quantity = catalog_held(rows, lots[i], order);
        if (quantity > 0)
            held.of_lot[held.count++] = (struct demand){.lot = lots[i], .quantity = quantity};
    }
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

    struct demands held = {0};
    if (row.state == CATALOG_HELD)
        held = all_held(rows, call, (struct gm_order_id){gm_message_id(request->order_id)});
    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_RELEASED);
    event->released =
        changed(call, request->order_id, row.buyer, row.seller, held.of_lot, held.count);
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->order_id, CATALOG__RESERVATION_STATE__RELEASED);
    return GM_REASON_NONE;
}

/* The lines of the request, summed per lot; refused where they ask for more than is held. */
static enum gm_reason check_consumed(const struct gm_rows *rows, const struct gm_call *call,
                                     const Catalog__ConsumeRequest *request,
                                     struct gm_decision *decision, struct demands *ret_demands)
{
    const struct gm_order_id order = {gm_message_id(request->order_id)};
    struct want *wants = catalog_array(call->arena, request->n_lines, sizeof *wants);
    for (size_t i = 0; i < request->n_lines; i++)
        wants[i] = want_of(request->lines[i]->lot_id, request->lines[i]->quantity, i);
    const struct demands demands = sum_demands(wants, request->n_lines, call->arena);

    for (size_t i = 0; i < request->n_lines; i++) {
        const struct demand *demand = &demands.of_lot[demands.of_line[i]];
        const int64_t held = catalog_held(rows, demand->lot, order);
        if (demand->quantity <= held) continue;
        struct catalog_lot_row row;
        const enum gm_reason reason = catalog_get_lot(rows, demand->lot, &row)
                                          ? GM_REASON_TOO_FEW_AVAILABLE
                                          : GM_REASON_LOT_UNKNOWN;
        if (!refuse_line(decision, i, reason, (struct gm_refused_line){.available = held})) break;
    }
    *ret_demands = demands;
    return first_refused(decision);
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

    struct demands taken;
    if (request->n_lines == 0) {
        taken = all_held(rows, call, order);
    } else {
        const enum gm_reason reason = check_consumed(rows, call, request, decision, &taken);
        if (reason != GM_REASON_NONE) return reason;
    }

    size_t emptied = 0; /* lots of which nothing is held afterwards */
    for (size_t i = 0; i < taken.count; i++)
        emptied += taken.of_lot[i].quantity == catalog_held(rows, taken.of_lot[i].lot, order);
    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_CONSUMED);
    event->consumed =
        changed(call, request->order_id, row.buyer, row.seller, taken.of_lot, taken.count);
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->order_id,
          emptied == row.lots ? CATALOG__RESERVATION_STATE__CONSUMED
                              : CATALOG__RESERVATION_STATE__HELD);
    return GM_REASON_NONE;
}
