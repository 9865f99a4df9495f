#include "order/state.h"

#include "base/assert.h"
#include "methods.h"

#define EITHER_SIDE (ORDER_BUYER | ORDER_SELLER)

static const struct {
    const char *name;
    uint8_t by; /* mask of enum order_side */
    uint16_t method;
} actions[ORDER_ACTION_COUNT] = {
    [ORDER_ACTION_NONE] = {"", 0, 0},
    [ORDER_PLACE] = {"Place", ORDER_BUYER, GM_METHOD_ORDER_PLACE},
    [ORDER_ACCEPT] = {"Accept", ORDER_SELLER, GM_METHOD_ORDER_ACCEPT},
    [ORDER_REJECT] = {"Reject", ORDER_SELLER, GM_METHOD_ORDER_REJECT},
    [ORDER_CANCEL] = {"Cancel", ORDER_BUYER, GM_METHOD_ORDER_CANCEL},
    [ORDER_PROPOSE_CANCEL] = {"ProposeCancel", EITHER_SIDE, GM_METHOD_ORDER_PROPOSE_CANCEL},
    [ORDER_AGREE_CANCEL] = {"AgreeCancel", EITHER_SIDE, GM_METHOD_ORDER_AGREE_CANCEL},
    [ORDER_DESPATCH] = {"Despatch", ORDER_SELLER, GM_METHOD_ORDER_DESPATCH},
    [ORDER_RECEIVE] = {"Receive", ORDER_BUYER, GM_METHOD_ORDER_RECEIVE},
    [ORDER_COMPLETE] = {"Complete", ORDER_BUYER, GM_METHOD_ORDER_COMPLETE},
    [ORDER_RESERVE_OK] = {"Reserve", ORDER_SERVICE, 0},
    [ORDER_RESERVE_REFUSED] = {"Reserve", ORDER_SERVICE, 0},
    [ORDER_CARRY_OUT_CANCEL] = {"Cancel", ORDER_SERVICE, 0},
    [ORDER_CONSUME_OK] = {"Consume", ORDER_SERVICE, 0},
    [ORDER_CONSUME_REFUSED] = {"Consume", ORDER_SERVICE, 0},
    [ORDER_RELEASE_ANSWERED] = {"Release", ORDER_SERVICE, 0},
    [ORDER_ACCEPT_BY] = {"AcceptBy", ORDER_SERVICE, 0},
    [ORDER_RECEIVE_BY] = {"ReceiveBy", ORDER_SERVICE, 0},
    [ORDER_COMPLETE_BY] = {"CompleteBy", ORDER_SERVICE, 0},
};

