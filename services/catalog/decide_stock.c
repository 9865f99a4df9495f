#include "catalog/decide.h"

#include "catalog/parts.h"
#include "catalog/rule.h"
#include "wire/check.h"

static void reply(const struct gm_call *call, struct gm_decision *decision, ProtobufCBinaryData lot,
                  const struct catalog_lot_row *row, int64_t on_hand)
{
    Catalog__StockReply *message = catalog_message(call->arena, &catalog__stock_reply__descriptor);
    message->lot_id = lot;
    message->revision = row->revision;
    message->on_hand = on_hand;
    message->reserved = row->reserved;
    decision->reply = &message->base;
}

static Catalog__StockChanged *changed(const struct gm_call *call, ProtobufCBinaryData lot,
                                      const struct catalog_lot_row *row, int64_t delta)
{
    Catalog__StockChanged *change =
        catalog_message(call->arena, &catalog__stock_changed__descriptor);
    change->lot_id = lot;
    change->revision = row->revision;
    change->delta = delta;
    change->on_hand = row->on_hand + delta;
    return change;
}

static enum gm_reason look_up(const struct gm_rows *rows, const struct gm_call *call,
                              ProtobufCBinaryData lot, struct gm_decision *decision,
                              struct catalog_lot_row *ret_row)
{
    const struct gm_lot_id id = {gm_message_id(lot)};
    if (!catalog_get_lot(rows, id, ret_row))
        return gm_decision_refuse(decision, GM_REASON_LOT_UNKNOWN, "lot_id");
    if (!gm_id_equal(ret_row->seller.id, call->member))
        return gm_decision_refuse(decision, GM_REASON_NOT_YOURS, "lot_id");
    return GM_REASON_NONE;
}

/* Names the quantity and the figure that it met. */
static enum gm_reason refuse_quantity(struct gm_decision *decision, enum gm_reason reason,
                                      int64_t limit)
{
    const bool named = gm_decision_refuse_line(
        decision, (struct gm_refused_line){.reason = (uint16_t)reason, .available = limit});
    GM_ASSERT(named);
    return gm_decision_refuse(decision, reason, "quantity");
}

enum gm_reason catalog_decide_restock(const struct gm_rows *rows, const struct gm_call *call,
                                      struct gm_decision *decision)
{
    const Catalog__RestockRequest *request = (const Catalog__RestockRequest *)call->message;
    struct catalog_lot_row row;

    const enum gm_reason reason = look_up(rows, call, request->lot_id, decision, &row);
    if (reason != GM_REASON_NONE) return reason;
    if (request->quantity > GM_QUANTITY_MAX - row.on_hand)
        return refuse_quantity(decision, GM_REASON_STOCK_TOO_LARGE, GM_QUANTITY_MAX - row.on_hand);

    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_RESTOCKED);
    event->restocked = changed(call, request->lot_id, &row, request->quantity);
    event->restocked->restock_reason = request->reason;
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->lot_id, &row, event->restocked->on_hand);
    return GM_REASON_NONE;
}

enum gm_reason catalog_decide_adjust(const struct gm_rows *rows, const struct gm_call *call,
                                     struct gm_decision *decision)
{
    const Catalog__AdjustRequest *request = (const Catalog__AdjustRequest *)call->message;
    struct catalog_lot_row row;
    int64_t delta;
    int64_t limit;

    enum gm_reason reason = look_up(rows, call, request->lot_id, decision, &row);
    if (reason != GM_REASON_NONE) return reason;
    reason = catalog_check_adjust(&row, request->reason, request->quantity, &delta, &limit);
    if (reason != GM_REASON_NONE) return refuse_quantity(decision, reason, limit);
    reply(call, decision, request->lot_id, &row, row.on_hand + delta);
    if (delta == 0) return GM_REASON_NONE; /* the figure was right */

    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_ADJUSTED);
    event->adjusted = changed(call, request->lot_id, &row, delta);
    event->adjusted->adjust_reason = request->reason;
    event->adjusted->note = request->note;
    gm_decision_event(decision, &event->base);
    return GM_REASON_NONE;
}
