#include "order/apply.h"

#include <string.h>

#include "base/assert.h"
#include "wire/check.h"

/* ---- rows ---- */

struct order_row order_row_placed(const Order__Order *order)
{
    struct order_row row = {
        .revision = 1,
        .placed_ms = order->placed_ms,
        .accept_by_ms = order->accept_by_ms,
        .total_minor = order->total_minor,
        .buyer = {gm_message_id(order->buyer)},
        .seller = {gm_message_id(order->seller)},
        .line_count = (uint16_t)order->n_lines,
        .state = ORDER_PLACED,
        .reservation = ORDER_RESERVATION_ASKED,
    };
    const size_t reference_bytes = strlen(order->buyer_reference);
    const enum gm_status parsed = gm_currency_parse(order->currency, &row.currency);
    GM_ASSERT(parsed == GM_OK);
    GM_ASSERT(order->n_lines <= ORDER_LINES_MAX);
    GM_ASSERT(reference_bytes <= ORDER_REFERENCE_BYTES_MAX);
    memcpy(row.reference, order->buyer_reference, reference_bytes);
    row.reference_bytes = (uint8_t)reference_bytes;
    return row;
}

/* What the catalog keeps after an event. A rejection or cancellation of what is still PLACED says
 * that the reserve was refused. */
static enum order_reservation kept_after(const struct order_row *row, enum order_event event)
{
    switch (event) {
    case ORDER_EVENT_RESERVED:
        return ORDER_RESERVATION_HELD;
    case ORDER_EVENT_REJECTED:
    case ORDER_EVENT_CANCELLED:
        return row->state == ORDER_PLACED ? ORDER_RESERVATION_NONE
                                          : (enum order_reservation)row->reservation;
    case ORDER_EVENT_CONSUMED:
    case ORDER_EVENT_CONSUME_REFUSED:
    case ORDER_EVENT_RELEASED:
        return ORDER_RESERVATION_GONE;
    case ORDER_EVENT_ACCEPTED:
    case ORDER_EVENT_CANCEL_PROPOSED:
    case ORDER_EVENT_DESPATCHED:
    case ORDER_EVENT_RECEIVED:
    case ORDER_EVENT_COMPLETED:
    case ORDER_EVENT_EXPIRED:
    case ORDER_EVENT_CANCEL_WANTED:
        return (enum order_reservation)row->reservation;
    case ORDER_EVENT_NONE:
    case ORDER_EVENT_PLACED:
    case ORDER_EVENT_COUNT:
        break;
    }
    GM_UNREACHABLE();
}

void order_row_move(struct order_row *row, enum order_event event, const Order__OrderMoved *moved)
{
    const enum order_state before = (enum order_state)row->state;
    const enum order_state after = order_state_after(before, event);
    GM_ASSERT(moved->revision == row->revision + 1);

    row->reservation = (uint8_t)kept_after(row, event);
    row->state = (uint8_t)after;
    row->revision = moved->revision;
    row->due_ms = moved->due_ms;
    if (after != before) { /* a proposal or wish is about the state that it was made in */
        row->cancel_wanted = 0;
        row->cancel_proposed_by = (struct gm_member_id){0};
    }
    if (event == ORDER_EVENT_CANCEL_WANTED) row->cancel_wanted = 1;
    if (event == ORDER_EVENT_CANCEL_PROPOSED) {
        row->cancel_proposed_by = (struct gm_member_id){gm_message_id(moved->member)};
    }
    GM_ASSERT(order_reservation_fits(after, (enum order_reservation)row->reservation));
}

void order_event_set_moved(Order__Event *event, enum order_event kind, Order__OrderMoved *moved)
{
    GM_ASSERT(kind != ORDER_EVENT_NONE);
    GM_ASSERT(kind != ORDER_EVENT_PLACED);
    event->event_case = (Order__Event__EventCase)kind;
    event->reserved = moved; /* the arms share one type and one place */
}

const Order__OrderMoved *order_event_moved(const Order__Event *event)
{
    GM_ASSERT(event->event_case != ORDER__EVENT__EVENT__NOT_SET);
    GM_ASSERT(event->event_case != ORDER__EVENT__EVENT_PLACED);
    return event->reserved;
}

/* ---- tables ---- */

static void put_row(struct gm_fold *fold, struct gm_order_id order, const struct order_row *row)
{
    struct gm_key key;
    order_key(&key, order);
    gm_store_put(fold->store, &order_rows_table, &key, gm_bytes(row, sizeof *row));
}