/* What comes of an action in a state. What is not named is forbidden. */
static const uint8_t permits[ORDER_STATE_COUNT][ORDER_ACTION_COUNT] = {
    [ORDER_STATE_NONE][ORDER_PLACE] = ORDER_EVENT_PLACED,

    [ORDER_PLACED][ORDER_RESERVE_OK] = ORDER_EVENT_RESERVED,
    [ORDER_PLACED][ORDER_RESERVE_REFUSED] = ORDER_EVENT_REJECTED,
    [ORDER_PLACED][ORDER_CANCEL] = ORDER_EVENT_CANCEL_WANTED,
    [ORDER_PLACED][ORDER_CARRY_OUT_CANCEL] = ORDER_EVENT_CANCELLED,

    [ORDER_RESERVED][ORDER_ACCEPT] = ORDER_EVENT_ACCEPTED,
    [ORDER_RESERVED][ORDER_REJECT] = ORDER_EVENT_REJECTED,
    [ORDER_RESERVED][ORDER_ACCEPT_BY] = ORDER_EVENT_EXPIRED,
    [ORDER_RESERVED][ORDER_CANCEL] = ORDER_EVENT_CANCELLED,
    [ORDER_RESERVED][ORDER_CARRY_OUT_CANCEL] = ORDER_EVENT_CANCELLED,

    [ORDER_ACCEPTED][ORDER_PROPOSE_CANCEL] = ORDER_EVENT_CANCEL_PROPOSED,
    [ORDER_ACCEPTED][ORDER_AGREE_CANCEL] = ORDER_EVENT_CANCELLED,
    [ORDER_ACCEPTED][ORDER_DESPATCH] = ORDER_EVENT_DESPATCHED,

    [ORDER_DESPATCHED][ORDER_RECEIVE] = ORDER_EVENT_RECEIVED,
    [ORDER_DESPATCHED][ORDER_RECEIVE_BY] = ORDER_EVENT_RECEIVED,
    [ORDER_DESPATCHED][ORDER_CONSUME_OK] = ORDER_EVENT_CONSUMED,
    [ORDER_DESPATCHED][ORDER_CONSUME_REFUSED] = ORDER_EVENT_CONSUME_REFUSED,

    [ORDER_RECEIVED][ORDER_COMPLETE] = ORDER_EVENT_COMPLETED,
    [ORDER_RECEIVED][ORDER_COMPLETE_BY] = ORDER_EVENT_COMPLETED,
    [ORDER_RECEIVED][ORDER_CONSUME_OK] = ORDER_EVENT_CONSUMED,
    [ORDER_RECEIVED][ORDER_CONSUME_REFUSED] = ORDER_EVENT_CONSUME_REFUSED,

    [ORDER_COMPLETED][ORDER_CONSUME_OK] = ORDER_EVENT_CONSUMED,
    [ORDER_COMPLETED][ORDER_CONSUME_REFUSED] = ORDER_EVENT_CONSUME_REFUSED,

    [ORDER_REJECTED][ORDER_RELEASE_ANSWERED] = ORDER_EVENT_RELEASED,
    [ORDER_CANCELLED][ORDER_RELEASE_ANSWERED] = ORDER_EVENT_RELEASED,
    [ORDER_EXPIRED][ORDER_RELEASE_ANSWERED] = ORDER_EVENT_RELEASED,
};

/* ORDER_STATE_NONE: the event moves nothing. */
static const uint8_t leads_to[ORDER_EVENT_COUNT] = {
    [ORDER_EVENT_PLACED] = ORDER_PLACED,       [ORDER_EVENT_RESERVED] = ORDER_RESERVED,
    [ORDER_EVENT_ACCEPTED] = ORDER_ACCEPTED,   [ORDER_EVENT_REJECTED] = ORDER_REJECTED,
    [ORDER_EVENT_CANCELLED] = ORDER_CANCELLED, [ORDER_EVENT_DESPATCHED] = ORDER_DESPATCHED,
    [ORDER_EVENT_RECEIVED] = ORDER_RECEIVED,   [ORDER_EVENT_COMPLETED] = ORDER_COMPLETED,
    [ORDER_EVENT_EXPIRED] = ORDER_EXPIRED,
};

static const uint8_t timers[ORDER_STATE_COUNT] = {
    [ORDER_RESERVED] = ORDER_TIMER_ACCEPT_BY,
    [ORDER_DESPATCHED] = ORDER_TIMER_RECEIVE_BY,
    [ORDER_RECEIVED] = ORDER_TIMER_COMPLETE_BY,
};

/* Masks of 1 << enum order_reservation. HELD beside GONE: the consume or release is under way. */
#define NONE  (1u << ORDER_RESERVATION_NONE)
#define ASKED (1u << ORDER_RESERVATION_ASKED)
#define HELD  (1u << ORDER_RESERVATION_HELD)
#define GONE  (1u << ORDER_RESERVATION_GONE)
static const uint8_t reservations[ORDER_STATE_COUNT] = {
    [ORDER_PLACED] = ASKED,
    [ORDER_RESERVED] = HELD,
    [ORDER_ACCEPTED] = HELD,
    [ORDER_DESPATCHED] = HELD | GONE,
    [ORDER_RECEIVED] = HELD | GONE,
    [ORDER_COMPLETED] = HELD | GONE,
    [ORDER_REJECTED] = NONE | HELD | GONE,
    [ORDER_CANCELLED] = NONE | HELD | GONE,
    [ORDER_EXPIRED] = HELD | GONE,
};
#undef NONE
#undef ASKED
#undef HELD
#undef GONE

