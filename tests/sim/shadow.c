#include "shadow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
#include "runtime/idmap.h"
#include "sim.h"

/* A lot after one of its changes. */
struct lot_state {
    uint64_t seq;
    uint64_t revision;
    int64_t on_hand;
    int64_t reserved;
};

struct lot {
    int64_t received;
    int64_t consumed;
    int64_t written_off;
    int64_t reserved;
    uint64_t revision;
    struct lot_state *states;
    unsigned count;
    unsigned capacity;
};

struct held_line {
    struct gm_id lot;
    int64_t quantity;
};

struct reservation {
    bool released;
    unsigned count;
    struct held_line *lines;
};

struct order_change {
    uint64_t seq;
    uint64_t revision;
    Order__OrderState state;
};

struct order {
    Order__OrderState state;
    uint64_t revision;
    bool consume_refused;
    struct order_change *changes;
    unsigned count;
    unsigned capacity;
};

struct shadow {
    struct gm_idmap lots;
    struct gm_idmap reservations;
    struct gm_idmap orders;
    unsigned moving; /* orders in a state that an answer or a timer ends */
};

__attribute__((format(printf, 2, 3))) static bool wrong(char *ret_why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(ret_why, SIM_WHY_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

static struct gm_id id_of(ProtobufCBinaryData field)
{
    struct gm_id id = {{0}};
    if (field.len == GM_ID_BYTES) memcpy(id.v, field.data, GM_ID_BYTES);
    return id;
}

struct shadow *shadow_new(void)
{
    struct shadow *shadow = calloc(1, sizeof *shadow);
    GM_ASSERT(shadow != NULL);
    return shadow;
}

void shadow_forget_catalog(struct shadow *shadow)
{
    for (uint32_t i = 0; i < shadow->lots.capacity; i++) {
        struct lot *lot = shadow->lots.slots[i].value;
        if (lot != NULL) free(lot->states);
        free(lot);
    }
    for (uint32_t i = 0; i < shadow->reservations.capacity; i++) {
        struct reservation *reservation = shadow->reservations.slots[i].value;
        if (reservation != NULL) free(reservation->lines);
        free(reservation);
    }
    gm_idmap_release(&shadow->lots);
    gm_idmap_release(&shadow->reservations);
}

void shadow_free(struct shadow *shadow)
{
    if (shadow == NULL) return;
    shadow_forget_catalog(shadow);
    for (uint32_t i = 0; i < shadow->orders.capacity; i++) {
        struct order *order = shadow->orders.slots[i].value;
        if (order != NULL) free(order->changes);
        free(order);
    }
    gm_idmap_release(&shadow->orders);
    free(shadow);
}

/* ---- the catalog ---- */

static int64_t on_hand(const struct lot *lot)
{
    return lot->received - lot->consumed - lot->written_off;
}

static bool lot_changed(struct lot *lot, uint64_t seq, char *ret_why)
{
    if (lot->reserved < 0 || lot->reserved > on_hand(lot))
        return wrong(ret_why, "a lot has %lld reserved of %lld on hand", (long long)lot->reserved,
                     (long long)on_hand(lot));
    if (lot->count == lot->capacity) {
        lot->capacity = lot->capacity == 0 ? 16 : lot->capacity * 2;
        lot->states = realloc(lot->states, lot->capacity * sizeof *lot->states);
        GM_ASSERT(lot->states != NULL);
    }
    lot->states[lot->count++] = (struct lot_state){seq, lot->revision, on_hand(lot), lot->reserved};
    return true;
}

static struct lot *lot_of(struct shadow *shadow, ProtobufCBinaryData id)
{
    return gm_idmap_get(&shadow->lots, id_of(id));
}

static bool lot_published(struct shadow *shadow, uint64_t seq, const Catalog__LotChanged *changed,
                          char *ret_why)
{
    const struct gm_id id = id_of(changed->lot->lot_id);
    if (gm_idmap_get(&shadow->lots, id) != NULL) return wrong(ret_why, "a lot is published twice");
    struct lot *lot = calloc(1, sizeof *lot);
    GM_ASSERT(lot != NULL);
    lot->received = changed->on_hand;
    lot->revision = changed->revision;
    gm_idmap_put(&shadow->lots, id, lot);
    return lot_changed(lot, seq, ret_why);
}

static bool revised(struct shadow *shadow, uint64_t seq, ProtobufCBinaryData id, uint64_t revision,
                    char *ret_why)
{
    struct lot *lot = lot_of(shadow, id);
    if (lot == NULL) return wrong(ret_why, "a lot changes that was never published");
    if (revision <= lot->revision) return wrong(ret_why, "a lot's revision does not rise");
    lot->revision = revision;
    return lot_changed(lot, seq, ret_why);
}

static bool stock_changed(struct shadow *shadow, uint64_t seq, const Catalog__StockChanged *changed,
                          char *ret_why)
{
    struct lot *lot = lot_of(shadow, changed->lot_id);
    if (lot == NULL) return wrong(ret_why, "stock of a lot that was never published");
    if (changed->delta >= 0)
        lot->received += changed->delta;
    else
        lot->written_off -= changed->delta;
    lot->revision = changed->revision;
    if (on_hand(lot) != changed->on_hand)
        return wrong(ret_why, "a lot has %lld on hand by addition, %lld by its event",
                     (long long)on_hand(lot), (long long)changed->on_hand);
    return lot_changed(lot, seq, ret_why);
}

static bool reserved(struct shadow *shadow, uint64_t seq,
                     const Catalog__ReservationChanged *changed, char *ret_why)
{
    const struct gm_id order = id_of(changed->order_id);
    if (gm_idmap_get(&shadow->reservations, order) != NULL)
        return wrong(ret_why, "an order is reserved for twice, or after its release");
    struct reservation *reservation = calloc(1, sizeof *reservation);
    GM_ASSERT(reservation != NULL);
    reservation->lines = calloc(changed->n_lines + 1, sizeof *reservation->lines);
    GM_ASSERT(reservation->lines != NULL);
    gm_idmap_put(&shadow->reservations, order, reservation);
    for (size_t i = 0; i < changed->n_lines; i++) {
        struct lot *lot = lot_of(shadow, changed->lines[i]->lot_id);
        if (lot == NULL) return wrong(ret_why, "a reservation of an unknown lot");
        reservation->lines[reservation->count++] =
            (struct held_line){id_of(changed->lines[i]->lot_id), changed->lines[i]->quantity};
        lot->reserved += changed->lines[i]->quantity;
        if (!lot_changed(lot, seq, ret_why)) return false;
    }
    return true;
}

static struct held_line *held_line(struct reservation *reservation, struct gm_id lot)
{
    for (unsigned i = 0; i < reservation->count; i++)
        if (gm_id_equal(reservation->lines[i].lot, lot)) return &reservation->lines[i];
    return NULL;
}

/* Released or consumed: what leaves the reservation was held by it. */
static bool given_up(struct shadow *shadow, uint64_t seq,
                     const Catalog__ReservationChanged *changed, bool consumes, char *ret_why)
{
    const struct gm_id order = id_of(changed->order_id);
    struct reservation *reservation = gm_idmap_get(&shadow->reservations, order);
    if (reservation == NULL) {
        if (consumes) return wrong(ret_why, "goods are consumed that nobody reserved");
        reservation =
            calloc(1, sizeof *reservation); /* a release that came first bars the reserve */
        GM_ASSERT(reservation != NULL);
        gm_idmap_put(&shadow->reservations, order, reservation);
    }
    for (size_t i = 0; i < changed->n_lines; i++) {
        const struct gm_id id = id_of(changed->lines[i]->lot_id);
        const int64_t quantity = changed->lines[i]->quantity;
        struct held_line *line = held_line(reservation, id);
        struct lot *lot = gm_idmap_get(&shadow->lots, id);
        if (line == NULL || lot == NULL || line->quantity < quantity)
            return wrong(ret_why, "more leaves a reservation than it held");
        line->quantity -= quantity;
        lot->reserved -= quantity;
        if (consumes) lot->consumed += quantity;
        if (!lot_changed(lot, seq, ret_why)) return false;
    }
    if (!consumes) reservation->released = true;
    return true;
}

static bool catalog_event(struct shadow *shadow, uint64_t seq, const Catalog__Event *event,
                          char *ret_why)
{
    /* protobuf-c gives its enums a hidden value, so this is no switch. */
    const int kind = (int)event->event_case;
    if (kind == CATALOG__EVENT__EVENT_LOT_PUBLISHED)
        return lot_published(shadow, seq, event->lot_published, ret_why);
    if (kind == CATALOG__EVENT__EVENT_LOT_REVISED)
        return revised(shadow, seq, event->lot_revised->lot->lot_id, event->lot_revised->revision,
                       ret_why);
    if (kind == CATALOG__EVENT__EVENT_LOT_WITHDRAWN)
        return revised(shadow, seq, event->lot_withdrawn->id, event->lot_withdrawn->revision,
                       ret_why);
    if (kind == CATALOG__EVENT__EVENT_RESTOCKED)
        return stock_changed(shadow, seq, event->restocked, ret_why);
    if (kind == CATALOG__EVENT__EVENT_ADJUSTED)
        return stock_changed(shadow, seq, event->adjusted, ret_why);
    if (kind == CATALOG__EVENT__EVENT_RESERVED)
        return reserved(shadow, seq, event->reserved, ret_why);
    if (kind == CATALOG__EVENT__EVENT_RELEASED)
        return given_up(shadow, seq, event->released, false, ret_why);
    if (kind == CATALOG__EVENT__EVENT_CONSUMED)
        return given_up(shadow, seq, event->consumed, true, ret_why);
    return true; /* products have no stock */
}

bool shadow_catalog(struct shadow *shadow, uint64_t seq, struct gm_bytes event, char *ret_why)
{
    Catalog__Event *unpacked = catalog__event__unpack(NULL, event.size, event.at);
    if (unpacked == NULL) return wrong(ret_why, "an event does not decode");
    const bool right = catalog_event(shadow, seq, unpacked, ret_why);
    catalog__event__free_unpacked(unpacked, NULL);
    return right;
}

/* ---- orders ---- */

/* Legal moves: by event, from which states and to which. 0 ends a list; STAYS keeps the state. */
enum { STAYS = 0 };
static const struct {
    int event;
    Order__OrderState from[3];
    int to;
} moves[] = {
    {ORDER__EVENT__EVENT_RESERVED, {ORDER__ORDER_STATE__PLACED}, ORDER__ORDER_STATE__RESERVED},
    {ORDER__EVENT__EVENT_ACCEPTED, {ORDER__ORDER_STATE__RESERVED}, ORDER__ORDER_STATE__ACCEPTED},
    {ORDER__EVENT__EVENT_REJECTED,
     {ORDER__ORDER_STATE__PLACED, ORDER__ORDER_STATE__RESERVED},
     ORDER__ORDER_STATE__REJECTED},
    {ORDER__EVENT__EVENT_CANCELLED,
     {ORDER__ORDER_STATE__PLACED, ORDER__ORDER_STATE__RESERVED, ORDER__ORDER_STATE__ACCEPTED},
     ORDER__ORDER_STATE__CANCELLED},
    {ORDER__EVENT__EVENT_CANCEL_PROPOSED, {ORDER__ORDER_STATE__ACCEPTED}, STAYS},
    {ORDER__EVENT__EVENT_CANCEL_WANTED, {ORDER__ORDER_STATE__PLACED}, STAYS},
    {ORDER__EVENT__EVENT_DESPATCHED,
     {ORDER__ORDER_STATE__ACCEPTED},
     ORDER__ORDER_STATE__DESPATCHED},
    {ORDER__EVENT__EVENT_RECEIVED, {ORDER__ORDER_STATE__DESPATCHED}, ORDER__ORDER_STATE__RECEIVED},
    {ORDER__EVENT__EVENT_COMPLETED, {ORDER__ORDER_STATE__RECEIVED}, ORDER__ORDER_STATE__COMPLETED},
    {ORDER__EVENT__EVENT_EXPIRED, {ORDER__ORDER_STATE__RESERVED}, ORDER__ORDER_STATE__EXPIRED},
};

static bool ended(Order__OrderState state)
{
    return state == ORDER__ORDER_STATE__COMPLETED || state == ORDER__ORDER_STATE__REJECTED ||
           state == ORDER__ORDER_STATE__CANCELLED || state == ORDER__ORDER_STATE__EXPIRED;
}

/* An accepted order waits for its seller for as long as it takes; in every other state an answer or
 * a timer moves it on. */
static bool moving(Order__OrderState state)
{
    return !ended(state) && state != ORDER__ORDER_STATE__ACCEPTED;
}

static void order_changed(struct order *order, uint64_t seq)
{
    if (order->count == order->capacity) {
        order->capacity = order->capacity == 0 ? 8 : order->capacity * 2;
        order->changes = realloc(order->changes, order->capacity * sizeof *order->changes);
        GM_ASSERT(order->changes != NULL);
    }
    order->changes[order->count++] = (struct order_change){seq, order->revision, order->state};
}

static bool order_placed(struct shadow *shadow, uint64_t seq, const Order__OrderPlaced *placed,
                         char *ret_why)
{
    const struct gm_id id = id_of(placed->order->order_id);
    if (gm_idmap_get(&shadow->orders, id) != NULL)
        return wrong(ret_why, "an order is placed twice");
    struct order *order = calloc(1, sizeof *order);
    GM_ASSERT(order != NULL);
    order->state = ORDER__ORDER_STATE__PLACED;
    order->revision = 1;
    gm_idmap_put(&shadow->orders, id, order);
    order_changed(order, seq);
    shadow->moving++;
    return true;
}

static bool order_moved(struct shadow *shadow, uint64_t seq, int kind,
                        const Order__OrderMoved *moved, char *ret_why)
{
    struct order *order = gm_idmap_get(&shadow->orders, id_of(moved->order_id));
    if (order == NULL) return wrong(ret_why, "an order moves that was never placed");
    order->revision = moved->revision;
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        if (moves[i].event != kind) continue;
        for (unsigned j = 0; j < 3; j++) {
            if (moves[i].from[j] == 0 || moves[i].from[j] != order->state) continue;
            shadow->moving -= moving(order->state);
            if (moves[i].to != STAYS) order->state = (Order__OrderState)moves[i].to;
            shadow->moving += moving(order->state);
            order_changed(order, seq);
            return true;
        }
        return wrong(ret_why, "event %d in state %d", kind, (int)order->state);
    }
    order_changed(order, seq); /* what the catalog said of its goods: no state changes */
    if (kind == ORDER__EVENT__EVENT_CONSUME_REFUSED) order->consume_refused = true;
    return true;
}

bool shadow_order(struct shadow *shadow, uint64_t seq, struct gm_bytes event, char *ret_why)
{
    Order__Event *unpacked = order__event__unpack(NULL, event.size, event.at);
    if (unpacked == NULL) return wrong(ret_why, "an event does not decode");
    const int kind = (int)unpacked->event_case;
    /* All but the first are OrderMoved, in one union. */
    const bool right = kind == ORDER__EVENT__EVENT_PLACED
                           ? order_placed(shadow, seq, unpacked->placed, ret_why)
                           : order_moved(shadow, seq, kind, unpacked->reserved, ret_why);
    order__event__free_unpacked(unpacked, NULL);
    return right;
}

unsigned shadow_orders_moving(const struct shadow *shadow)
{
    return shadow->moving;
}

/* ---- answers ---- */

static bool view_lot(const struct shadow *shadow, uint64_t seq, struct gm_bytes body, char *ret_why)
{
    Catalog__LotView *view = catalog__lot_view__unpack(NULL, body.size, body.at);
    if (view == NULL || view->lot == NULL) return wrong(ret_why, "a lot's view does not decode");
    const struct lot *lot = gm_idmap_get(&shadow->lots, id_of(view->lot->lot_id));
    unsigned i = lot == NULL ? 0 : lot->count;
    while (i > 0 && lot->states[i - 1].seq > seq)
        i--;
    bool right = true;
    if (i == 0)
        right = wrong(ret_why, "a lot is shown before it is durable");
    else if (lot->states[i - 1].on_hand != view->on_hand ||
             lot->states[i - 1].reserved != view->reserved)
        right = wrong(
            ret_why, "a lot is shown with %lld of %lld reserved, the journal says %lld of %lld",
            (long long)view->reserved, (long long)view->on_hand,
            (long long)lot->states[i - 1].reserved, (long long)lot->states[i - 1].on_hand);
    catalog__lot_view__free_unpacked(view, NULL);
    return right;
}

static bool view_order(const struct shadow *shadow, uint64_t seq, struct gm_bytes body,
                       char *ret_why)
{
    Order__OrderView *view = order__order_view__unpack(NULL, body.size, body.at);
    if (view == NULL || view->order == NULL)
        return wrong(ret_why, "an order's view does not decode");
    const struct order *order = gm_idmap_get(&shadow->orders, id_of(view->order->order_id));
    unsigned i = order == NULL ? 0 : order->count;
    while (i > 0 && order->changes[i - 1].seq > seq)
        i--;
    bool right = true;
    if (i == 0)
        right = wrong(ret_why, "an order is shown before it is durable");
    else if (order->changes[i - 1].state != view->state ||
             order->changes[i - 1].revision != view->revision)
        right = wrong(ret_why, "an order is shown in state %d, the journal says %d",
                      (int)view->state, (int)order->changes[i - 1].state);
    order__order_view__free_unpacked(view, NULL);
    return right;
}

bool shadow_view(const struct shadow *shadow, uint16_t method, uint64_t seq, struct gm_bytes body,
                 char *ret_why)
{
    if (method == GM_METHOD_CATALOG_GET_LOT) return view_lot(shadow, seq, body, ret_why);
    if (method == GM_METHOD_ORDER_GET_ORDER) return view_order(shadow, seq, body, ret_why);
    return true;
}

/* ---- the end ---- */

bool shadow_end(const struct shadow *shadow, char *ret_why)
{
    for (uint32_t i = 0; i < shadow->reservations.capacity; i++) {
        const struct reservation *reservation = shadow->reservations.slots[i].value;
        if (reservation == NULL) continue;
        const struct order *order =
            gm_idmap_get(&shadow->orders, shadow->reservations.slots[i].key);
        if (order == NULL) return wrong(ret_why, "a reservation belongs to no order");
        for (unsigned j = 0; j < reservation->count; j++)
            if (reservation->lines[j].quantity > 0 && order->state != ORDER__ORDER_STATE__ACCEPTED)
                return wrong(ret_why, "an order in state %d still holds %lld units",
                             (int)order->state, (long long)reservation->lines[j].quantity);
    }
    for (uint32_t i = 0; i < shadow->orders.capacity; i++) {
        const struct order *order = shadow->orders.slots[i].value;
        if (order == NULL) continue;
        if (moving(order->state))
            return wrong(ret_why, "an order rests in state %d", (int)order->state);
        if (order->consume_refused) return wrong(ret_why, "despatched goods were not reserved");
    }
    return true;
}
