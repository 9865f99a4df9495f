#include "runtime/toy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "catalog.pb-c.h"
#include "matching.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
#include "wire/check.h"

const struct gm_table toy_stock = {.number = 1, .name = "stock"};
const struct gm_table toy_orders = {.number = 2, .name = "orders"};
const struct gm_table toy_notes = {.number = 3, .name = "notes"};
static const struct gm_table *const tables[] = {&toy_stock, &toy_orders, &toy_notes, NULL};
static const struct gm_table *const followed[] = {&toy_orders, NULL};

/* ---- rows ---- */

static void key_of(struct gm_key *key, struct gm_id lot)
{
    gm_key_begin(key);
    gm_key_id(key, lot);
}

bool toy_find(const struct gm_rows *rows, struct gm_id lot, struct toy_row *ret_row)
{
    struct gm_key key;
    key_of(&key, lot);
    *ret_row = (struct toy_row){0};
    return gm_rows_get_fixed(rows, &toy_stock, &key, ret_row, sizeof *ret_row) == GM_OK;
}

static void order_key(struct gm_key *key, uint32_t generation, struct gm_id order)
{
    gm_key_begin(key);
    gm_key_u32(key, generation);
    gm_key_id(key, order);
}

bool toy_find_order(const struct gm_rows *rows, uint32_t generation, struct gm_id order,
                    struct toy_order *ret_row)
{
    struct gm_key key;
    order_key(&key, generation, order);
    *ret_row = (struct toy_order){0};
    return gm_rows_get_fixed(rows, &toy_orders, &key, ret_row, sizeof *ret_row) == GM_OK;
}

/* ---- decide ---- */

static void *made(void *memory)
{
    GM_ASSERT(memory != NULL);
    return memory;
}

static Catalog__Event *event_new(struct gm_arena *arena)
{
    Catalog__Event *event = made(GM_ARENA_NEW(arena, Catalog__Event));
    catalog__event__init(event);
    return event;
}

static Catalog__StockChanged *change_new(struct gm_arena *arena, ProtobufCBinaryData lot,
                                         const struct toy_row *row, int64_t delta)
{
    Catalog__StockChanged *change = made(GM_ARENA_NEW(arena, Catalog__StockChanged));
    catalog__stock_changed__init(change);
    change->lot_id = lot;
    change->revision = row->revision + 1;
    change->delta = delta;
    change->on_hand = row->on_hand + delta;
    return change;
}

static void reply_stock(const struct gm_call *call, const Catalog__StockChanged *change,
                        const struct toy_row *row, struct gm_decision *decision)
{
    Catalog__StockReply *reply = made(GM_ARENA_NEW(call->arena, Catalog__StockReply));
    catalog__stock_reply__init(reply);
    reply->lot_id = change->lot_id;
    reply->revision = change->revision;
    reply->on_hand = change->on_hand;
    reply->reserved = row->open;
    decision->reply = &reply->base;
}

static enum gm_reason decide_restock(const struct gm_rows *rows, const struct gm_call *call,
                                     struct gm_decision *decision)
{
    const Catalog__RestockRequest *request = (const Catalog__RestockRequest *)call->message;
    struct toy_row row;
    (void)toy_find(rows, gm_message_id(request->lot_id), &row);
    if (request->quantity > TOY_ON_HAND_MAX - row.on_hand)
        return gm_decision_refuse(decision, GM_REASON_STOCK_TOO_LARGE, "quantity");
    Catalog__Event *event = event_new(call->arena);
    event->event_case = CATALOG__EVENT__EVENT_RESTOCKED;
    event->restocked = change_new(call->arena, request->lot_id, &row, request->quantity);
    event->restocked->restock_reason = request->reason;
    gm_decision_event(decision, &event->base);
    reply_stock(call, event->restocked, &row, decision);
    return GM_REASON_NONE;
}