enum order_event order_permits(enum order_state state, enum order_action action)
{
    GM_ASSERT(state < ORDER_STATE_COUNT);
    GM_ASSERT(action < ORDER_ACTION_COUNT);
    return (enum order_event)permits[state][action];
}

unsigned order_action_by(enum order_action action)
{
    GM_ASSERT(action < ORDER_ACTION_COUNT);
    return actions[action].by;
}

const char *order_action_name(enum order_action action)
{
    GM_ASSERT(action < ORDER_ACTION_COUNT);
    return actions[action].name;
}

enum order_action order_action_of_method(uint16_t method)
{
    for (unsigned i = ORDER_PLACE; i <= ORDER_COMPLETE; i++) {
        if (actions[i].method == method) return (enum order_action)i;
    }
    return ORDER_ACTION_NONE;
}

enum order_state order_state_after(enum order_state state, enum order_event event)
{
    GM_ASSERT(event < ORDER_EVENT_COUNT);
    const enum order_state after = (enum order_state)leads_to[event];
    return after == ORDER_STATE_NONE ? state : after;
}

enum order_timer order_timer_of(enum order_state state)
{
    GM_ASSERT(state < ORDER_STATE_COUNT);
    return (enum order_timer)timers[state];
}

bool order_reservation_fits(enum order_state state, enum order_reservation reservation)
{
    return state < ORDER_STATE_COUNT && reservation < ORDER_RESERVATION_COUNT &&
           (reservations[state] & (1u << reservation)) != 0;
}

/* One number for wire and row: this table is the proof. */
#define SAME(ours, wire) _Static_assert((int)(ours) == (int)(wire), "the number of the wire")
SAME(ORDER_STATE_NONE, ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED);
SAME(ORDER_PLACED, ORDER__ORDER_STATE__PLACED);
SAME(ORDER_RESERVED, ORDER__ORDER_STATE__RESERVED);
SAME(ORDER_ACCEPTED, ORDER__ORDER_STATE__ACCEPTED);
SAME(ORDER_DESPATCHED, ORDER__ORDER_STATE__DESPATCHED);
SAME(ORDER_RECEIVED, ORDER__ORDER_STATE__RECEIVED);
SAME(ORDER_COMPLETED, ORDER__ORDER_STATE__COMPLETED);
SAME(ORDER_REJECTED, ORDER__ORDER_STATE__REJECTED);
SAME(ORDER_CANCELLED, ORDER__ORDER_STATE__CANCELLED);
SAME(ORDER_EXPIRED, ORDER__ORDER_STATE__EXPIRED);
SAME(ORDER_EVENT_NONE, ORDER__EVENT__EVENT__NOT_SET);
SAME(ORDER_EVENT_PLACED, ORDER__EVENT__EVENT_PLACED);
SAME(ORDER_EVENT_RESERVED, ORDER__EVENT__EVENT_RESERVED);
SAME(ORDER_EVENT_ACCEPTED, ORDER__EVENT__EVENT_ACCEPTED);
SAME(ORDER_EVENT_REJECTED, ORDER__EVENT__EVENT_REJECTED);
SAME(ORDER_EVENT_CANCELLED, ORDER__EVENT__EVENT_CANCELLED);
SAME(ORDER_EVENT_CANCEL_PROPOSED, ORDER__EVENT__EVENT_CANCEL_PROPOSED);
SAME(ORDER_EVENT_DESPATCHED, ORDER__EVENT__EVENT_DESPATCHED);
SAME(ORDER_EVENT_RECEIVED, ORDER__EVENT__EVENT_RECEIVED);
SAME(ORDER_EVENT_COMPLETED, ORDER__EVENT__EVENT_COMPLETED);
SAME(ORDER_EVENT_EXPIRED, ORDER__EVENT__EVENT_EXPIRED);
SAME(ORDER_EVENT_CANCEL_WANTED, ORDER__EVENT__EVENT_CANCEL_WANTED);
SAME(ORDER_EVENT_CONSUMED, ORDER__EVENT__EVENT_CONSUMED);
SAME(ORDER_EVENT_RELEASED, ORDER__EVENT__EVENT_RELEASED);
SAME(ORDER_EVENT_CONSUME_REFUSED, ORDER__EVENT__EVENT_CONSUME_REFUSED);
#undef SAME