static struct gm_bytes packed(struct gm_fold *fold, const Order__OrderView *view)
{
    const struct gm_bytes bytes = gm_message_pack(&view->base, fold->arena);
    GM_ASSERT(bytes.at != NULL);
    GM_ASSERT(bytes.size <= GM_DOCUMENT_BYTES_MAX);
    return bytes;
}

static void put_document(struct gm_fold *fold, struct gm_order_id id, Order__Order *order)
{
    Order__OrderView view = ORDER__ORDER_VIEW__INIT;
    view.order = order;
    struct gm_key key;
    order_key(&key, id);
    gm_store_put(fold->store, &order_documents_table, &key, packed(fold, &view));
}

/* What happened, as the step of its revision, with the lines that were refused in it. */
static void put_step(struct gm_fold *fold, struct gm_order_id order, const struct order_row *row,
                     const Order__OrderMoved *moved)
{
    Order__OrderStep step = ORDER__ORDER_STEP__INIT;
    step.state = order_state_to_wire((enum order_state)row->state);
    step.time_ms = fold->time_ms;
    step.member = moved->member;
    step.action = moved->action;
    step.reason = moved->reason;
    Order__OrderView view = ORDER__ORDER_VIEW__INIT;
    view.n_steps = 1;
    view.steps = (Order__OrderStep *[]){&step};
    view.n_refused = moved->n_refused;
    view.refused = moved->refused;
    struct gm_key key;
    order_step_key(&key, order, row->revision);
    gm_store_put(fold->store, &order_steps_table, &key, packed(fold, &view));
}

/* In the lists of both sides, under a state (ORDER_STATE_NONE: of any). */
static void put_listings(struct gm_fold *fold, struct gm_order_id order,
                         const struct order_row *row, enum order_state state)
{
    const struct order_listing at = {row->placed_ms, order};
    struct gm_key key;
    order_party_key(&key, row->buyer, ORDER_BUYER, state, at);
    gm_store_put(fold->store, &order_party_table, &key, gm_bytes(NULL, 0));
    order_party_key(&key, row->seller, ORDER_SELLER, state, at);
    gm_store_put(fold->store, &order_party_table, &key, gm_bytes(NULL, 0));
}

static void delete_listings(struct gm_fold *fold, struct gm_order_id order,
                            const struct order_row *row, enum order_state state)
{
    const struct order_listing at = {row->placed_ms, order};
    struct gm_key key;
    order_party_key(&key, row->buyer, ORDER_BUYER, state, at);
    gm_store_delete(fold->store, &order_party_table, &key);
    order_party_key(&key, row->seller, ORDER_SELLER, state, at);
    gm_store_delete(fold->store, &order_party_table, &key);
}

static void apply_placed(struct gm_fold *fold, const Order__OrderPlaced *placed)
{
    const struct gm_order_id id = {gm_message_id(placed->order->order_id)};
    const struct order_row row = order_row_placed(placed->order);
    Order__OrderMoved first = ORDER__ORDER_MOVED__INIT;
    first.member = placed->order->buyer;
    first.action = order_action_name(ORDER_PLACE);

    put_row(fold, id, &row);
    put_document(fold, id, placed->order);
    put_step(fold, id, &row, &first);
    put_listings(fold, id, &row, ORDER_STATE_NONE);
    put_listings(fold, id, &row, ORDER_PLACED);
}

static void apply_moved(struct gm_fold *fold, enum order_event event,
                        const Order__OrderMoved *moved)
{
    const struct gm_order_id id = {gm_message_id(moved->order_id)};
    struct order_row row;
    const bool found = order_find(fold->rows, id, &row);
    GM_ASSERT(found);
    const enum order_state before = (enum order_state)row.state;

    order_row_move(&row, event, moved);
    put_row(fold, id, &row);
    put_step(fold, id, &row, moved);
    if (row.state != before) {
        delete_listings(fold, id, &row, before);
        put_listings(fold, id, &row, (enum order_state)row.state);
    }
}

void order_apply(struct gm_fold *fold, const ProtobufCMessage *message)
{
    const Order__Event *event = (const Order__Event *)message;
    const enum order_event kind = order_event_of_wire(event);
    GM_ASSERT(kind != ORDER_EVENT_NONE);
    if (kind == ORDER_EVENT_PLACED) {
        apply_placed(fold, event->placed);
    } else {
        apply_moved(fold, kind, order_event_moved(event));
    }
}