static const char *note_of(const struct gm_call *call, const Catalog__AdjustRequest *request)
{
    if (request->reason != CATALOG__ADJUST_REASON__SAMPLE) return request->note;
    char *note = made(gm_arena_alloc(call->arena, (size_t)request->quantity + 1));
    memset(note, 'x', (size_t)request->quantity);
    note[request->quantity] = '\0';
    return note;
}

static enum gm_reason decide_adjust(const struct gm_rows *rows, const struct gm_call *call,
                                    struct gm_decision *decision)
{
    const Catalog__AdjustRequest *request = (const Catalog__AdjustRequest *)call->message;
    struct toy_row row;
    (void)toy_find(rows, gm_message_id(request->lot_id), &row);
    const bool broken = request->reason == CATALOG__ADJUST_REASON__BROKEN;
    if (request->reason == CATALOG__ADJUST_REASON__LOST && request->quantity > TOY_EFFECTS_MAX)
        return gm_decision_refuse(decision, GM_REASON_TOO_MANY, "quantity");
    if (broken && request->quantity > row.on_hand) {
        (void)gm_decision_refuse_line(decision, (struct gm_refused_line){
                                                    .reason = GM_REASON_BELOW_RESERVED,
                                                    .available = row.on_hand,
                                                });
        return gm_decision_refuse(decision, GM_REASON_BELOW_RESERVED, "quantity");
    }
    Catalog__Event *event = event_new(call->arena);
    event->event_case = CATALOG__EVENT__EVENT_ADJUSTED;
    event->adjusted =
        change_new(call->arena, request->lot_id, &row, broken ? -request->quantity : 0);
    event->adjusted->adjust_reason = request->reason;
    event->adjusted->note = note_of(call, request);
    /* What apply and react need to know of it, besides. */
    if (!broken) event->adjusted->delta = request->quantity;
    gm_decision_event(decision, &event->base);
    if (request->reason == CATALOG__ADJUST_REASON__SAMPLE &&
        strcmp(request->note, "two events") == 0)
        gm_decision_event(decision, &event->base);
    reply_stock(call, event->adjusted, &row, decision);
    return GM_REASON_NONE;
}

static enum gm_reason reply_order(const struct gm_call *call, ProtobufCBinaryData order,
                                  struct gm_decision *decision)
{
    Catalog__ReservationReply *reply = made(GM_ARENA_NEW(call->arena, Catalog__ReservationReply));
    catalog__reservation_reply__init(reply);
    reply->order_id = order;
    decision->reply = &reply->base;
    return GM_REASON_NONE;
}

static enum gm_reason decide_release(const struct gm_rows *rows, const struct gm_call *call,
                                     struct gm_decision *decision)
{
    (void)rows;
    return reply_order(call, ((const Catalog__ReleaseRequest *)call->message)->order_id, decision);
}

static enum gm_reason decide_consume(const struct gm_rows *rows, const struct gm_call *call,
                                     struct gm_decision *decision)
{
    (void)rows;
    return reply_order(call, ((const Catalog__ConsumeRequest *)call->message)->order_id, decision);
}

/* ---- query ---- */

static enum gm_reason query_lot(const struct gm_rows *rows, const struct gm_call *call,
                                struct gm_answer *answer)
{
    const Catalog__GetLotRequest *request = (const Catalog__GetLotRequest *)call->message;
    struct toy_row row;
    if (!toy_find(rows, gm_message_id(request->lot_id), &row)) {
        (void)snprintf(answer->refusal.field, sizeof answer->refusal.field, "lot_id");
        return GM_REASON_LOT_UNKNOWN;
    }
    Catalog__LotView view = CATALOG__LOT_VIEW__INIT;
    view.on_hand = row.on_hand;
    view.revision = row.revision;
    view.reserved = row.open;
    return gm_answer_message(answer, call, &view.base);
}

static enum gm_reason query_product(const struct gm_rows *rows, const struct gm_call *call,
                                    struct gm_answer *answer)
{
    (void)rows;
    const Catalog__GetProductRequest *request = (const Catalog__GetProductRequest *)call->message;
    answer->body.size = strtoul(request->sku, NULL, 10);
    answer->body.at = gm_arena_zalloc(call->arena, answer->body.size);
    return GM_REASON_NONE;
}