Order__OrderState order_state_to_wire(enum order_state state)
{
    GM_ASSERT(state < ORDER_STATE_COUNT);
    return (Order__OrderState)state;
}

enum order_state order_state_of_wire(Order__OrderState state)
{
    const unsigned number = (unsigned)state;
    return number < ORDER_STATE_COUNT ? (enum order_state)number : ORDER_STATE_NONE;
}

enum order_event order_event_of_wire(const Order__Event *event)
{
    const unsigned number = (unsigned)event->event_case;
    return number < ORDER_EVENT_COUNT ? (enum order_event)number : ORDER_EVENT_NONE;
}

/* ---- rows ---- */

const struct gm_table order_rows_table = {.number = 1, .name = "orders"};
const struct gm_table order_documents_table = {.number = 2, .name = "order_documents"};
const struct gm_table order_steps_table = {.number = 3, .name = "order_steps"};
const struct gm_table order_party_table = {.number = 4, .name = "orders_by_party"};
const struct gm_table *const order_tables[] = {
    &order_rows_table, &order_documents_table, &order_steps_table, &order_party_table, NULL,
};

void order_key(struct gm_key *key, struct gm_order_id order)
{
    gm_key_begin(key);
    gm_key_id(key, order.id);
}

void order_step_key(struct gm_key *key, struct gm_order_id order, uint64_t revision)
{
    GM_ASSERT(revision >= 1);
    GM_ASSERT(revision <= ORDER_STEPS_MAX);
    order_key(key, order);
    gm_key_u32(key, (uint32_t)revision);
}

void order_party_prefix(struct gm_key *key, struct gm_member_id member, enum order_side side,
                        enum order_state state)
{
    gm_key_begin(key);
    gm_key_id(key, member.id);
    gm_key_u8(key, (uint8_t)side);
    gm_key_u8(key, (uint8_t)state);
}

/* The complement of the time, so that the newest comes first. */
void order_party_key(struct gm_key *key, struct gm_member_id member, enum order_side side,
                     enum order_state state, struct order_listing at)
{
    order_party_prefix(key, member, side, state);
    gm_key_u64(key, ~(uint64_t)at.placed_ms);
    gm_key_id(key, at.order.id);
}

struct order_listing order_party_listing(struct gm_bytes key)
{
    struct gm_key_reader reader = {key};
    struct gm_id member, order;
    uint8_t side, state;
    uint64_t complement;
    const bool whole = gm_key_read_id(&reader, &member) == GM_OK &&
                       gm_key_read_u8(&reader, &side) == GM_OK &&
                       gm_key_read_u8(&reader, &state) == GM_OK &&
                       gm_key_read_u64(&reader, &complement) == GM_OK &&
                       gm_key_read_id(&reader, &order) == GM_OK && reader.rest.size == 0;
    GM_ASSERT(whole);
    return (struct order_listing){.placed_ms = (int64_t)~complement, .order = {order}};
}

bool order_find(const struct gm_rows *rows, struct gm_order_id order, struct order_row *ret_row)
{
    struct gm_key key;
    order_key(&key, order);
    return gm_rows_get_fixed(rows, &order_rows_table, &key, ret_row, sizeof *ret_row) == GM_OK;
}

enum gm_status order_find_document(const struct gm_rows *rows, struct gm_order_id order,
                                   struct gm_arena *arena, struct gm_bytes *ret_view)
{
    struct gm_key key;
    order_key(&key, order);
    return gm_rows_get(rows, &order_documents_table, &key, arena, ret_view);
}

enum gm_status order_find_step(const struct gm_rows *rows, struct gm_order_id order,
                               uint64_t revision, struct gm_arena *arena, struct gm_bytes *ret_view)
{
    struct gm_key key;
    order_step_key(&key, order, revision);
    return gm_rows_get(rows, &order_steps_table, &key, arena, ret_view);
}

unsigned order_side_of(const struct order_row *row, struct gm_member_id member)
{
    if (gm_id_equal(row->buyer.id, member.id)) return ORDER_BUYER;
    if (gm_id_equal(row->seller.id, member.id)) return ORDER_SELLER;
    return 0;
}