/* A lot a row, as many as the page says; the time of the search in the token. */
static enum gm_reason search_lots(struct gm_snapshot *snapshot, const struct gm_call *call,
                                  struct gm_answer *answer)
{
    const Catalog__ListLotsRequest *request = (const Catalog__ListLotsRequest *)call->message;
    const size_t size = request->page == NULL ? 50 : request->page->size;
    if (!gm_id_is_zero(gm_message_id(request->product_id))) return GM_REASON_PRODUCT_UNKNOWN;
    Catalog__ListLotsReply reply = CATALOG__LIST_LOTS_REPLY__INIT;
    reply.lots = made(GM_ARENA_ARRAY(call->arena, Catalog__LotView *, size));
    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, &toy_stock, NULL);
    struct gm_bytes key;
    struct gm_bytes value;
    while (reply.n_lots < size && gm_cursor_next(&cursor, call->arena, &key, &value) == GM_OK) {
        struct toy_row row;
        memcpy(&row, value.at, sizeof row);
        Catalog__LotView *view = made(GM_ARENA_NEW(call->arena, Catalog__LotView));
        catalog__lot_view__init(view);
        view->on_hand = row.on_hand;
        view->revision = row.revision;
        reply.lots[reply.n_lots++] = view;
    }
    gm_cursor_release(&cursor);
    return gm_answer_message(answer, call, &reply.base);
}

/* ---- apply and react ---- */

static void apply(struct gm_fold *fold, const ProtobufCMessage *message)
{
    const Catalog__Event *event = (const Catalog__Event *)message;
    ProtobufCBinaryData lot = {0};
    struct toy_row row;
    if (event->event_case == CATALOG__EVENT__EVENT_RESTOCKED) lot = event->restocked->lot_id;
    if (event->event_case == CATALOG__EVENT__EVENT_ADJUSTED) lot = event->adjusted->lot_id;
    if (event->event_case == CATALOG__EVENT__EVENT_LOT_WITHDRAWN) lot = event->lot_withdrawn->id;
    if (event->event_case == CATALOG__EVENT__EVENT_RELEASED) lot = event->released->order_id;
    if (event->event_case == CATALOG__EVENT__EVENT_CONSUMED) lot = event->consumed->order_id;
    const struct gm_id id = gm_message_id(lot);
    (void)toy_find(fold->rows, id, &row);
    row.revision++;
    if (event->event_case == CATALOG__EVENT__EVENT_RESTOCKED)
        row.on_hand = event->restocked->on_hand;
    else if (event->event_case == CATALOG__EVENT__EVENT_ADJUSTED)
        row.on_hand = event->adjusted->on_hand;
    else if (event->event_case == CATALOG__EVENT__EVENT_RELEASED)
        row.open--, row.done++;
    else if (event->event_case == CATALOG__EVENT__EVENT_CONSUMED)
        row.open--, row.refused++;
    else
        row.rung++, row.rung_ms = fold->time_ms;
    if (event->event_case == CATALOG__EVENT__EVENT_ADJUSTED &&
        event->adjusted->adjust_reason == CATALOG__ADJUST_REASON__LOST)
        row.open += (uint32_t)event->adjusted->delta;
    struct gm_key key;
    key_of(&key, id);
    gm_store_put(fold->store, &toy_stock, &key, gm_bytes(&row, sizeof row));
    if (event->event_case == CATALOG__EVENT__EVENT_ADJUSTED &&
        event->adjusted->adjust_reason == CATALOG__ADJUST_REASON__SAMPLE)
        gm_store_put(fold->store, &toy_notes, &key, gm_bytes_of_text(event->adjusted->note));
}

static void send_effects(struct gm_fold *fold, const Catalog__StockChanged *change)
{
    Order__OrderCommand cancel = ORDER__ORDER_COMMAND__INIT;
    Matching__CloseSourcingRequestRequest closing = MATCHING__CLOSE_SOURCING_REQUEST_REQUEST__INIT;
    cancel.order_id = closing.request_id = change->lot_id;
    const bool to_matching = strcmp(change->note, "matching") == 0;
    for (int64_t i = 0; i < change->delta; i++) {
        cancel.revision = closing.revision = (uint64_t)i + 1; /* tells them apart */
        gm_effect(fold, gm_message_id(change->lot_id),
                  to_matching ? GM_SERVICE_MATCHING : GM_SERVICE_ORDER,
                  to_matching ? GM_METHOD_MATCHING_CLOSE_SOURCING_REQUEST : GM_METHOD_ORDER_CANCEL,
                  to_matching ? &closing.base : &cancel.base);
    }
}

static void react(struct gm_fold *fold, const ProtobufCMessage *message)
{
    const Catalog__Event *event = (const Catalog__Event *)message;
    if (event->event_case != CATALOG__EVENT__EVENT_ADJUSTED) return;
    const Catalog__StockChanged *change = event->adjusted;
    const struct gm_id lot = gm_message_id(change->lot_id);
    if (change->adjust_reason == CATALOG__ADJUST_REASON__LOST) send_effects(fold, change);
    if (change->adjust_reason != CATALOG__ADJUST_REASON__COUNTED) return;
    if (change->delta == 0)
        gm_timer_stop(fold, TOY_TIMER, lot);
    else
        gm_timer_start(fold, TOY_TIMER, lot, fold->time_ms + change->delta * 1000);
}

/* ---- answers, timers, streams ---- */

static void decide_answer(const struct gm_rows *rows, const struct gm_call *call,
                          const struct gm_effect_answer *answer, struct gm_decision *decision)
{
    (void)rows;
    Catalog__ReservationChanged *change =
        made(GM_ARENA_NEW(call->arena, Catalog__ReservationChanged));
    catalog__reservation_changed__init(change);
    const struct gm_id *saga = made(gm_arena_copy(call->arena, answer->saga.v, GM_ID_BYTES));
    change->order_id = gm_message_bytes(saga);
    Catalog__Event *event = event_new(call->arena);
    event->event_case = answer->status == GM_CODE_OK ? CATALOG__EVENT__EVENT_RELEASED
                                                     : CATALOG__EVENT__EVENT_CONSUMED;
    event->released = change;
    gm_decision_event(decision, &event->base);
}

static void decide_timer(const struct gm_rows *rows, const struct gm_call *call, uint8_t kind,
                         struct gm_id subject, struct gm_decision *decision)
{
    (void)rows;
    GM_ASSERT(kind == TOY_TIMER);
    Catalog__ListingChanged *change = made(GM_ARENA_NEW(call->arena, Catalog__ListingChanged));
    catalog__listing_changed__init(change);
    const struct gm_id *lot = made(gm_arena_copy(call->arena, subject.v, GM_ID_BYTES));
    change->id = gm_message_bytes(lot);
    Catalog__Event *event = event_new(call->arena);
    event->event_case = CATALOG__EVENT__EVENT_LOT_WITHDRAWN;
    event->lot_withdrawn = change;
    gm_decision_event(decision, &event->base);
}

/* All of its effects are answered. */
static bool settled(const struct gm_rows *rows, const struct gm_call *call, struct gm_bytes reply,
                    struct gm_id *ret_saga, struct gm_answer *answer)
{
    const Catalog__StockReply *recorded = (const Catalog__StockReply *)made(
        gm_message_unpack(reply, &catalog__stock_reply__descriptor, call->arena));
    struct toy_row row;
    *ret_saga = gm_message_id(recorded->lot_id);
    (void)toy_find(rows, *ret_saga, &row);
    if (row.open > 0) return false;
    Catalog__StockReply settled_reply = CATALOG__STOCK_REPLY__INIT;
    settled_reply.lot_id = recorded->lot_id;
    settled_reply.revision = row.revision;
    settled_reply.on_hand = row.on_hand;
    return gm_answer_message(answer, call, &settled_reply.base) == GM_REASON_NONE;
}

static bool visible(const ProtobufCMessage *message, struct gm_id member)
{
    (void)member;
    return ((const Catalog__Event *)message)->event_case == CATALOG__EVENT__EVENT_RESTOCKED;
}

static void count_order(struct gm_fold *fold, uint32_t generation, struct gm_id order, uint64_t seq)
{
    struct toy_order row;
    (void)toy_find_order(fold->rows, generation, order, &row);
    row.count++;
    row.seq = seq;
    struct gm_key key;
    order_key(&key, generation, order);
    gm_store_put(fold->store, &toy_orders, &key, gm_bytes(&row, sizeof row));
}

static void apply_order(struct gm_fold *fold, uint32_t generation,
                        const struct gm_foreign_event *foreign, const ProtobufCMessage *message)
{
    const Order__Event *event = (const Order__Event *)message;
    if (event->event_case == ORDER__EVENT__EVENT_RESERVED)
        count_order(fold, generation, gm_message_id(event->reserved->order_id), foreign->seq);
}

static void apply_matching(struct gm_fold *fold, uint32_t generation,
                           const struct gm_foreign_event *foreign, const ProtobufCMessage *message)
{
    (void)fold;
    (void)generation;
    (void)foreign;
    (void)message;
}

static const struct gm_table *const none[] = {NULL};
static const struct gm_follow follows[] = {
    {GM_SERVICE_ORDER, &order__event__descriptor, apply_order, followed},
    {GM_SERVICE_MATCHING, &matching__event__descriptor, apply_matching, none},
    {.source = GM_SERVICE_NONE},
};

/* ---- the service ---- */

static enum gm_status audit(struct gm_snapshot *snapshot, struct gm_arena *arena, char *ret_why,
                            size_t why_size)
{
    struct gm_cursor cursor;
    struct gm_bytes key;
    struct gm_bytes value;
    enum gm_status status = GM_OK;
    gm_cursor_init(&cursor, snapshot, &toy_stock, NULL);
    while (status == GM_OK && gm_cursor_next(&cursor, arena, &key, &value) == GM_OK) {
        struct toy_row row;
        memcpy(&row, value.at, sizeof row);
        if (row.on_hand >= 0) continue;
        (void)snprintf(ret_why, why_size, "a lot holds fewer than none");
        status = GM_CORRUPT;
    }
    gm_cursor_release(&cursor);
    return status;
}

static const struct gm_handler handlers[] = {
    {.method = GM_METHOD_CATALOG_RESTOCK, .decide = decide_restock},
    {.method = GM_METHOD_CATALOG_ADJUST, .decide = decide_adjust},
    {.method = GM_METHOD_CATALOG_RELEASE, .decide = decide_release},
    {.method = GM_METHOD_CATALOG_CONSUME, .decide = decide_consume},
    {.method = GM_METHOD_CATALOG_GET_LOT, .query = query_lot},
    {.method = GM_METHOD_CATALOG_GET_PRODUCT, .query = query_product},
    {.method = GM_METHOD_CATALOG_LIST_LOTS, .search = search_lots},
    {.method = 0},
};

#define TOY(version, ...)                                                                     \
    {                                                                                         \
        .name = GM_SERVICE_CATALOG, .fold_version = (version),                                \
        .event = &catalog__event__descriptor, .tables = tables, .handlers = handlers,         \
        .apply = apply, .react = react, .decide_answer = decide_answer,                       \
        .decide_timer = decide_timer, .settled = settled, .visible = visible, .audit = audit, \
        __VA_ARGS__                                                                           \
    }

const struct gm_service toy_service = TOY(1, .follows = NULL);
const struct gm_service toy_follower = TOY(1, .follows = follows);
const struct gm_service toy_newer = TOY(2, .follows = NULL);
